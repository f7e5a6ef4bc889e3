// Who is here, and the one stream that belongs to them.
import { get, post, rememberToken, request } from './api.js';
import { lineChanged } from './views/live.js';
import { loadInbox, loadRoom, loadSession, loadSessions } from './loader.js';
import { apply } from './reducers.js';
import { go } from './router.js';
import { changed, forgetPerson, state } from './store.js';
import { SharedStream } from './stream.js';
import { words } from './strings.js';
import { inform } from './views/toast.js';

const quietly = (promise) => promise.catch(() => {});

export const stream = new SharedStream({
  event: apply,
  state: (next) => { lineChanged(next); changed(); },
  reset: () => refetch(),
  touched: ({ kind, id }) => {
    if (kind === 'inbox') quietly(loadInbox());
    if (kind === 'room' && state.rooms?.some((room) => room.id === id)) quietly(loadRoom(id));
    if (kind === 'session') quietly(refetch());
  },
});

/** Ask for everything again; what is on the screen stays until the answers are here. */
export async function refetch() {
  if (!state.user) return;
  await Promise.all([quietly(loadSessions()), quietly(loadInbox()), state.session && quietly(loadSession(state.session.id))]);
}

/** Learn who this browser is signed in as. Nobody is a fine answer. */
export async function whoAmI() {
  const me = await get('/api/auth/me').catch((error) => { if (error.status === 401) return null; throw error; });
  const user = me?.user ?? me;
  if (state.user && state.user.id !== user?.id) {
    forgetPerson();
    go({ session: null });
  }
  state.user = user;
  state.asked = true;
  changed();
  if (!user) { leave(); return; }
  await stream.start(user.id);
  quietly(loadSessions());
  quietly(loadInbox());
}

/** A guest needs no form; who is here already stays who they are. */
export async function becomeGuest() {
  if (!state.user) await become(await request('POST', '/api/auth/guest', { anonymous: true }));
}

/** Somebody has just signed in, one way or another. */
async function become({ user, csrfToken }) {
  rememberToken(csrfToken);
  const isOther = state.user && state.user.id !== user.id;
  stream.stop();
  if (isOther) forgetPerson();
  state.user = user;
  state.asked = true;
  localStorage.setItem('account', `${user.id} ${Date.now()}`); // the other tabs hear of it
  changed();
  await stream.start(user.id);
}

const enter = (path, body) => request('POST', path, { body, anonymous: true });

/** A guest keeps everything: what was theirs belongs to the account from now on. */
export async function register({ email, password, displayName }) {
  const here = state.session?.id;
  await become(await enter('/api/auth/register', { email, password, ...(displayName ? { displayName } : {}) }));
  inform(words.account.registered, words.account.registeredText);
  await refetch();
  if (here && !state.session) await quietly(loadSession(here));
}

export async function signInAs({ email, password }) {
  await become(await enter('/api/auth/login', { email, password }));
  inform(words.account.signedIn(state.user.displayName || state.user.email));
  if (state.wanted) location.hash = state.wanted;
  else if (!state.session) go({ session: null });
  state.wanted = null;
  await refetch();
}

export async function signOut() {
  await quietly(post('/api/auth/logout', undefined, null));
  forgetEverybody();
  inform(words.account.signedOut);
}

/** Nobody is signed in any more, by choice or because the login has ended. */
export function forgetEverybody() {
  const wasHere = state.user !== null;
  rememberToken(null);
  forgetPerson();
  state.user = null;
  leave();
  if (wasHere) go({ session: null });
  localStorage.setItem('account', `nobody ${Date.now()}`);
}

function leave() {
  stream.stop();
  state.live = 'idle';
  changed();
}
