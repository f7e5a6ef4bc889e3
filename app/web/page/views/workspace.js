// The working place as one: fetched when the address names a renovation, or when somebody begins to fill in the form.
import { $ } from '../dom.js';
import { room, state } from '../store.js';
import { words } from '../strings.js';
import { paintRail } from './rail.js';
import { paintStage } from './stage.js';
import { paintSteps } from './steps.js';
import { paintStrip } from './strip.js';
import { paintTabs } from './tabs.js';
import { paintWish, startWish } from './wish.js';

startWish();

export function paintWorkspace() {
  $('workspace').dataset.view = state.route.view;
  for (const paint of [paintSteps, paintRail, paintWish, paintTabs, paintStage]) paint();
  if (state.route.room) paintStrip($('stage-in'), state.route.room);
  const title = [room()?.name, state.session?.title, words.appName].filter(Boolean);
  document.title = title.filter((part, i) => title.indexOf(part) === i).join(', ');
}
