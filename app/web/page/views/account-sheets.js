// Sheets about the account: keep a guest's work, sign in.
import { register, signInAs } from '../actions.js';
import { h } from '../dom.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { field, formOf, openSheet } from './dialog.js';

const MIN_PASSWORD = 8;

const emailField = () => field(words.account.email, h('input', { type: 'email', autocomplete: 'email', maxlength: 254, inputmode: 'email', required: true }));
const passwordField = (autocomplete) => field(words.account.password, h('input', { type: 'password', autocomplete, maxlength: 200, required: true }));

function check(values, isNew) {
  const complaints = {};
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(values.email)) complaints.email = words.account.badEmail;
  if (isNew && values.password.length < MIN_PASSWORD) complaints.password = words.account.badPassword;
  if (!values.password) complaints.password ??= words.account.passwordNeeded;
  return complaints;
}

export function askToRegister() {
  const fields = { email: emailField(), password: passwordField('new-password'), displayName: field(words.account.name, h('input', { type: 'text', autocomplete: 'name', maxlength: 100 })) };
  openSheet(words.account.registerTitle, (close) => [h('p', {}, words.account.registerText),
    formOf({ fields, submit: words.account.register, check: (v) => check(v, true), run: register, close })]);
}

export function askToSignIn() {
  const fields = { email: emailField(), password: passwordField('current-password') };
  const warning = state.user?.role === 'guest' && state.sessions?.length ? h('p', {}, words.account.signInWarning) : null;
  openSheet(words.account.signInTitle, (close) => [warning, formOf({ fields, submit: words.account.signIn, check: (v) => check(v, false), run: signInAs, close })].filter(Boolean));
}
