// What the person does. Each keeps what was typed when a step fails, and says what happened in the server's words.
import { get, patch, post, remove } from './api.js';
import { announce, morph, narrow } from './dom.js';
import { loadAsset, loadInbox, loadRender, loadRooms, loadSessions, touch } from './loader.js';
import { follow } from './reducers.js';
import { go, noteAddress } from './router.js';
import { changed, draftOf, paintNow, place, rendersOf, state } from './store.js';
import { words } from './strings.js';
import { becomeGuest, stream } from './identity.js';
import { checkFile, uploadPhoto } from './upload.js';
import { inform, problem } from './views/toast.js';

const keys = new Map();

/** The same wish keeps its key until it is granted, so that trying again never makes a second one. */
function keyOf(path, body) {
  const wish = path + JSON.stringify(body);
  if (!keys.has(wish)) keys.set(wish, crypto.randomUUID());
  return { key: keys.get(wish), granted: () => keys.delete(wish) };
}

async function create(path, body) {
  const { key, granted } = keyOf(path, body);
  const made = await post(path, body, key);
  granted();
  return made;
}

/** Do something, and show its refusal with what can be done about it. Answers whether it worked. */
async function attempt(run, options = {}) {
  try {
    await run();
    return true;
  } catch (error) {
    problem(error, options);
    return false;
  }
}

/* Renovations */

let begun = {}; // what a first attempt already made, should a later step of it fail

/** From the first page into the workspace: guest, session, room; then the photo and, when all is said, the picture. */
export async function begin({ text, file, roomType, style }, say) {
  const name = words.roomTypes[roomType];
  const worked = await attempt(async () => {
    if (file) checkFile(file);
    say(words.start.opening);
    await becomeGuest();
    begun.session ??= await create('/api/sessions', { title: name });
    begun.room ??= await create(`/api/sessions/${begun.session.id}/rooms`, { name, type: roomType });
  });
  if (!worked) return false;
  const { session, room } = begun;
  begun = {};
  Object.assign(draftOf(room.id), { text, style, touched: Boolean(style) });
  const isFull = Boolean(file && style && text);
  go({ session: session.id, view: narrow() && !isFull ? 'wish' : 'room', room: room.id, render: null });
  loadSessions().catch(() => {});
  if (file) finishBeginning(room, file, isFull);
  return true;
}

async function finishBeginning(room, file, isFull) {
  const asset = await sendPhoto(room, file);
  if (!asset || !isFull) return;
  const draft = draftOf(room.id);
  const style = { slug: draft.style };
  await askForPictures(room, { photo: asset, style, text: draft.text, count: 1, draft });
}

export const renameSession = async (session, title) => {
  state.session = await patch(`/api/sessions/${session.id}`, { title });
  tell('session');
  await loadSessions();
};

export async function deleteSession(session) {
  await remove(`/api/sessions/${session.id}`);
  tell('session');
  inform(words.session.deleted);
  state.session = null;
  go({ session: null });
  await loadSessions();
}

/* Rooms */

export async function addRoom({ name, type }) {
  const room = await create(`/api/sessions/${state.session.id}/rooms`, { name, type });
  await loadRooms();
  go({ view: narrow() ? 'wish' : 'room', room: room.id, render: null });
}

/** Read a room or a renovation right before it is edited, so that its etag is the one the person saw. */
export async function freshen(kind, item) {
  const fresh = await get(`/api/${kind}/${item.id}`);
  Object.assign(item, fresh);
  changed();
  return item;
}

export async function renameRoom(room, { name, type }) {
  Object.assign(room, await patch(`/api/rooms/${room.id}`, { name, type }));
  changed();
}

export async function deleteRoom(room) {
  await remove(`/api/rooms/${room.id}`);
  inform(words.rooms.deleted(room.name));
  state.rooms = state.rooms.filter((r) => r.id !== room.id);
  delete state.assets[room.id];
  delete state.renders[room.id];
  if (state.route.room === room.id) Object.assign(state.route, { view: 'room', room: state.rooms[0]?.id ?? null, render: null });
  noteAddress();
  changed();
}

/* Photos */

export const sendPhotos = (room, files) => { for (const file of files) sendPhoto(room, file); };

async function sendPhoto(room, file) {
  let upload = null;
  let asset = null;
  const { key, granted } = keyOf(`photo-${room.id}`, [file.name, file.size, file.lastModified]);
  await attempt(async () => {
    checkFile(file);
    upload = { id: crypto.randomUUID(), roomId: room.id, url: URL.createObjectURL(file), percent: 0 };
    state.uploads.push(upload);
    changed();
    asset = await uploadPhoto(room.id, file, { key, onProgress: (percent) => { upload.percent = percent; changed(); } });
    granted();
    tell('room', room.id);
  }, { retry: () => sendPhoto(room, file) });
  state.uploads = state.uploads.filter((u) => u !== upload);
  if (asset) keepPreview(room, asset, upload);
  changed();
  return asset;
}

/** An event may already have said that it is ready; then the server's own copy is shown, not the local one. */
function keepPreview(room, asset, upload) {
  draftOf(room.id).photo = asset.id;
  touch(asset.id);
  const known = state.assets[room.id]?.find((a) => a.id === asset.id);
  if (known && known.status !== 'processing') return;
  state.previews[asset.id] = upload.url;
  place(state.assets, room.id, asset);
  if (asset.status === 'processing' && state.assetProgress[asset.id] === 100) loadAsset(asset.id).catch(() => {});
}

export async function deletePhoto(asset) {
  await remove(`/api/assets/${asset.id}`);
  state.assets[asset.roomId] = state.assets[asset.roomId].filter((a) => a.id !== asset.id);
  tell('room', asset.roomId);
  changed();
}

/* Pictures */

/** Order one to four pictures; what was asked for stays in `draft` whatever happens. Answers whether it was taken. */
export async function askForPictures(room, { photo, style, text, count, draft, view = 'room' }) {
  const body = {
    sessionId: room.sessionId, roomId: room.id, stylePrompt: text || words.wish.prompt(style), mode: photo ? 'edit_existing' : 'from_scratch', variations: count,
    ...(photo ? { baseAssetId: photo.id } : {}), ...(style ? { styleSlug: style.slug } : {}),
  };
  if (draft.isSending) return false;
  draft.isSending = true;
  changed();
  const again = () => askForPictures(room, { photo, style, text, count, draft, view });
  const taken = await attempt(async () => {
    const accepted = await create('/api/renders', body);
    const ids = accepted.renderIds ?? [accepted.renderId];
    const renders = await Promise.all(ids.map(loadRender));
    showFirst(renders, view);
  }, { retry: again });
  draft.isSending = false;
  changed();
  return taken;
}

function showFirst(renders, view) {
  announce(words.picture.started);
  tell('room', renders[0].roomId);
  if (state.route.room !== renders[0].roomId) return;
  for (const render of renders) { touch(render.id); follow(render); }
  state.route.render = renders[0].id;
  if (narrow()) state.route.view = view;
  noteAddress();
}

export const askForVariation = (render, { text, count, draft }) => askForPictures(
  { id: render.roomId, sessionId: render.sessionId },
  { photo: { id: render.assetId }, style: render.styleSlug ? { slug: render.styleSlug } : null, text, count, draft },
);

export function pick(render) {
  if (state.route.render === render.id) return;
  state.route.render = render.id;
  if (state.variation?.renderId !== render.id) state.variation = null;
  noteAddress();
  morph(paintNow);
}

const reloadJob = (render) => Promise.all(rendersOf(render.roomId).filter((r) => r.jobId === render.jobId).map((r) => loadRender(r.id)));

export const cancelRender = (render) => attempt(async () => {
  await post(`/api/jobs/${render.jobId}/cancel`);
  await reloadJob(render);
  announce(words.picture.stopped);
});

export const retryRender = (render) => attempt(async () => {
  await post(`/api/jobs/${render.jobId}/retry`);
  delete state.progress[render.id];
  await reloadJob(render);
});

/** Approve a picture, put it aside, or take either back. */
export const setApproval = (render, approvalStatus) => attempt(async () => {
  const updated = await patch(`/api/renders/${render.id}`, { approvalStatus });
  touch(render.id);
  place(state.renders, render.roomId, updated);
  tell('room', render.roomId);
  changed();
}, { reload: () => loadRender(render.id).catch(() => {}) });

/* Inbox */

export async function readNotice(notice) {
  if (notice.isRead) return;
  notice.isRead = true;
  state.unread = Math.max(0, state.unread - 1);
  changed();
  await attempt(async () => { await post(`/api/notifications/${notice.id}/read`); tell('inbox'); });
}

export const readAll = () => attempt(async () => {
  await post('/api/notifications/read-all');
  for (const notice of state.inbox ?? []) notice.isRead = true;
  state.unread = 0;
  tell('inbox');
  changed();
});

export const olderNotices = () => attempt(() => loadInbox(state.inboxMore));

/** What the server sends no event for, the tabs tell each other. */
function tell(kind, id = null) { stream.touch({ kind, id }); }

export { register, signInAs, signOut } from './identity.js';
