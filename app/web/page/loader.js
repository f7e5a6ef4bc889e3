// State comes from REST first. Events that arrive while an answer is on its way win over that answer.
import { get, list } from './api.js';
import { byAge, changed, isBusy, place, state } from './store.js';

const touchedAt = new Map();

/** An event has told about this resource just now; an older answer must not undo it. */
export const touch = (id) => touchedAt.set(id, performance.now());
const isStale = (id, askedAt) => (touchedAt.get(id) ?? 0) > askedAt;

export async function loadStyles() {
  if (state.styles) return;
  state.stylesFailed = false;
  try {
    state.styles = await list('/api/styles');
  } catch {
    state.stylesFailed = true;
  }
  changed();
}

export async function loadSessions() {
  const sessions = await list('/api/sessions');
  state.sessions = sessions.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  changed();
}

/** Everything one renovation shows. Raises ApiError, 404 when it is not there. */
export async function loadSession(sessionId) {
  const [session, rooms] = await Promise.all([get(`/api/sessions/${sessionId}`), list(`/api/sessions/${sessionId}/rooms`)]);
  state.session = session;
  state.rooms = rooms.sort(byAge);
  changed();
  await Promise.all(rooms.map((room) => loadRoom(room.id)));
}

export async function loadRooms() {
  if (!state.session) return;
  const sessionId = state.session.id;
  const rooms = await list(`/api/sessions/${sessionId}/rooms`);
  if (state.session?.id !== sessionId) return;
  const known = new Set(state.rooms?.map((room) => room.id));
  state.rooms = rooms.sort(byAge);
  changed();
  await Promise.all(rooms.filter((room) => !known.has(room.id)).map((room) => loadRoom(room.id)));
}

export async function loadRoom(roomId) {
  const askedAt = performance.now();
  const [assets, renders] = await Promise.all([list(`/api/rooms/${roomId}/assets`), list(`/api/rooms/${roomId}/renders`)]);
  keepNewer(state.assets, roomId, assets, askedAt);
  keepNewer(state.renders, roomId, renders, askedAt);
  changed();
  await Promise.all([
    ...renders.filter(isBusy).map(loadProgress),
    ...[...assets, ...renders].filter((item) => isStale(item.id, askedAt)).map((item) => reload(item)),
  ]);
}

function keepNewer(listByRoom, roomId, fetched, askedAt) {
  const here = new Map((listByRoom[roomId] ?? []).map((item) => [item.id, item]));
  const merged = fetched.map((item) => (isStale(item.id, askedAt) && here.has(item.id) ? here.get(item.id) : item));
  const ids = new Set(merged.map((item) => item.id));
  const arrivedMeanwhile = [...here.values()].filter((item) => !ids.has(item.id) && isStale(item.id, askedAt));
  listByRoom[roomId] = [...merged, ...arrivedMeanwhile].sort(byAge);
}

const reload = (item) => ('assetType' in item ? loadAsset(item.id) : loadRender(item.id));

/** A picture that is being made on a page that was just opened: its job knows how far it is. */
async function loadProgress(render) {
  if (!render.jobId || state.progress[render.id]) return;
  const job = await get(`/api/jobs/${render.jobId}`).catch(() => null);
  if (job && !job.isTerminal) state.progress[render.id] ??= job.progress;
  changed();
}

export async function loadRender(renderId) {
  const render = await get(`/api/renders/${renderId}`);
  place(state.renders, render.roomId, render);
  changed();
  return render;
}

export async function loadAsset(assetId) {
  const asset = await get(`/api/assets/${assetId}`);
  place(state.assets, asset.roomId, asset);
  if (asset.status !== 'processing') dropPreview(assetId);
  changed();
  return asset;
}

/** The server has its own copy now, or says that there will be none. */
function dropPreview(assetId) {
  if (state.previews[assetId]) URL.revokeObjectURL(state.previews[assetId]);
  delete state.previews[assetId];
}

export async function loadInbox(cursor = null) {
  const query = new URLSearchParams({ limit: '30', ...(cursor ? { cursor } : {}) });
  const page = await get(`/api/notifications?${query}`);
  const known = cursor ? state.inbox ?? [] : [];
  state.inbox = [...known, ...page.items.filter((item) => !known.some((k) => k.id === item.id))];
  state.inboxMore = page.nextCursor;
  state.unread = page.unreadCount ?? state.inbox.filter((item) => !item.isRead).length;
  changed();
}

