// All the page knows. Views read it, reducers and actions change it, and one paint follows per frame.
export const state = {
  user: null, // null: nobody is signed in
  asked: false, // whether the server has been asked who this is
  sessions: null, // null: not loaded yet
  styles: null,
  stylesFailed: false,
  route: { session: null, view: 'room', room: null, render: null },
  session: null,
  rooms: null,
  assets: {}, // by room id, oldest first
  renders: {}, // by room id, oldest first
  progress: {}, // by render id: {percent, stage, queuePosition}
  uploads: [], // files on their way: {id, roomId, file, url, percent}
  previews: {}, // by asset id: the local file, until the server has made its own copy
  assetProgress: {}, // by asset id
  drafts: {}, // by room id: what the person has chosen and typed, kept through everything
  variation: null, // {renderId, text, count, failed} while the form under a picture is open
  inbox: null,
  inboxMore: null,
  unread: 0,
  wanted: null, // the address somebody came with before signing in
  news: {}, // views with something not seen yet
  live: 'idle',
  log: [],
  received: 0,
};

const painters = [];
let waiting = false;

/** Ask for a paint. Hidden tabs get no animation frames, but they have to stay up to date too. */
export function changed() {
  if (waiting) return;
  waiting = true;
  const paint = () => { waiting = false; for (const painter of painters) painter(); };
  if (document.hidden) setTimeout(paint, 30);
  else requestAnimationFrame(paint);
}
export const onPaint = (painter) => painters.push(painter);
/** Paint at once, for a change that is about to be morphed. */
export const paintNow = () => { for (const painter of painters) painter(); };

export const room = () => state.rooms?.find((r) => r.id === state.route.room) ?? null;
export const styleOf = (slug) => state.styles?.find((s) => s.slug === slug) ?? null;
export const rendersOf = (roomId) => state.renders[roomId] ?? [];
export const assetsOf = (roomId) => state.assets[roomId] ?? [];
export const photosOf = (roomId) => assetsOf(roomId).filter((a) => a.assetType === 'photo');
export const usablePhotos = (roomId) => photosOf(roomId).filter((a) => a.status !== 'failed');
export const assetBy = (id) => Object.values(state.assets).flat().find((a) => a.id === id) ?? null;
export const renderBy = (id) => Object.values(state.renders).flat().find((r) => r.id === id) ?? null;
export const isBusy = (render) => render.status === 'queued' || render.status === 'generating';

/** What the person has chosen and typed for a room so far. */
export function draftOf(roomId) {
  state.drafts[roomId] ??= { photo: null, style: '', text: '', count: 1 };
  return state.drafts[roomId];
}

/** Words and choices survive a reload of this tab, photos on their way do not. */
export function keepDrafts() {
  const kept = Object.entries(state.drafts).map(([id, draft]) => [id, { ...draft, isSending: false }]);
  sessionStorage.setItem('drafts', JSON.stringify(Object.fromEntries(kept)));
}
export function recallDrafts() { state.drafts = JSON.parse(sessionStorage.getItem('drafts') ?? '{}'); }

/** The picture on the stage: the one named in the address, else the newest. */
export function pickedRender() {
  const all = rendersOf(state.route.room);
  return all.find((r) => r.id === state.route.render) ?? all.at(-1) ?? null;
}

/** The photo a picture goes back to, through pictures that were made from pictures. */
export function photoBehind(render) {
  let at = render;
  for (let i = 0; at && i < 50; i += 1) {
    const base = assetBy(at.baseAssetId);
    if (!base || base.assetType === 'photo') return base;
    at = rendersOf(render.roomId).find((r) => r.assetId === base.id);
  }
  return null;
}

/** The picture that a variation was made from, or null when it was made from a photo. */
export const parentOf = (render) => rendersOf(render.roomId)
  .find((r) => r.id === render.parentRenderId || (r.assetId && r.assetId === render.baseAssetId)) ?? null;

export const numberOf = (render) => rendersOf(render.roomId).indexOf(render) + 1;

/** Put one item into a list that is kept oldest first, replacing what has its id. */
export function place(listByRoom, roomId, item) {
  const others = (listByRoom[roomId] ?? []).filter((x) => x.id !== item.id);
  listByRoom[roomId] = [...others, item].sort(byAge);
}
export const byAge = (a, b) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1);

/** Forget everything that belongs to one person. */
export function forgetPerson() {
  Object.assign(state, { sessions: null, session: null, rooms: null, assets: {}, renders: {}, progress: {}, drafts: {},
    variation: null, inbox: null, inboxMore: null, unread: 0, news: {}, log: [], received: 0 });
}
