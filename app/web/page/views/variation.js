// "What should be different?": another picture, made from the one on the stage.
import { askForVariation } from '../actions.js';
import { h } from '../dom.js';
import { changed, state } from '../store.js';
import { words } from '../strings.js';
import { countRadios, whatIsMissing } from './wish.js';

export function variationForm(render) {
  const form = state.variation;
  const error = h('p', { class: 'field-error', id: 'variation-error', role: 'alert' });
  const text = h('textarea', { id: 'variation-text', rows: 2, maxlength: 900, 'data-k': 'variation-text', 'aria-describedby': 'variation-error', placeholder: words.picture.whatExample, value: form.text,
    on: { input: () => { form.text = text.value; error.textContent = ''; } } });
  const send = h('button', { class: 'btn small primary', type: 'submit' }, words.picture.make);
  const submit = async (event) => {
    event.preventDefault();
    const missing = form.text.trim() ? whatIsMissing({ text: form.text.trim() }) : words.start.moreWords;
    error.textContent = missing;
    if (missing) { text.focus(); return; }
    send.disabled = true;
    if (await askForVariation(render, { text: form.text.trim(), count: form.count, draft: form })) state.variation = null;
    send.disabled = false;
    changed();
  };
  return h('form', { class: 'variation-form', novalidate: true, on: { submit } },
    h('label', { for: 'variation-text' }, words.picture.what), text, error,
    h('div', { class: 'row' }, h('fieldset', { class: 'seg' }, h('legend', { class: 'vh' }, words.wish.count), countRadios('variation-count', (n) => { form.count = n; }, form.count)), send));
}
