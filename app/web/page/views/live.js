// The seam for developers: how the line is, what came over it, and a button that cuts it on purpose.
import { $, announce, fill, h, paintWhenChanged } from '../dom.js';
import { state } from '../store.js';
import { words } from '../strings.js';
import { inform } from './toast.js';

let stream;
let dropped = null; // what had been received when the line was cut by hand

export function paintLive() {
  const conn = $('conn');
  conn.dataset.state = state.live;
  $('conn-word').textContent = words.live.states[state.live];
  $('conn-text').textContent = words.live.texts[state.live];
  $('drop').disabled = state.live !== 'live';
  paintWhenChanged($('conn-kv'), [state.received, state.log[0]?.id, stream?.isLeader], drawFacts);
  $('events-count').textContent = words.live.count(state.received);
  if ($('events').matches(':popover-open')) paintWhenChanged($('events-body'), state.received, drawLog);
}

function drawFacts() {
  const facts = [[words.live.lastEvent, state.log[0]?.id || words.live.none], [words.live.received, String(state.received)], [words.live.thisTab, stream?.isLeader ? words.live.reads : words.live.follows]];
  fill($('conn-kv'), facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

function drawLog() {
  fill($('events-body'), state.log.map(({ id, name, data }) => h('tr', {}, h('td', {}, id), h('td', {}, name), h('td', {}, JSON.stringify(data).slice(0, 110)))));
}

/** The line changed. Short gaps say nothing; longer ones are told once, and so is the return. */
export function lineChanged(next) {
  const before = state.live;
  state.live = next;
  if (next === 'reconnecting' && before === 'live') announce(words.live.lost);
  if (next === 'live' && before !== 'live' && before !== 'idle') {
    announce(words.live.back);
    if (dropped !== null) setTimeout(tellWhatWasMissed, 700);
  }
}

function tellWhatWasMissed() {
  const missed = state.received - dropped;
  dropped = null;
  inform(words.live.caughtUp, missed ? words.live.missed(missed) : words.live.nothing);
}

export function startLive(sharedStream) {
  stream = sharedStream;
  $('drop').addEventListener('click', () => {
    $('conn-pop').hidePopover();
    dropped = state.received;
    stream.drop();
  });
  $('show-events').addEventListener('click', () => {
    $('conn-pop').hidePopover();
    $('events').showPopover();
    drawLog();
  });
}
