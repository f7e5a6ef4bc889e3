// Where this room stands: photo, style, picture, decision. Each step leads to the control it is about.
import { $, fill, h, hiddenText, icon, paintWhenChanged } from '../dom.js';
import { go } from '../router.js';
import { isBusy, rendersOf, room, state, usablePhotos } from '../store.js';
import { words } from '../strings.js';

const TARGETS = [
  ['wish', '#wish-photos input'], ['wish', '#wish-styles input:checked, #wish-styles input'],
  ['room', '#stage'], ['room', '[data-k="approve"], #stage'],
];

/** Which of the four are done; an approved picture settles the ones before it. */
function doneSteps(roomId) {
  const renders = rendersOf(roomId);
  const approved = renders.some((r) => r.approvalStatus === 'approved');
  const ready = renders.some((r) => r.status === 'ready');
  const asked = ready || renders.some(isBusy);
  return [asked || usablePhotos(roomId).length > 0 || state.uploads.some((u) => u.roomId === roomId), asked, ready, approved];
}

function lead(i) {
  const [view, target] = TARGETS[i];
  $('step-pop').hidePopover();
  go({ view });
  setTimeout(() => document.querySelector(target)?.focus(), 60);
}

export function paintSteps() {
  const here = room();
  const done = here ? doneSteps(here.id) : [false, false, false, false];
  const now = done.indexOf(false);
  paintWhenChanged($('steps'), [here?.id, done], () => draw(done, now));
}

function draw(done, now) {
  const { names, next } = words.steps;
  const cls = (i) => (done[i] ? 'is-done' : i === now ? 'is-now' : '');
  const standing = (i) => (done[i] ? words.steps.done : i === now ? words.steps.current : words.steps.later);
  const step = (name, i, key) => h('button', { type: 'button', 'data-k': `${key}-${i}`, title: next[i], 'aria-current': i === now ? 'step' : null, on: { click: () => lead(i) } },
    h('span', { class: 'ph-node' }, done[i] && icon('check')), name, hiddenText(standing(i)));
  const at = now < 0 ? names.length - 1 : now;
  fill($('steps'),
    h('ol', { class: 'ph-list', role: 'list' }, names.map((name, i) => h('li', { class: `ph-step ${cls(i)}`, vars: { '--w': `${name.length * 8.4}px` } }, step(name, i, 'step')))),
    h('button', { type: 'button', class: 'ph-small', popovertarget: 'step-pop', 'data-k': 'steps-small' },
      h('span', { class: 'ph-small-row' }, h('b', {}, names[at]), h('span', {}, words.steps.of(at + 1, names.length), icon('down'))),
      h('span', { class: 'ph-segs', 'aria-hidden': 'true' }, names.map((_, i) => h('i', { class: cls(i) })))));
  fill($('step-list'), names.map((name, i) => h('li', { class: cls(i) }, step(name, i, 'step-small'))));
}
