// Before and after: a real range input over two pictures, so that keys, pointers and assistive technology all work.
import { h, icon, percent } from '../dom.js';
import { words } from '../strings.js';

const TAG_ROOM = 14; // percent: closer to an edge than this the tag on that side would be cut

/** `before` and `after` are props of an <img>; `name` says what is compared. */
export function compare(before, after, name, at = 50) {
  const range = h('input', { type: 'range', min: 0, max: 100, step: 1, 'aria-label': words.picture.compare(name), 'data-k': 'compare' });
  const box = h('div', { class: 'compare' },
    h('img', { alt: '', decoding: 'async', ...after }), h('img', { alt: '', decoding: 'async', ...before, class: 'is-before' }), range,
    h('div', { class: 'compare-line', 'aria-hidden': 'true' }, h('span', {}, icon('drag'))),
    h('span', { class: 'compare-tag l', 'aria-hidden': 'true' }, words.picture.today),
    h('span', { class: 'compare-tag r', 'aria-hidden': 'true' }, words.picture.renovated));
  const show = () => {
    const value = Number(range.value);
    box.style.setProperty('--at', percent(value));
    range.setAttribute('aria-valuetext', words.picture.value(value));
    box.classList.toggle('at-min', value < TAG_ROOM);
    box.classList.toggle('at-max', value > 100 - TAG_ROOM - 2);
  };
  range.addEventListener('input', () => { box.classList.remove('intro'); show(); });
  range.addEventListener('keydown', (event) => {
    const step = { PageUp: 10, PageDown: -10 }[event.key];
    if (!step) return;
    event.preventDefault();
    box.moveTo(Number(range.value) + step);
  });
  box.moveTo = (value) => { range.value = value; show(); };
  box.moveTo(at);
  return box;
}

/** The sizes of an asset as props of an <img>; the server keeps these widths ready. */
export function picture(asset, alt, sizes) {
  const at = (width) => `${asset.contentUrl}?width=${width}`;
  const widths = [320, 640, 800, 1200, 1600].filter((width, i) => i === 0 || !asset.widthPx || width <= asset.widthPx);
  return { src: at(widths.findLast((w) => w <= 800)), srcset: widths.map((w) => `${at(w)} ${w}w`).join(', '), sizes, alt,
    width: asset.widthPx ?? undefined, height: asset.heightPx ?? undefined };
}
export const thumbnail = (asset, alt = '') => ({ src: `${asset.contentUrl}?width=320`, alt, loading: 'lazy', decoding: 'async' });

/** Width by height of an asset, as one number; 4:3 until it is known. */
export const ratioOf = (asset) => (asset?.widthPx && asset?.heightPx ? asset.widthPx / asset.heightPx : 4 / 3);
