// Keys for programs: made here, shown once, taken back here.
import { list, remove, request } from '../api.js';
import { button, fill, h, icon } from '../dom.js';
import { ago, date } from '../format.js';
import { words } from '../strings.js';
import { confirmSheet, field, formOf, openSheet } from './dialog.js';
import { inform, problem } from './toast.js';

export function openKeys() {
  const rows = h('ul', { class: 'keys', role: 'list' });
  const fresh = h('div');
  const name = field(words.keys.name, h('input', { type: 'text', maxlength: 100, autocomplete: 'off' }));
  const show = () => drawKeys(rows).catch(problem);
  const create = async (values) => {
    const key = await request('POST', '/api/api-keys', { body: { name: values.name } });
    fill(fresh, secret(key.key));
    fresh.querySelector('button').focus();
    name.control.value = '';
    await show();
  };
  show();
  return openSheet(words.keys.title, () => [h('p', {}, words.keys.text), fresh, rows,
    formOf({ fields: { name }, submit: words.keys.create, check: (v) => (v.name ? {} : { name: words.keys.nameNeeded }), run: create })]);
}

function secret(key) {
  const copy = async () => { await navigator.clipboard.writeText(key); inform(words.keys.copied); };
  return h('div', { class: 'secret' }, h('code', {}, key), button(words.keys.copy, 'small', () => copy().catch(() => {})), h('p', {}, words.keys.once));
}

async function drawKeys(rows) {
  const keys = await list('/api/api-keys');
  fill(rows, keys.length ? keys.map((key) => row(key, () => drawKeys(rows))) : h('li', {}, words.keys.none));
}

function row(key, redraw) {
  const revoke = () => confirmSheet({ title: words.keys.revokeTitle(key.name), text: words.keys.revokeText, label: words.keys.revoke,
    run: async () => { await remove(`/api/api-keys/${key.id}`); await redraw(); } });
  const used = key.lastUsedAt ? words.keys.used(ago(key.lastUsedAt)) : words.keys.neverUsed;
  return h('li', {}, h('span', {}, key.name, h('small', {}, h('code', {}, `${key.prefix}…`), ` ${used}`, key.expiresAt && `, ${words.keys.expires(date(key.expiresAt))}`)),
    button([icon('bin'), words.keys.revoke], 'small bare', revoke, { 'data-k': `revoke-${key.id}` }));
}
