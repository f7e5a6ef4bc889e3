// The room on its stage: the photo, the picture being made, before and after, and every picture so far.
import { cancelRender, pick, retryRender, setApproval } from '../actions.js';
import { $, button, emptyState, fill, h, hiddenText, icon, paintWhenChanged, skeleton } from '../dom.js';
import { ago } from '../format.js';
import { go } from '../router.js';
import { assetBy, changed, isBusy, numberOf, parentOf, photoBehind, pickedRender, rendersOf, room, state, styleOf } from '../store.js';
import { words } from '../strings.js';
import { compare, picture, ratioOf } from './compare.js';
import { paintMaking, making } from './making.js';
import { chosenPhoto, dropZone, photoSource } from './photos.js';
import { sheet } from './sheets.js';
import { strip } from './strip.js';
import { variationForm } from './variation.js';

const SIZES = '(max-width: 760px) 100vw, 880px';

export function paintStage() {
  const host = $('stage-in');
  const here = room();
  const render = here && pickedRender();
  const base = here && (render ? photoBehind(render) : chosenPhoto(here.id));
  paintWhenChanged(host, factsOf(here, render, base), () => draw(host, here, render, base));
  if (render && isBusy(render)) paintMaking(host, render);
}

/** Everything but the percentage of what is being made: that is patched in place, so nothing flickers. */
function factsOf(here, render, base) {
  if (!here) return [state.rooms?.length ?? null];
  const others = rendersOf(here.id).map((r) => [r.id, r.approvalStatus, isBusy(r) ? 'busy' : r.status, assetBy(r.assetId)?.id]);
  const upload = state.uploads.some((u) => u.roomId === here.id);
  const form = state.variation && [state.variation.renderId, state.variation.serial];
  return [here.id, here.name, here.type, render?.id, render?.structureScore, render?.error, base?.id, base?.status, upload, others, form, state.styles?.length];
}

function draw(host, here, render, base) {
  if (!state.rooms) { fill(host, skeleton()); return; }
  if (!here) { fill(host, hiddenHeading(), emptyState('room', words.rooms.none, words.rooms.noneText, button(words.rooms.add, 'primary', () => sheet.addRoom()))); return; }
  const parts = [head(here, render)];
  if (!render && !base) parts.push(noPhotoYet(here));
  else parts.push(frame(here, render, base));
  if (render?.status === 'ready') parts.push(verdict(render));
  if (render && state.variation?.renderId === render.id) parts.push(variationForm(render));
  if (rendersOf(here.id).length) parts.push(strip(here));
  if (render?.status === 'ready') parts.push(...howItWasMade(render));
  if (!render && base) parts.push(h('p', { class: 'stage-hint' }, words.picture.readyToMake));
  fill(host, parts);
}

const hiddenHeading = () => h('h2', { class: 'vh' }, words.views.room);

function head(here, render) {
  const style = styleOf(render?.styleSlug);
  return h('header', { class: 'stage-head' },
    h('div', {}, h('h2', {}, here.name), h('p', {}, [words.roomTypes[here.type] ?? here.type, style?.name].filter((x) => x && x !== here.name).join(', '))),
    button([icon('more'), hiddenText(words.rooms.options(here.name))], 'bare', () => sheet.aboutRoom(here), { 'data-k': 'room-options' }));
}

function noPhotoYet(here) {
  if (state.uploads.some((u) => u.roomId === here.id)) return skeleton();
  return h('div', { class: 'empty' }, h('div', { class: 'arch' }, icon('photo')), h('h3', {}, words.photos.empty(here.name)),
    h('p', {}, words.photos.emptyText), dropZone(words.photos.choose, words.photos.hint, 'drop', 'drop-stage'));
}

function frame(here, render, base) {
  const result = render?.status === 'ready' ? assetBy(render.assetId) : null;
  const box = h('div', { class: 'frame', vars: { '--shape': String(ratioOf(result ?? base)) } });
  const name = styleOf(render?.styleSlug)?.name ?? words.picture.pictureNo(render ? numberOf(render) : 1);
  if (result && base?.status === 'ready') box.append(compare(picture(base, '', SIZES), picture(result, '', SIZES), `${here.name}, ${name}`, 46));
  else if (result) box.append(h('img', picture(result, words.picture.alt(here.name, name), SIZES)));
  else box.append(photoFace(here, base));
  if (!render || result) return box;
  if (render.status === 'failed' || render.status === 'cancelled') { box.classList.add('is-busy'); box.append(noPicture(render)); }
  if (isBusy(render)) { box.classList.add('is-busy'); box.append(...making(() => cancelRender(render))); }
  return box;
}

function photoFace(here, base) {
  const source = base && (base.status === 'ready' ? picture(base, '', SIZES) : photoSource(base));
  const blank = () => h('div', { class: 'frame-blank' }, icon('room'));
  if (!source) return blank();
  const image = h('img', { ...source, alt: base.altText || words.photos.alt(here.name) });
  image.addEventListener('error', () => image.replaceWith(blank()), { once: true });
  return image;
}

function noPicture(render) {
  const failed = render.status === 'failed';
  return h('div', { class: 'frame-over' },
    h('h3', {}, failed ? words.picture.failedTitle : words.picture.cancelledTitle),
    h('p', {}, failed ? render.error?.message ?? words.picture.failedText : words.picture.cancelledText),
    h('div', { class: 'btn-row' }, failed && button(words.tryAgain, 'primary small', () => retryRender(render), { 'data-k': 'retry' }),
      button(words.picture.changeWords, 'small', () => { go({ view: 'wish' }); setTimeout(() => $('wish-text').focus(), 60); }, { 'data-k': 'change-words' })));
}

function verdict(render) {
  const isApproved = render.approvalStatus === 'approved';
  const isRejected = render.approvalStatus === 'rejected';
  const form = state.variation?.renderId === render.id;
  const reject = async () => { if (await setApproval(render, isRejected ? 'pending' : 'rejected') && !isRejected) openVariation(render); };
  return h('div', { class: 'verdict' },
    button([icon('check'), isApproved ? words.picture.approved : words.picture.approve], isApproved ? 'small' : 'primary small',
      () => setApproval(render, isApproved ? 'pending' : 'approved'), { 'aria-pressed': String(isApproved), 'data-k': 'approve' }),
    button(isRejected ? words.picture.rejected : words.picture.reject, 'small', reject, { 'aria-pressed': String(isRejected), 'data-k': 'reject' }),
    button(words.picture.vary, 'small bare', () => (form ? closeVariation() : openVariation(render)), { 'aria-expanded': String(form), 'data-k': 'vary' }),
    typeof render.structureScore === 'number' && h('span', { class: 'pill ok' }, icon('check'), words.picture.kept(Math.round(render.structureScore * 100))));
}

let serial = 0;
export function openVariation(render) {
  pick(render);
  state.variation = { renderId: render.id, text: '', count: 1, serial: serial += 1 };
  changed();
  requestAnimationFrame(() => requestAnimationFrame(() => $('variation-text')?.focus()));
}
function closeVariation() { state.variation = null; changed(); }

function howItWasMade(render) {
  const parent = parentOf(render);
  const from = parent ? words.picture.pictureNo(numberOf(parent)) : render.baseAssetId ? words.picture.yourPhoto : words.picture.yourWords;
  const seconds = Math.max(1, Math.round((new Date(render.finishedAt) - new Date(render.createdAt)) / 1000));
  const asset = assetBy(render.assetId);
  const facts = [[words.picture.madeBy, render.model], [words.picture.took, render.finishedAt && new Intl.NumberFormat(undefined, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(seconds)],
    [words.picture.from, from], [words.picture.made, ago(render.createdAt)]].filter(([, value]) => value);
  return [
    h('dl', { class: 'made' }, facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))),
    h('details', { class: 'more' }, h('summary', {}, words.picture.promptSummary), h('p', {}, render.stylePrompt)),
    asset && h('p', { class: 'stage-hint' }, h('a', { href: `${asset.contentUrl}?width=1600&format=jpeg`, download: `${render.id}.jpg` }, words.picture.download)),
  ];
}
