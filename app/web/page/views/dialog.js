// Sheets that ask one thing. Each is a <dialog>: the browser traps the focus and gives it back.
import { button, fill, h, hiddenText, icon } from '../dom.js';
import { words } from '../strings.js';
import { problem, tell } from './toast.js';

let serial = 0;

/** Open a sheet; `build(close)` returns what stands in it. Resolves when it is closed. */
export function openSheet(title, build) {
  const id = `sheet-${serial += 1}`;
  const close = () => sheet.close();
  const sheet = h('dialog', { class: 'sheet', 'aria-labelledby': id, closedby: 'any' },
    h('header', { class: 'sheet-head' }, h('h2', { id }, title),
      h('button', { type: 'button', class: 'icon-btn', on: { click: close } }, icon('x'), hiddenText(words.close))),
    h('div', { class: 'sheet-body' }, build(close)));
  document.body.append(sheet);
  sheet.addEventListener('click', (event) => { if (event.target === sheet) close(); });
  sheet.showModal();
  (sheet.querySelector('[data-first]') ?? sheet.querySelector('input, select, textarea'))?.focus();
  return new Promise((resolve) => {
    sheet.addEventListener('close', () => { sheet.remove(); resolve(); });
  });
}

/** Ask before something is destroyed. */
export function confirmSheet({ title, text, label, run }) {
  return openSheet(title, (close) => [
    h('p', {}, text),
    h('div', { class: 'btn-row' }, button(words.cancel, '', close, { 'data-first': true }),
      button(label, 'danger', async (event) => {
        event.currentTarget.disabled = true;
        close();
        try { await run(); } catch (error) { problem(error); }
      })),
  ]);
}

/** One labelled control with room for its error; `control` gets the id and the description. */
export function field(label, control) {
  const id = `field-${serial += 1}`;
  const error = h('p', { class: 'field-error', id: `${id}-error` });
  control.id = id;
  control.setAttribute('aria-describedby', error.id);
  const row = h('div', { class: 'field' }, h('label', { for: id }, label), control, error);
  return Object.assign(row, { control, complain: (text) => complain(control, error, text) });
}

function complain(control, error, text) {
  error.textContent = text;
  if (text) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

/** A form of fields. `check` returns complaints by field name, or nothing; `run` does the work and may raise ApiError;
 * `reload` returns the latest values, for when somebody else has changed them meanwhile. */
export function formOf({ fields, submit, check, run, reload = null, after = [], close }) {
  const trouble = h('div', { role: 'alert' });
  const send = h('button', { class: 'btn primary', type: 'submit' }, submit);
  const onSubmit = async (event) => {
    event.preventDefault();
    fill(trouble);
    const values = Object.fromEntries(Object.entries(fields).map(([name, row]) => [name, valueOf(row.control)]));
    if (complainAbout(fields, check?.(values) ?? {}) || send.disabled) return;
    send.disabled = true;
    try {
      await run(values);
      close?.();
    } catch (error) {
      if (!complainAbout(fields, complaintsOf(error, fields))) explain(trouble, error, fields, reload);
    }
    send.disabled = false;
  };
  return h('form', { class: 'field', novalidate: true, on: { submit: onSubmit } }, Object.values(fields), trouble,
    h('div', { class: 'btn-row' }, after, close ? button(words.cancel, '', close) : null, send));
}

/** Put each complaint under its field and go to the first of them. Answers whether there was one. */
function complainAbout(fields, complaints) {
  for (const [name, row] of Object.entries(fields)) row.complain(complaints[name] ?? '');
  const first = Object.keys(fields).find((name) => complaints[name]);
  if (first) fields[first].control.focus();
  return Boolean(first);
}

/** A refusal that is about no field stands inside the sheet: what lies behind an open sheet cannot be reached. */
function explain(host, error, fields, reload) {
  if (error.status === undefined) throw error;
  const { title, text, reference } = tell(error);
  const latest = async () => {
    const values = await reload().catch(() => ({}));
    for (const [name, row] of Object.entries(fields)) if (values[name] !== undefined) row.control.value = values[name] ?? '';
    fill(host);
  };
  fill(host, h('div', { class: 'note bad' }, icon('warn'), h('b', {}, title), h('p', {}, text), reference && h('p', { class: 'fine' }, reference),
    reload && error.status === 412 && h('div', { class: 'btn-row' }, button(words.loadLatest, 'small', latest))));
}

const valueOf = (control) => (control.type === 'password' ? control.value : control.value.trim());

/** The server's field errors ("/email": "…") as complaints under the fields they are about. */
function complaintsOf(error, fields) {
  const known = (error.errors ?? []).map((e) => [e.pointer?.split('/').at(-1), e.message]).filter(([name]) => name in fields);
  return Object.fromEntries(known);
}
