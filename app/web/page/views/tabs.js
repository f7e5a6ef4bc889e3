// The bar at the foot of a phone: the wish and the room; a dot where something new waits.
import { $, fill, h, hiddenText, icon, paintWhenChanged } from '../dom.js';
import { addressOf } from '../router.js';
import { state } from '../store.js';
import { words } from '../strings.js';

const VIEWS = [['wish', 'swatch'], ['room', 'room']];

export function paintTabs() {
  const { route, news } = state;
  paintWhenChanged($('views'), [route, news], () => fill($('views'), VIEWS.map(([view, iconName]) =>
    h('a', { href: addressOf({ ...route, view }), 'data-k': `view-${view}`, 'aria-current': route.view === view ? 'page' : null },
      icon(iconName), words.views[view], news[view] && [h('span', { class: 'dot', 'aria-hidden': 'true' }), hiddenText(words.views.new)]))));
}
