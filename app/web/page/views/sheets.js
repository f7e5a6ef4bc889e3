// The sheets, fetched when the first of them is opened: most visits never need them.
import { unreachable } from '../api.js';
import { problem } from './toast.js';

/** Close the menu a sheet is opened from, fetch the sheet, open it. */
const later = (load, name) => (...args) => {
  for (const menu of document.querySelectorAll(':popover-open:not(#events)')) menu.hidePopover();
  load().then((module) => module[name](...args), () => problem(unreachable()));
};
const rooms = () => import('./room-sheets.js');
const sessions = () => import('./session-sheets.js');
const account = () => import('./account-sheets.js');

export const sheet = {
  addRoom: later(rooms, 'askForRoom'),
  aboutRoom: later(rooms, 'askAboutRoom'),
  renameSession: later(sessions, 'askForTitle'),
  deleteSession: later(sessions, 'askToDelete'),
  register: later(account, 'askToRegister'),
  signIn: later(account, 'askToSignIn'),
  keys: later(() => import('./keys.js'), 'openKeys'),
  confirm: later(() => import('./dialog.js'), 'confirmSheet'),
};
