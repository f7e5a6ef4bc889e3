// Every picture of the room so far, in the order they were asked for.
import { pick } from '../actions.js';
import { h, icon, narrow } from '../dom.js';
import { go } from '../router.js';
import { assetBy, isBusy, numberOf, photoBehind, pickedRender, rendersOf, styleOf } from '../store.js';
import { words } from '../strings.js';
import { thumbnail } from './compare.js';
import { progressOf } from './making.js';
import { photoSource } from './photos.js';
import { openVariation } from './stage.js';

export function strip(here) {
  const renders = rendersOf(here.id);
  const picked = pickedRender();
  const another = () => (picked?.status === 'ready' ? openVariation(picked) : startOver());
  return h('div', { class: 'vars', role: 'group', 'aria-label': words.picture.strip },
    renders.map((render) => tile(render, render === picked)),
    h('button', { type: 'button', class: 'var var-new', 'data-k': 'another', on: { click: another } }, h('span', { class: 'ph' }, icon('plus')), words.picture.another));
}

function startOver() {
  if (narrow()) go({ view: 'wish' });
  setTimeout(() => document.querySelector('#wish-styles input:checked, #wish-styles input')?.focus(), 60);
}

function tile(render, isPicked) {
  const asset = assetBy(render.assetId) ?? null;
  const base = asset ? null : photoBehind(render);
  const source = asset ? thumbnail(asset) : base && photoSource(base);
  return h('button', { type: 'button', class: `var ${asset ? '' : 'is-waiting'}`, 'aria-pressed': String(isPicked), 'data-k': `pick-${render.id}`, 'data-render': render.id, on: { click: () => pick(render) } },
    h('span', { class: 'ph' }, source ? h('img', { ...source, alt: '' }) : h('span', { class: 'arch-small' }, icon('room')), label(render)),
    words.picture.number(numberOf(render), styleOf(render.styleSlug)?.name ?? words.picture.free));
}

function label(render) {
  if (isBusy(render)) return h('span', { class: 'pill num', 'data-percent': render.id }, `${progressOf(render).done} %`);
  if (render.status === 'failed') return h('span', { class: 'pill bad' }, words.picture.failed);
  if (render.status === 'cancelled') return h('span', { class: 'pill' }, words.picture.cancelled);
  if (render.approvalStatus === 'approved') return h('span', { class: 'pill ok' }, icon('check'), words.picture.approved);
  if (render.approvalStatus === 'rejected') return h('span', { class: 'pill' }, words.picture.rejected);
  return null;
}

/** Patch the percentages; the tiles themselves stay as they are. */
export function paintStrip(host, roomId) {
  for (const render of rendersOf(roomId).filter(isBusy)) {
    const pill = host.querySelector(`[data-percent="${render.id}"]`);
    if (pill) pill.textContent = `${progressOf(render).done} %`;
  }
}
