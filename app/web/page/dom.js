// Elements without markup strings: text only ever becomes text nodes, so nothing a person typed can become HTML.
import { words } from './strings.js';

const NS = 'http://www.w3.org/2000/svg';
const AS_PROPERTY = new Set(['value', 'checked', 'disabled', 'hidden', 'textContent', 'indeterminate']);

export const $ = (id) => document.getElementById(id);
export const calm = matchMedia('(prefers-reduced-motion: reduce)');
const phone = matchMedia('(max-width: 760px)');
export const narrow = () => phone.matches;

function put(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    // Through the CSSOM: the page's policy forbids style attributes in markup.
    else if (name === 'vars') for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else if (AS_PROPERTY.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...present(children));
  return element;
}
const present = (children) => children.flat(4).filter((c) => c !== null && c !== undefined && c !== false);

export const h = (tag, props, ...children) => put(document.createElement(tag), props, children);
const s = (tag, props, ...children) => put(document.createElementNS(NS, tag), props, children);
export const icon = (name, cls) => s('svg', { 'aria-hidden': 'true', focusable: 'false', class: cls }, s('use', { href: `#i-${name}` }));
export const hiddenText = (text) => h('span', { class: 'vh' }, text);
export const percent = (n) => `${n}%`;

/** A button; `label` may be a text, a node or a list of both. */
export function button(label, cls, onClick, extra = {}) {
  return h('button', { type: 'button', class: `btn ${cls}`, on: { click: onClick }, ...extra }, ...[label].flat());
}

export function bar(label, value, cls = '') {
  return h('div', {
    class: `bar ${cls}`, role: 'progressbar', 'aria-label': label, 'aria-valuenow': Math.round(value),
    'aria-valuemin': 0, 'aria-valuemax': 100, vars: { '--v': percent(value) },
  }, h('i'));
}

/** Replace what a part of the screen shows; the keyboard focus stays on the control with the same data-k. */
export function fill(host, ...children) {
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.k : null;
  host.replaceChildren(...present(children));
  if (focused) host.querySelector(`[data-k="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

const drawn = new WeakMap();

/** Call `draw` only when `facts` differ from the last time: what did not change is not touched, so nothing flickers. */
export function paintWhenChanged(host, facts, draw) {
  const signature = JSON.stringify(facts);
  if (drawn.get(host) === signature) return;
  drawn.set(host, signature);
  draw();
}

/** Change the screen with a short morph where the browser and the person allow it. */
export function morph(change) {
  if (!document.startViewTransition || calm.matches || document.hidden) { change(); return; }
  document.startViewTransition(change).finished.catch(() => {});
}

let clearing;

/** Say something once to people who listen to the page. */
export function announce(text) {
  clearTimeout(clearing);
  $('announce').textContent = text;
  clearing = setTimeout(() => { $('announce').textContent = ''; }, 8000);
}

export function emptyState(iconName, title, text, ...actions) {
  return h('div', { class: 'empty' }, h('div', { class: 'arch' }, icon(iconName)), h('h3', {}, title), h('p', {}, text),
    actions.length ? h('div', { class: 'btn-row' }, actions) : null);
}

export function skeleton() {
  return h('div', { class: 'sk' }, hiddenText(words.loading),
    ['sk-line w40', 'sk-pic', 'sk-line w80', 'sk-line w60'].map((cls) => h('i', { class: cls, 'aria-hidden': 'true' })));
}

/** The five colours of a style in the shape of a doorway. */
export function archPalette(style) {
  return h('span', { class: 'palette', 'aria-hidden': 'true' },
    style.palette.slice(0, 5).map((colour) => h('i', { vars: { '--c': colour.hex } })));
}

export const roomTypeOptions = () => Object.entries(words.roomTypes).map(([value, label]) => h('option', { value }, label));
