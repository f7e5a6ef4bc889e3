// The rooms of this renovation; each shows its approved picture, else its photo, else a doorway.
import { $, fill, h, icon, paintWhenChanged } from '../dom.js';
import { addressOf } from '../router.js';
import { assetBy, rendersOf, state, usablePhotos } from '../store.js';
import { words } from '../strings.js';
import { thumbnail } from './compare.js';
import { sheet } from './sheets.js';

/** What stands in a room's doorway: the approved picture, the photo, or nothing yet. */
function faceOf(room) {
  const approved = rendersOf(room.id).findLast((r) => r.approvalStatus === 'approved');
  const shown = (approved && assetBy(approved.assetId)) ?? usablePhotos(room.id).findLast((a) => a.status === 'ready');
  return shown?.contentUrl ? shown : null;
}

function noteOf(room) {
  const ready = rendersOf(room.id).filter((r) => r.status === 'ready').length;
  if (ready) return words.rooms.pictures(ready);
  return usablePhotos(room.id).length ? words.rooms.photoIn : words.rooms.noPhoto;
}

export function paintRail() {
  const facts = state.rooms?.map((room) => [room.id, room.name, faceOf(room)?.id, noteOf(room)]);
  paintWhenChanged($('rail'), [state.route.session, state.route.view, state.route.room, facts], () => fill($('rail'),
    h('h2', {}, words.rooms.heading),
    h('div', { class: 'rooms' },
      state.rooms ? state.rooms.map(roomLink) : h('div', { class: 'sk' }, h('i', { class: 'sk-line w80' }), h('i', { class: 'sk-line w60' })),
      state.rooms && h('button', { type: 'button', class: 'room room-add', 'data-k': 'add-room', on: { click: () => sheet.addRoom() } },
        h('span', { class: 'room-pic' }, icon('plus')), h('b', {}, words.rooms.add)))));
}

function roomLink(room) {
  const face = faceOf(room);
  const address = addressOf({ ...state.route, room: room.id, render: null });
  return h('a', { class: 'room', href: address, 'aria-current': room.id === state.route.room ? 'true' : null, 'data-k': `room-${room.id}` },
    h('span', { class: 'room-pic' }, face ? h('img', thumbnail(face)) : icon('room')), h('b', {}, room.name), h('small', {}, noteOf(room)));
}
