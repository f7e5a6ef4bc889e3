// The rooms of this renovation; each shows its approved picture, else its photo, else a doorway.
import { addRoom, deleteRoom, freshen, renameRoom } from '../actions.js';
import { $, button, fill, h, icon, paintWhenChanged } from '../dom.js';
import { addressOf } from '../router.js';
import { assetBy, rendersOf, state, usablePhotos } from '../store.js';
import { words } from '../strings.js';
import { confirmSheet, field, formOf, openSheet } from './dialog.js';
import { thumbnail } from './compare.js';
import { problem } from './toast.js';

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
      state.rooms && h('button', { type: 'button', class: 'room room-add', 'data-k': 'add-room', on: { click: askForRoom } },
        h('span', { class: 'room-pic' }, icon('plus')), h('b', {}, words.rooms.add)))));
}

function roomLink(room) {
  const face = faceOf(room);
  const address = addressOf({ ...state.route, room: room.id, render: null });
  return h('a', { class: 'room', href: address, 'aria-current': room.id === state.route.room ? 'true' : null, 'data-k': `room-${room.id}` },
    h('span', { class: 'room-pic' }, face ? h('img', thumbnail(face)) : icon('room')), h('b', {}, room.name), h('small', {}, noteOf(room)));
}

export const roomTypeOptions = () => Object.entries(words.roomTypes).map(([value, label]) => h('option', { value }, label));

/** Fields for name and kind; the name follows the kind until somebody types one. */
function roomFields(name = '', type = 'kitchen') {
  const typeSelect = h('select', { 'data-k': 'room-type' }, roomTypeOptions());
  typeSelect.value = type;
  const nameInput = h('input', { type: 'text', maxlength: 100, autocomplete: 'off', value: name || words.roomTypes[type] });
  let isOwn = Boolean(name);
  nameInput.addEventListener('input', () => { isOwn = true; });
  typeSelect.addEventListener('change', () => { if (!isOwn) nameInput.value = words.roomTypes[typeSelect.value]; });
  return { type: field(words.rooms.type, typeSelect), name: field(words.rooms.name, nameInput) };
}

const check = (values) => (values.name ? {} : { name: words.rooms.nameNeeded });

export function askForRoom() {
  const taken = new Set(state.rooms.map((room) => room.type));
  const type = Object.keys(words.roomTypes).find((t) => !taken.has(t)) ?? 'other';
  openSheet(words.rooms.addTitle, (close) => formOf({ fields: roomFields('', type), submit: words.rooms.add, check, run: addRoom, close }));
}

/** Rename or delete, in one sheet. */
export async function askAboutRoom(room) {
  await freshen('rooms', room).catch(problem);
  const remove = () => confirmSheet({ title: words.rooms.deleteTitle(room.name), text: words.rooms.deleteText, label: words.rooms.delete, run: () => deleteRoom(room) });
  openSheet(words.rooms.rename, (close) => formOf({
    fields: roomFields(room.name, room.type), submit: words.save, check, run: (values) => renameRoom(room, values), close,
    after: [button([icon('bin'), words.rooms.delete], 'small bare', () => { close(); remove(); })],
  }));
}
