// Start of the page: who is here, which place the address names, and one painter for all views.
import { unreachable, whenSignedOut } from './api.js';
import { $, morph, narrow } from './dom.js';
import { forgetEverybody, refetch, stream, whoAmI } from './identity.js';
import { loadSession, loadStyles } from './loader.js';
import { noteAddress, readAddress } from './router.js';
import { changed, isBusy, keepDrafts, onPaint, paintNow, recallDrafts, rendersOf, state } from './store.js';
import { words } from './strings.js';
import { paintAccount, startTheme } from './views/account.js';
import { paintInbox, startInbox } from './views/inbox.js';
import { paintLanding, startLanding } from './views/landing.js';
import { paintLive, startLive } from './views/live.js';
import { paintSessions } from './views/sessions.js';
import { sheet } from './views/sheets.js';
import { inform, problem } from './views/toast.js';

const POLL_MS = 5000;
let shown = null;
let workspace = null;
let fetching = null;

function paint() {
  const place = state.route.session ? 'ws' : 'landing';
  if (place !== shown) showPlace(place);
  paintAccount();
  paintInbox();
  paintLive();
  paintSessions();
  if (place === 'landing') paintLanding();
  else if (workspace) workspace.paintWorkspace();
  else fetchWorkspace();
}

/** The working place comes when it is first needed; a form that is being filled in announces it. */
function fetchWorkspace() {
  fetching ??= import('./views/workspace.js').then(
    (module) => { workspace = module; changed(); },
    () => problem(unreachable(), { retry: () => location.reload() }),
  );
}

function showPlace(place) {
  shown = place;
  document.body.dataset.route = place;
  $('landing').hidden = place !== 'landing';
  $('workspace').hidden = place === 'landing';
  if (place === 'landing') { document.title = words.tagline; scrollTo(0, 0); }
}

/** Show what the address names, loading it when it is another renovation. */
async function follow() {
  const place = readAddress();
  const isOther = place.session !== state.route.session;
  const isRoomChange = place.room !== state.route.room;
  state.route = place;
  if (isRoomChange) state.variation = null;
  delete state.news[place.view];
  if (!place.session || !isOther) { settle(); morph(paintNow); return; }
  Object.assign(state, { session: null, rooms: null, variation: null });
  morph(paintNow);
  if (!state.asked) return;
  await open(place.session);
}

async function open(sessionId) {
  try {
    await loadSession(sessionId);
    settle();
  } catch (error) {
    if (state.route.session !== sessionId) return;
    if (error.status === 401) state.wanted = location.hash;
    location.hash = '#/';
    if (error.status === 401) inform(words.session.signInFirst, '', { label: words.account.signIn, run: sheet.signIn });
    else if (error.status === 404) inform(words.session.missing.title, words.session.missing.detail);
    else problem(error, { retry: () => { location.hash = `#/s/${sessionId}`; } });
  }
  changed();
}

/** Complete the address: the first room when it names none, and a view that has something to show. */
function settle() {
  const { route, rooms } = state;
  if (!route.session || !rooms) return;
  if (!rooms.some((r) => r.id === route.room)) Object.assign(route, { room: rooms[0]?.id ?? null, render: null });
  const named = readAddress().room;
  if (!route.room) route.view = 'room';
  else if (!named && narrow() && !rendersOf(route.room).length) route.view = 'wish';
  noteAddress();
  changed();
}

/** While the line is down, what is being made is asked for instead; nothing stays "running" on the screen. */
function pollWhileBlind() {
  const waiting = Object.values(state.renders).flat().some(isBusy) || Object.values(state.assets).flat().some((a) => a.status === 'processing');
  if (state.user && waiting && state.live !== 'live' && navigator.onLine) refetch();
}

function wire() {
  onPaint(paint);
  for (const start of [startTheme, startInbox, startLanding]) start();
  startLive(stream);
  $('start').addEventListener('focusin', fetchWorkspace, { once: true });
  recallDrafts();
  addEventListener('pagehide', keepDrafts);
  addEventListener('hashchange', follow);
  addEventListener('storage', (event) => { if (event.key === 'account') whoAmI().then(refetch).catch(() => {}); });
  $('skip').addEventListener('click', (event) => { event.preventDefault(); $('main').focus(); });
  whenSignedOut(() => {
    if (!state.user) return;
    forgetEverybody();
    problem(Object.assign(new Error(), words.account.ended, { status: 401, reference: '' }), { action: { label: words.account.signIn, run: sheet.signIn } });
  });
  setInterval(pollWhileBlind, POLL_MS);
}

async function boot() {
  wire();
  state.route = readAddress();
  paintNow();
  loadStyles();
  await whoAmI().catch((error) => { state.asked = true; problem(error, { retry: () => location.reload() }); });
  if (state.route.session) await open(state.route.session);
  changed();
}

boot();
