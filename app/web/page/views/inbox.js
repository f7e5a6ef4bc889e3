// The inbox: what became ready or failed, also while nobody was looking.
import { olderNotices, readAll, readNotice } from '../actions.js';
import { $, button, emptyState, fill, h, hiddenText, paintWhenChanged } from '../dom.js';
import { moment } from '../format.js';
import { addressOf, placeOf } from '../router.js';
import { state } from '../store.js';
import { words } from '../strings.js';

export function paintInbox() {
  const { unread, inbox, inboxMore } = state;
  $('bell').hidden = !state.user;
  $('bell-badge').hidden = unread === 0;
  $('bell-badge').textContent = unread > 99 ? '99+' : String(unread);
  $('bell-label').textContent = words.inbox.label(unread);
  $('read-all').hidden = unread === 0;
  paintWhenChanged($('inbox-list'), [inbox?.map((n) => [n.id, n.isRead]), inboxMore], () => fill($('inbox-list'),
    inbox?.length ? inbox.map(item) : emptyState('bell', words.inbox.empty, words.inbox.emptyText),
    inboxMore && button(words.inbox.older, 'wide bare', olderNotices, { 'data-k': 'older' })));
}

function item(notice) {
  const open = () => {
    readNotice(notice);
    const place = placeOf(notice.link);
    if (!place) return;
    $('inbox').close();
    location.hash = addressOf(place);
  };
  return h('button', { type: 'button', class: `inbox-i ${notice.isRead ? '' : 'is-new'}`, 'data-k': `notice-${notice.id}`, on: { click: open } },
    h('b', {}, notice.title, !notice.isRead && hiddenText(words.inbox.unread)), h('time', { datetime: notice.createdAt }, moment(notice.createdAt)), h('p', {}, notice.message));
}

export function startInbox() {
  const drawer = $('inbox');
  $('bell').addEventListener('click', () => drawer.showModal());
  $('read-all').addEventListener('click', readAll);
  drawer.addEventListener('click', (event) => { if (event.target === drawer) drawer.close(); });
  drawer.querySelector('[data-close]').addEventListener('click', () => drawer.close());
}
