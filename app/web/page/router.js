// The address is #/s/{session}/{view}/{room}/{picture}; the last two may be missing.
import { state } from './store.js';

const VIEWS = ['wish', 'room'];

export function readAddress(hash = location.hash) {
  const [mark, session = null, view, room = null, render = null] = hash.replace(/^#\/?/, '').split('?')[0].split('/');
  if (mark !== 's' || !session) return { session: null, view: 'room', room: null, render: null };
  return { session, view: VIEWS.includes(view) ? view : 'room', room, render };
}

export function addressOf({ session, view, room, render }) {
  if (!session) return '#/';
  return `#/${['s', session, view, room, room && render].filter(Boolean).join('/')}`;
}

/** Write the state's place into the address without a new step in the history. */
export function noteAddress() {
  const address = addressOf(state.route);
  if (location.hash !== address) history.replaceState(null, '', address);
}

/** Go somewhere; "back" returns here. The hashchange does the rest. */
export function go(route) {
  const address = addressOf({ ...state.route, ...route });
  if (location.hash === address) return;
  location.hash = address;
}

/** The place a notification links to, if it is on this page: "/#/s/…", "#/s/…" or an absolute address of either. */
export function placeOf(link) {
  if (!link) return null;
  const url = new URL(link, location.href);
  if (url.origin !== location.origin) return null;
  const place = readAddress(url.hash);
  return place.session ? place : null;
}
