// Short messages: information leaves by itself, a problem stays until it is closed.
import { $, button, h, hiddenText, icon } from '../dom.js';
import { wait } from '../format.js';
import { words } from '../strings.js';

const STAYS_MS = 6000;
const AT_ONCE = 2;

function show({ title, text, reference = '', action = null, isProblem }) {
  const close = () => toast.remove();
  const toast = h('div', { class: 'toast' }, icon(isProblem ? 'warn' : 'info'),
    h('div', { class: 'toast-text', role: isProblem ? 'alert' : 'status' }, h('b', {}, title), h('p', {}, text), h('small', {}, reference)),
    h('div', { class: 'toast-act' }, action && button(action.label, 'small', () => { close(); action.run(); })),
    h('button', { type: 'button', class: 'icon-btn small', on: { click: close } }, icon('x'), hiddenText(words.close)));
  $('toasts').append(toast);
  while ($('toasts').children.length > AT_ONCE) $('toasts').firstElementChild.remove();
  if (!isProblem) leaveLater(toast, close);
}

/** Not while somebody is reading it with the pointer or the keyboard on it. */
function leaveLater(toast, close) {
  setTimeout(() => {
    if (toast.matches(':hover, :focus-within')) leaveLater(toast, close);
    else close();
  }, STAYS_MS);
}

export const inform = (title, text = '', action = null) => show({ title, text, action, isProblem: false });

/** Show a refusal in the server's words; `retry`, when given, is offered as the one thing to do. */
export function problem(error, { retry = null, reload = null } = {}) {
  if (error.status === 412) {
    const action = reload && { label: words.loadLatest, run: reload };
    show({ ...words.changedElsewhere, text: words.changedElsewhere.detail, reference: error.reference, action, isProblem: true });
    return;
  }
  const text = error.status === 429 && error.retryAfterS ? words.tooMany(wait(error.retryAfterS)) : error.detail;
  const action = retry && { label: words.tryAgain, run: retry };
  show({ title: error.title ?? words.unexpected.title, text: text ?? '', reference: error.reference, action, isProblem: true });
  if (error.status === undefined) throw error; // a mistake of the page itself belongs in the console
}
