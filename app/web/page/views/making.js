// A picture being made: how far it is, which stage it is in, and a way to stop it. Only numbers change while it runs.
import { bar, button, h, icon, percent } from '../dom.js';
import { state } from '../store.js';
import { words } from '../strings.js';

const STAGES = Object.keys(words.picture.stages);

export const progressOf = (render) => {
  const { percent: done = 0, stage = 'queued', queuePosition = null } = state.progress[render.id] ?? {};
  return { done: Math.round(done ?? 0), stage: STAGES.includes(stage) ? stage : 'queued', queuePosition };
};

/** The sweep over the photo and the card on top of it. */
export function making(cancel) {
  return [
    h('div', { class: 'sweep', vars: { '--v': '0%' } }),
    h('div', { class: 'frame-over' },
      h('div', { class: 'row' }, h('h3', { class: 'making-title' }), h('b', { class: 'num making-percent' })),
      bar(words.picture.progress, 0),
      h('ol', { class: 'stages', role: 'list' }, STAGES.map((stage) => h('li', { 'data-stage': stage }, h('span', {}, words.picture.stages[stage])))),
      h('div', { class: 'row' }, h('p', { class: 'making-note' }, words.picture.leave), button(words.cancel, 'small', cancel, { 'data-k': 'cancel' }))),
  ];
}

/** Patch the numbers of what `making` has drawn. */
export function paintMaking(host, render) {
  const card = host.querySelector('.frame-over');
  if (!card) return;
  const { done, stage, queuePosition } = progressOf(render);
  host.querySelector('.sweep')?.style.setProperty('--v', percent(done));
  card.querySelector('.making-title').textContent = stage === 'queued' ? words.picture.waiting : words.picture.painting;
  card.querySelector('.making-percent').textContent = `${done} %`;
  card.querySelector('.making-note').textContent = queuePosition ? words.picture.position(queuePosition) : words.picture.leave;
  const track = card.querySelector('[role="progressbar"]');
  track.setAttribute('aria-valuenow', done);
  track.style.setProperty('--v', percent(done));
  paintStages(card, STAGES.indexOf(stage));
}

function paintStages(card, at) {
  card.querySelectorAll('.stages li').forEach((item, i) => {
    item.className = i < at ? 'is-done' : i === at ? 'is-now' : '';
    const isTicked = item.firstElementChild.localName === 'svg';
    if (i < at && !isTicked) item.prepend(icon('check'));
    if (i >= at && isTicked) item.firstElementChild.remove();
  });
}
