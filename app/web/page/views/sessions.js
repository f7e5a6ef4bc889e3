// The renovations of this person: open another, start one, give this one a name, delete it.
import { $, button, fill, h, icon, paintWhenChanged } from '../dom.js';
import { ago } from '../format.js';
import { addressOf } from '../router.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { sheet } from './sheets.js';

export function sessionLink(session, isCurrent = false) {
  const address = addressOf({ session: session.id, view: 'room' });
  return h('a', { class: 'session-i', href: address, 'aria-current': isCurrent ? 'page' : null, 'data-k': `session-${session.id}`, on: { click: () => $('sessions-pop').hidePopover() } },
    h('b', {}, session.title || words.session.untitled), h('small', {}, words.session.changed(ago(session.updatedAt))),
    isCurrent ? h('span', { class: 'pill' }, words.session.current) : icon('right'));
}

export function paintSessions() {
  const here = state.session;
  $('top-session').textContent = here?.title || words.session.untitled;
  $('ws-title').textContent = here?.title || words.session.untitled;
  paintWhenChanged($('sessions-list'), [here?.id, here?.title, state.sessions?.map((s) => [s.id, s.title, s.updatedAt])], () => fill($('sessions-list'),
    state.sessions?.map((s) => sessionLink(s, s.id === here?.id)),
    h('div', { class: 'btn-row' },
      h('a', { class: 'btn small', href: '#/', 'data-k': 'new-session', on: { click: () => $('sessions-pop').hidePopover() } }, icon('plus'), words.session.start),
      here && button([icon('pen'), words.rename], 'small', () => sheet.renameSession(here), { 'data-k': 'rename-session' }),
      here && button([icon('bin'), words.session.delete], 'small', () => sheet.deleteSession(here), { 'data-k': 'delete-session' }))));
}
