// The address is #/s/{session}/{view}?room={room}&render={picture}; the query may be missing.
import { state } from './store.js';

const VIEWS = ['wish', 'room'];

export function readAddress(hash = location.hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [mark, session = null, view] = path.split('/');
  if (mark !== 's' || !session) return { session: null, view: 'room', room: null, render: null };
  const names = new URLSearchParams(query);
  return { session, view: VIEWS.includes(view) ? view : 'room', room: names.get('room'), render: names.get('render') };
}

export function addressOf({ session, view, room, render }) {
  if (!session) return '#/';
  const names = new URLSearchParams({ ...(room ? { room } : {}), ...(room && render ? { render } : {}) });
  return `#/s/${session}/${view}${room ? `?${names}` : ''}`;
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
