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

/** Trying the same again helps when nobody answered, or when it was only too much at once. */
const mayPass = ({ status }) => status === 0 || status === 429 || status >= 500;

/** A refusal in the server's words, or in ours where those say more. */
export function tell(error) {
  const { reference = '' } = error;
  if (error.status === 412) return { title: words.changedElsewhere.title, text: words.changedElsewhere.detail, reference };
  const text = error.status === 429 && error.retryAfterS ? words.tooMany(wait(error.retryAfterS)) : error.detail;
  return { title: error.title ?? words.unexpected.title, text: text ?? '', reference };
}

/** Show a refusal with at most one thing to do about it. */
export function problem(error, { retry = null, reload = null, action = null } = {}) {
  const latest = reload && error.status === 412 && { label: words.loadLatest, run: reload };
  const again = retry && mayPass(error) && { label: words.tryAgain, run: retry };
  show({ ...tell(error), action: action ?? (latest || again), isProblem: true });
  if (error.status === undefined) throw error; // a mistake of the page itself belongs in the console
}
