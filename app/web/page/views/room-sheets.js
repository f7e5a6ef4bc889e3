// Sheets about rooms: add one, rename it, delete it.
import { addRoom, deleteRoom, freshen, renameRoom } from '../actions.js';
import { button, h, icon, roomTypeOptions } from '../dom.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { confirmSheet, field, formOf, openSheet } from './dialog.js';
import { problem } from './toast.js';

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
    fields: roomFields(room.name, room.type), submit: words.save, check, run: (values) => renameRoom(room, values), reload: () => freshen('rooms', room), close,
    after: [button([icon('bin'), words.rooms.delete], 'small bare', () => { close(); remove(); })],
  }));
}
