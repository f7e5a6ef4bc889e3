// What each event does to the state. Every reducer may run twice for one event and must end in the same state.
import { loadAsset, loadRender, loadRooms, loadSessions, touch } from './loader.js';
import { announce, narrow } from './dom.js';
import { assetBy, changed, numberOf, pickedRender, place, renderBy, state } from './store.js';
import { words } from './strings.js';

const quietly = (promise) => promise.catch(() => {}); // what is missing now comes with the next reload
const isHere = (data) => state.session !== null && data.sessionId === state.session.id;

/** Something new in a view that is not on the screen; on a wide one both are. */
function mark(view) {
  if (narrow() && state.route.view !== view) state.news[view] = true;
}

/** A render as far as an event tells of it; what the event lacks is fetched. */
function changeRender(data, change) {
  const render = renderBy(data.renderId);
  touch(data.renderId);
  if (render) Object.assign(render, change);
  else quietly(loadRender(data.renderId));
  return render;
}

const reducers = {
  'session:rooms_updated': () => quietly(loadRooms()),

  'session:phase_changed': (data) => { state.session.phase = data.phase; },

  'asset:processing_progress': (data) => {
    const asset = assetBy(data.assetId);
    const before = state.assetProgress[data.assetId] ?? 0;
    state.assetProgress[data.assetId] = Math.max(before, data.progress ?? 0);
    touch(data.assetId);
    if (!asset || (data.status !== 'processing' && asset.status !== data.status)) quietly(loadAsset(data.assetId));
    else if (data.status === 'processing') return;
    if (data.status === 'ready' && asset?.assetType === 'photo') announce(words.photos.ready);
  },

  'render:started': (data) => {
    const render = changeRender(data, { status: 'generating', error: null });
    state.progress[data.renderId] ??= { percent: 0, stage: 'queued' };
    if (render?.roomId === state.route.room) mark('room');
  },

  'render:progress': (data) => {
    const render = renderBy(data.renderId);
    if (render && (render.status === 'ready' || render.status === 'cancelled')) return;
    changeRender(data, { status: data.stage === 'queued' ? 'queued' : 'generating', error: null });
    state.progress[data.renderId] = { percent: data.progress, stage: data.stage, queuePosition: data.queuePosition };
  },

  'render:complete': (data) => {
    const render = changeRender(data, { status: 'ready', assetId: data.assetId, renderUrl: data.renderUrl, model: data.model, error: null });
    delete state.progress[data.renderId];
    quietly(loadAsset(data.assetId));
    quietly(loadRender(data.renderId)); // for what the event does not carry: the structure score, when it was finished
    mark('room');
    if (render) announce(words.picture.ready(numberOf(render)));
  },

  'render:failed': (data) => {
    const isCancelled = data.error?.code === 'cancelled' || data.error?.code === 'job-cancelled';
    changeRender(data, { status: isCancelled ? 'cancelled' : 'failed', error: data.error });
    delete state.progress[data.renderId];
    quietly(loadRender(data.renderId));
    mark('room');
    if (!isCancelled) announce(words.picture.saidFailed(data.error?.message ?? ''));
  },

  'job:updated': (data) => {
    const job = data.job ?? data;
    for (const render of Object.values(state.renders).flat()) {
      if (render.jobId !== job.id || render.status === 'ready') continue;
      if (job.isTerminal) quietly(loadRender(render.id));
      else if (job.progress && !(state.progress[render.id]?.percent > job.progress.percent)) {
        state.progress[render.id] = { ...state.progress[render.id], ...job.progress };
      }
    }
  },
};

function notified(data) {
  const item = data.notification ?? data;
  if (state.inbox?.some((known) => known.id === item.id)) return;
  state.inbox = [item, ...(state.inbox ?? [])];
  state.unread += item.isRead ? 0 : 1;
}

/** The one way an event changes the page. */
export function apply(name, data, id) {
  state.received += 1;
  state.log = [{ id, name, data, at: data.at }, ...state.log].slice(0, 80);
  if (name === 'notification:new') notified(data);
  else if (name === 'session:rooms_updated' && !isHere(data)) quietly(loadSessions());
  else if (isHere(data)) reducers[name]?.(data);
  changed();
}

/** The picture on the stage goes along with one that somebody has just ordered, unless a finished one is being looked at. */
export function follow(render) {
  const shown = pickedRender();
  if (!shown || shown.status !== 'ready') state.route.render = render.id;
  place(state.renders, render.roomId, render);
}
