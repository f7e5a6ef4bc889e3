// Who is here: keep a guest's work, sign in and out, keys for programs, light or dark.
import { register, signInAs, signOut } from '../actions.js';
import { $, button, fill, h, paintWhenChanged } from '../dom.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { field, formOf, openSheet } from './dialog.js';
import { openKeys } from './keys.js';

const MIN_PASSWORD = 10;

export function paintAccount() {
  const { user } = state;
  const isGuest = user?.role === 'guest';
  paintWhenChanged($('me-body'), [user?.id, user?.role, user?.email, user?.displayName], () => {
    $('me-h').textContent = isGuest || !user ? words.guest : user.displayName || user.email;
    if (!user) fill($('me-body'), h('p', {}, words.account.nobodyText), h('div', { class: 'btn-row' }, button(words.account.signIn, 'small primary', askToSignIn)));
    else if (isGuest) fill($('me-body'), h('p', {}, words.account.guestText), h('div', { class: 'btn-row' }, button(words.account.keep, 'small primary', askToRegister), button(words.account.signIn, 'small', askToSignIn)));
    else fill($('me-body'), user.displayName ? h('p', {}, user.email) : null, h('div', { class: 'btn-row' }, button(words.account.keys, 'small', () => { $('me-pop').hidePopover(); openKeys(); }), button(words.account.signOut, 'small', signOut)));
  });
}

const emailField = () => field(words.account.email, h('input', { type: 'email', autocomplete: 'email', maxlength: 254, inputmode: 'email', required: true }));
const passwordField = (autocomplete) => field(words.account.password, h('input', { type: 'password', autocomplete, maxlength: 200, required: true }));

function check(values, isNew) {
  const complaints = {};
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(values.email)) complaints.email = words.account.badEmail;
  if (isNew && values.password.length < MIN_PASSWORD) complaints.password = words.account.badPassword;
  if (!values.password) complaints.password ??= words.account.passwordNeeded;
  return complaints;
}

function askToRegister() {
  $('me-pop').hidePopover();
  const fields = { email: emailField(), password: passwordField('new-password'), displayName: field(words.account.name, h('input', { type: 'text', autocomplete: 'name', maxlength: 100 })) };
  openSheet(words.account.registerTitle, (close) => [h('p', {}, words.account.registerText),
    formOf({ fields, submit: words.account.register, check: (v) => check(v, true), run: register, close })]);
}

export function askToSignIn() {
  $('me-pop').hidePopover();
  const fields = { email: emailField(), password: passwordField('current-password') };
  const warning = state.user?.role === 'guest' && state.sessions?.length ? h('p', {}, words.account.signInWarning) : null;
  openSheet(words.account.signInTitle, (close) => [warning, formOf({ fields, submit: words.account.signIn, check: (v) => check(v, false), run: signInAs, close })].filter(Boolean));
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
