// What the person would like: from which photo, in which style, in which words, how many pictures.
import { askForPictures } from '../actions.js';
import { $, archPalette, button, fill, h, hiddenText, icon, paintWhenChanged } from '../dom.js';
import { loadStyles } from '../loader.js';
import { changed, draftOf, isBusy, photosOf, rendersOf, room, state, styleOf } from '../store.js';
import { words } from '../strings.js';
import { chosenPhoto, photoGrid } from './photos.js';

const MIN_WORDS = 10;
const FEW = 5; // with "my own words" two rows of three
let shownRoom = null;

export function paintWish() {
  const here = room();
  $('wish-form').hidden = !here;
  if (!here) return;
  const draft = draftOf(here.id);
  showDraft(here, draft);
  const uploads = state.uploads.filter((u) => u.roomId === here.id);
  const photos = photosOf(here.id).map((a) => [a.id, a.status, a.status === 'processing' && state.assetProgress[a.id]]);
  paintWhenChanged($('wish-photos'), [here.id, photos, uploads.map((u) => [u.id, Math.round(u.percent)]), chosenPhoto(here.id)?.id],
    () => fill($('wish-photos'), photoGrid(), !photos.length && !uploads.length && h('p', { class: 'fine wish-hint' }, words.wish.fromWords)));
  paintWhenChanged($('wish-styles'), [here.id, here.type, state.styles?.length, state.stylesFailed, draft.style, draft.allStyles], () => fill($('wish-styles'), stylePicker(here, draft)));
  const isNext = !rendersOf(here.id).some((render) => isBusy(render) || render.status === 'ready');
  $('wish-go').classList.toggle('primary', isNext); // one terracotta thing at a time: with a picture there, deciding is next
  paintWhenChanged($('wish-go'), [here.id, draft.count, draft.isSending], () => {
    $('wish-go').textContent = draft.isSending ? words.wish.sending : words.wish.button(draft.count);
    $('wish-go').disabled = Boolean(draft.isSending);
  });
  $('wish-optional').textContent = draft.style ? words.wish.optional : '';
}

/** Another room has its own words; typing is never overwritten within one. */
function showDraft(here, draft) {
  if (shownRoom === here.id) return;
  shownRoom = here.id;
  $('wish-text').value = draft.text;
  complain('');
  for (const input of $('wish-count').querySelectorAll('input')) input.checked = Number(input.value) === draft.count;
}

function stylePicker(here, draft) {
  if (!state.styles) {
    if (state.stylesFailed) return [h('p', {}, words.wish.stylesFailed), button(words.tryAgain, 'small', () => { state.stylesFailed = false; loadStyles(); })];
    return h('div', { class: 'sk', 'aria-hidden': 'true' }, h('i', { class: 'sk-line w80' }), h('i', { class: 'sk-pic' }));
  }
  const fits = (style) => Number(style.rooms?.includes(here.type) ?? false);
  const ordered = [...state.styles].sort((a, b) => fits(b) - fits(a));
  const shown = draft.allStyles ? ordered : aFew(ordered, draft.style);
  const blank = { slug: '', name: words.wish.ownWords };
  return [
    h('div', { class: 'swatches' }, [...shown, blank].map((style) => swatch(style, draft))),
    shown.length < ordered.length && button(words.wish.all(ordered.length), 'small bare all-styles', () => showAll(draft, shown.length), { 'data-k': 'all-styles' }),
    styleNote(styleOf(draft.style)),
  ];
}

/** The first few, and always the chosen one. */
function aFew(styles, chosen) {
  const few = styles.slice(0, FEW);
  const rest = styles.slice(FEW).find((style) => style.slug === chosen);
  return rest ? [...few.slice(0, -1), rest] : few;
}

/** The button goes away, so the focus moves on to the first style that was hidden. */
function showAll(draft, alreadyShown) {
  draft.allStyles = true;
  changed();
  requestAnimationFrame(() => requestAnimationFrame(() => $('wish-styles').querySelectorAll('input')[alreadyShown]?.focus()));
}

function swatch(style, draft) {
  const choose = () => { draft.style = style.slug; draft.touched = true; complain(''); changed(); };
  const isChosen = draft.style === style.slug && (style.slug !== '' || draft.touched);
  return h('label', { class: 'swatch' },
    style.slug ? archPalette(style) : h('span', { class: 'palette is-blank', 'aria-hidden': 'true' }, icon('pen')),
    h('span', {}, style.name), h('span', { class: 'tick', 'aria-hidden': 'true' }, icon('check')),
    h('input', { type: 'radio', name: 'style', value: style.slug, checked: isChosen, 'data-k': `style-${style.slug || 'own'}`, on: { change: choose } }));
}

function styleNote(style) {
  if (!style) return null;
  return h('div', { class: 'style-note', title: words.wish.colours(style.palette.map((c) => c.name).join(', ')) },
    h('p', { class: 'two-lines' }, style.description), h('p', { class: 'fine' }, hiddenText(`${words.wish.materials}: `), style.materials.join(', ')));
}

export function complain(text) {
  $('wish-error').textContent = text;
  if (text) $('wish-text').setAttribute('aria-invalid', 'true');
  else $('wish-text').removeAttribute('aria-invalid');
}

/** What is missing before a picture can be asked for, in words; empty when nothing is. */
export function whatIsMissing({ style, text }) {
  if (!style && !text) return words.wish.needed;
  if (text && text.length < MIN_WORDS) return words.start.moreWords;
  return '';
}

async function submit(event) {
  event.preventDefault();
  const here = room();
  const draft = draftOf(here.id);
  const missing = whatIsMissing({ style: draft.style, text: draft.text.trim() });
  complain(missing);
  if (missing) { $('wish-text').focus(); return; }
  await askForPictures(here, { photo: chosenPhoto(here.id), style: styleOf(draft.style), text: draft.text.trim(), count: draft.count, draft });
}

/** Build what never changes, once, and listen. */
export function startWish() {
  $('wish-form').addEventListener('submit', submit);
  $('wish-text').addEventListener('input', (event) => {
    draftOf(state.route.room).text = event.target.value;
    complain('');
  });
  $('wish-count').append(...countRadios('count', (n) => { draftOf(state.route.room).count = n; changed(); }));
}

/** Radios for one to four pictures. */
export function countRadios(name, choose, chosen = 1) {
  return [1, 2, 3, 4].map((n) => h('label', {},
    h('input', { type: 'radio', name, value: n, checked: n === chosen, 'data-k': `${name}-${n}`, on: { change: () => choose(n) } }),
    h('span', {}, String(n), hiddenText(n === 1 ? words.wish.picture : words.wish.pictures))));
}
