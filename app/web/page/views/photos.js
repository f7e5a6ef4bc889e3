// The photos of a room: which one a picture is made from, what is on its way, and where to add another.
import { deletePhoto, sendPhotos } from '../actions.js';
import { bar, h, hiddenText, icon } from '../dom.js';
import { changed, draftOf, photosOf, room, state, usablePhotos } from '../store.js';
import { words } from '../strings.js';
import { thumbnail } from './compare.js';
import { takesDrops } from './drops.js';
import { sheet } from './sheets.js';

const PHOTO_TYPES = 'image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif';

/** A place that takes photos by picker or by drop; dragging is never the only way. */
export function dropZone(label, hint, cls = 'drop', key = 'drop') {
  const take = (files) => { if (files?.length) sendPhotos(room(), [...files]); };
  const onPick = (event) => { take(event.target.files); event.target.value = ''; };
  const zone = h('label', { class: cls }, icon('photo'), cls === 'drop' ? h('b', {}, label) : label,
    hint && [h('span', {}, words.photos.drop), h('small', {}, hint)],
    h('input', { type: 'file', multiple: true, class: 'vh', accept: PHOTO_TYPES, 'data-k': key, on: { change: onPick } }));
  return takesDrops(zone, take);
}

/** The photo a new picture starts from: the one that was chosen, else the newest usable one. */
export function chosenPhoto(roomId) {
  const usable = usablePhotos(roomId);
  return usable.find((asset) => asset.id === draftOf(roomId).photo) ?? usable.at(-1) ?? null;
}

/** What an <img> of a photo shows; the local file until the server has its own copy. */
export function photoSource(asset) {
  const local = state.previews[asset.id];
  if (asset.status === 'ready') return thumbnail(asset);
  return local ? { src: local, alt: '' } : null;
}

export function photoGrid() {
  const here = room();
  const photos = photosOf(here.id);
  const uploads = state.uploads.filter((u) => u.roomId === here.id);
  if (!photos.length && !uploads.length) return dropZone(words.photos.choose, words.photos.hint);
  const unusable = photos.filter((asset) => asset.status === 'failed');
  return [h('div', { class: 'photo-grid' },
    photos.map((asset, i) => photoTile(here, asset, i + 1)),
    uploads.map((upload) => h('div', { class: 'photo' }, preview({ src: upload.url, alt: '' }), bar(words.photos.sending, upload.percent))),
    dropZone(words.photos.more, null, 'photo-more')),
  unusable.map((asset) => h('div', { class: 'note bad' }, icon('warn'), h('b', {}, words.photos.failedTitle), h('p', {}, asset.error?.message ?? asset.filename)))];
}

function photoTile(here, asset, n) {
  const source = photoSource(asset);
  const choose = () => { draftOf(here.id).photo = asset.id; changed(); };
  const remove = () => sheet.confirm({ title: words.photos.removeTitle, text: words.photos.removeText, label: words.delete, run: () => deletePhoto(asset) });
  return h('div', { class: 'photo' },
    source ? preview({ ...source, 'data-asset': asset.id }) : icon('photo'),
    asset.status === 'failed' ? h('span', { class: 'pill bad' }, icon('warn'), words.photos.failed)
      : h('label', {}, h('input', { type: 'radio', name: 'photo', value: asset.id, checked: chosenPhoto(here.id)?.id === asset.id, 'data-k': `photo-${asset.id}`, on: { change: choose } }), hiddenText(words.photos.use(n))),
    asset.status === 'processing' && bar(words.photos.preparing, state.assetProgress[asset.id] ?? 5),
    h('button', { type: 'button', class: 'icon-btn', 'data-k': `del-${asset.id}`, on: { click: remove } }, icon('x'), hiddenText(`${words.photos.remove} (${n})`)));
}

/** A picture that steps aside when the browser cannot draw it, as most cannot draw HEIC. */
function preview(props) {
  const image = h('img', props);
  image.addEventListener('error', () => image.replaceWith(icon('photo')), { once: true });
  return image;
}
