// Sheets about a renovation: give it a name, delete it.
import { deleteSession, freshen, renameSession } from '../actions.js';
import { h } from '../dom.js';
import { words } from '../strings.js';
import { confirmSheet, field, formOf, openSheet } from './dialog.js';
import { problem } from './toast.js';

export async function askForTitle(session) {
  await freshen('sessions', session).catch(problem);
  const title = field(words.session.title, h('input', { type: 'text', maxlength: 200, autocomplete: 'off', value: session.title ?? '' }));
  openSheet(words.rename, (close) => formOf({ fields: { title }, submit: words.save, check: (v) => (v.title ? {} : { title: words.session.titleNeeded }), run: (v) => renameSession(session, v.title), reload: () => freshen('sessions', session), close }));
}

export function askToDelete(session) {
  confirmSheet({ title: words.session.deleteTitle(session.title || words.session.untitled), text: words.session.deleteText, label: words.delete, run: () => deleteSession(session) });
}
