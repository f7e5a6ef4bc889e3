// Who is here: keep a guest's work, sign in and out, keys for programs, light or dark.
import { signOut } from '../actions.js';
import { $, button, fill, h, paintWhenChanged } from '../dom.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { sheet } from './sheets.js';

export function paintAccount() {
  const { user } = state;
  const isGuest = user?.role === 'guest';
  paintWhenChanged($('me-body'), [user?.id, user?.role, user?.email, user?.displayName], () => {
    $('me-h').textContent = isGuest || !user ? words.guest : user.displayName || user.email;
    if (!user) fill($('me-body'), h('p', {}, words.account.nobodyText), h('div', { class: 'btn-row' }, button(words.account.signIn, 'small primary', () => sheet.signIn())));
    else if (isGuest) fill($('me-body'), h('p', {}, words.account.guestText), h('div', { class: 'btn-row' }, button(words.account.keep, 'small primary', () => sheet.register()), button(words.account.signIn, 'small', () => sheet.signIn())));
    else fill($('me-body'), user.displayName ? h('p', {}, user.email) : null, h('div', { class: 'btn-row' }, button(words.account.keys, 'small', () => sheet.keys()), button(words.account.signOut, 'small', () => { $('me-pop').hidePopover(); signOut(); })));
  });
}

/** Light, dark or as the system says; kept on this device and told to the other tabs. */
export function startTheme() {
  const show = () => {
    const theme = localStorage.getItem('theme') ?? 'auto';
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const radio of document.querySelectorAll('[name=theme]')) radio.checked = radio.value === theme;
  };
  for (const radio of document.querySelectorAll('[name=theme]')) {
    radio.addEventListener('change', () => { localStorage.setItem('theme', radio.value); show(); });
  }
  addEventListener('storage', (event) => { if (event.key === 'theme') show(); });
  show();
}
