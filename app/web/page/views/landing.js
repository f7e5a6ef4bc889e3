// The first page: what it is, one form to begin, the styles there are, and the way back to what was begun.
import { begin } from '../actions.js';
import { $, archPalette, button, calm, fill, h, paintWhenChanged, roomTypeOptions } from '../dom.js';
import { loadStyles } from '../loader.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { compare } from './compare.js';
import { takesDrops } from './drops.js';
import { sessionLink } from './sessions.js';

const SHOWN = 3;
const start = { file: null, isBusy: false, step: '' };

export function paintLanding() {
  if (!$('hero-compare').hasChildNodes()) drawHero();
  paintWhenChanged($('continue'), state.sessions?.slice(0, SHOWN).map((s) => [s.id, s.title, s.updatedAt]) ?? [], drawContinue);
  paintWhenChanged($('style-gallery'), [state.styles?.length, state.stylesFailed, $('start-style').value], drawGallery);
  paintWhenChanged($('start-style'), state.styles?.length, drawStyleOptions);
  const isFull = start.file && $('start-style').value && $('start-text').value.trim().length >= 10;
  $('start-go').textContent = start.step || (isFull ? words.start.buttonFull : words.start.button);
  $('start-go').disabled = start.isBusy;
  $('start-file').textContent = start.file ? shorten(start.file.name) : words.start.addPhoto;
}

const shorten = (name) => (name.length > 22 ? `${name.slice(0, 12)}…${name.slice(-8)}` : name);

function drawContinue() {
  const recent = state.sessions?.slice(0, SHOWN) ?? [];
  $('continue').hidden = recent.length === 0;
  fill($('continue'), h('section', { class: 'continue', 'aria-labelledby': 'continue-h' }, h('h2', { id: 'continue-h' }, words.start.continueHeading), recent.map((s) => sessionLink(s))));
}

function drawStyleOptions() {
  const select = $('start-style');
  const chosen = select.value;
  fill(select, h('option', { value: '' }, words.start.anyStyle), state.styles?.map((s) => h('option', { value: s.slug }, s.name)));
  select.value = chosen;
}

function drawGallery() {
  const host = $('style-gallery');
  if (state.stylesFailed) { fill(host, h('p', {}, words.wish.stylesFailed), button(words.tryAgain, 'small', loadStyles)); return; }
  if (!state.styles) { fill(host, h('div', { class: 'sk', 'aria-hidden': 'true' }, h('i', { class: 'sk-line w80' }), h('i', { class: 'sk-line w60' }))); return; }
  fill(host, h('ul', { class: 'style-grid', role: 'list' }, state.styles.map((style) => h('li', {}, styleCard(style)))));
}

function styleCard(style) {
  const isChosen = $('start-style').value === style.slug;
  const choose = () => {
    $('start-style').value = isChosen ? '' : style.slug;
    paintLanding();
    if (isChosen) return;
    $('start').scrollIntoView({ block: 'center', behavior: calm.matches ? 'auto' : 'smooth' });
    $('start-text').focus({ preventScroll: true });
  };
  return h('button', { type: 'button', class: 'style-card', 'aria-pressed': String(isChosen), 'data-k': `card-${style.slug}`, on: { click: choose } },
    archPalette(style), h('b', {}, style.name), h('span', {}, style.description), h('small', {}, style.materials.slice(0, 4).join(', ')));
}

function complain(text) {
  $('start-error').textContent = text;
  $('start-error').hidden = !text;
  if (text) { $('start-text').setAttribute('aria-invalid', 'true'); $('start-text').setAttribute('aria-describedby', 'start-error'); } else { $('start-text').removeAttribute('aria-invalid'); }
}

function missing(text) {
  if (!text && !start.file && !$('start-style').value) return words.start.needWords;
  if (text && text.length < 10) return words.start.moreWords;
  return '';
}

async function submit(event) {
  event.preventDefault();
  const text = $('start-text').value.trim();
  complain(missing(text));
  if (missing(text)) { $('start-text').focus(); return; }
  start.isBusy = true;
  const say = (step) => { start.step = step; paintLanding(); };
  say(words.start.opening);
  const begun = await begin({ text, file: start.file, roomType: $('start-room').value, style: $('start-style').value }, say);
  Object.assign(start, { isBusy: false, step: '' }, begun ? { file: null } : {});
  if (begun) { $('start').reset(); $('start-room').value = 'living-room'; }
  paintLanding();
}

function takeFile(files) {
  if (!files?.length) return;
  [start.file] = files;
  paintLanding();
}

export function startLanding() {
  $('start-room').append(...roomTypeOptions());
  $('start').addEventListener('submit', submit);
  $('start').addEventListener('input', () => { complain(''); paintLanding(); });
  $('start-photo').addEventListener('change', (event) => { takeFile(event.target.files); });
  takesDrops($('start'), takeFile);
}

function drawHero() {
  const props = { width: 720, height: 720 };
  const box = compare({ ...props, src: '/page/hero-today.svg' }, { ...props, src: '/page/hero-renovated.svg' }, words.start.drawnRoom, calm.matches ? 46 : 82);
  fill($('hero-compare'), h('figure', {}, box, h('figcaption', {}, words.start.drawing)));
  if (!calm.matches) setTimeout(() => { box.classList.add('intro'); box.moveTo(46); }, 500);
}
