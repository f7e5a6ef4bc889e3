// One event stream per browser. The tab that holds the lock reads /api/events and tells the others; when it closes,
// the next tab in line takes the lock and goes on after the last event that any of them has seen.
const LOCK = 'renovation-stream';
const EVENTS = ['chat:message_ack', 'chat:assistant_token', 'chat:assistant_reset', 'chat:tool_call', 'chat:tool_result',
  'chat:warning', 'chat:error', 'chat:turn_finished', 'session:rooms_updated', 'session:phase_changed',
  'asset:processing_progress', 'render:started', 'render:progress', 'render:complete', 'render:failed', 'doc:progress',
  'doc:generated', 'doc:failed', 'plan:updated', 'payment:confirmed', 'notification:new', 'job:updated'];
const PATIENCE_MS = 1500; // shorter interruptions are not worth a word
const SLOWEST_MS = 30_000;

export class SharedStream {
  /** `hears` has `event(name, data, id)`, `reset()`, `state(state)` and `touched(what)`. */
  constructor(hears) {
    this.hears = hears;
    this.state = 'idle';
    this.isLeader = false;
    this.source = null;
    this.owner = null;
    this.attempts = 0;
    this.seen = new Set();
    this.channel = new BroadcastChannel('renovation-stream');
    this.channel.onmessage = ({ data }) => this.#told(data);
    addEventListener('online', () => this.#look());
    addEventListener('offline', () => { if (this.owner) this.#become('offline'); });
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.#look(); });
    addEventListener('pagehide', () => this.stop());
    addEventListener('pageshow', (event) => { if (event.persisted && this.last) this.start(this.last); });
  }

  /** Follow everything that belongs to this user; resolves as soon as events can no longer be missed. */
  async start(userId) {
    if (this.owner === userId) return;
    this.stop();
    this.owner = this.last = userId;
    const ready = new Promise((resolve) => { this.whenReady = resolve; });
    this.abort = new AbortController();
    const lead = () => this.#lead();
    navigator.locks.request(`${LOCK}-${userId}`, { signal: this.abort.signal }, lead).catch(() => {});
    this.channel.postMessage({ kind: 'hello', owner: userId });
    await Promise.race([ready, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
  }

  /** Let another tab lead. */
  stop() {
    this.abort?.abort();
    this.release?.();
    this.#close();
    this.owner = null;
    this.isLeader = false;
    this.seen.clear();
  }

  /** Cut the line on purpose, wherever it is held; it comes back by itself and replays what was missed. */
  drop(forMs = 4000) {
    if (!this.isLeader) { this.channel.postMessage({ kind: 'drop', owner: this.owner, forMs }); return; }
    this.#close();
    this.#become('reconnecting');
    this.timer = setTimeout(() => this.#open(), forMs);
  }

  /** Tell the other tabs that something changed which the server sends no event for. */
  touch(what) { this.channel.postMessage({ kind: 'touched', owner: this.owner, what }); }

  get lastId() { return localStorage.getItem(this.#key) ?? ''; }
  get #key() { return `last-event-id-${this.owner}`; }

  #lead() {
    this.isLeader = true;
    this.#open();
    return new Promise((resolve) => { this.release = resolve; });
  }

  #open() {
    this.#close();
    const query = this.lastId ? `?${new URLSearchParams({ lastEventId: this.lastId })}` : '';
    const source = new EventSource(`/api/events${query}`);
    this.source = source;
    source.onopen = () => { this.attempts = 0; this.#become('live'); };
    source.onerror = () => this.#lost(source);
    for (const name of EVENTS) source.addEventListener(name, (event) => this.#arrived(name, event));
    source.addEventListener('stream:reset', () => this.#reset());
    source.addEventListener('stream:reconnect', () => this.#moveOn());
  }

  #close() {
    clearTimeout(this.timer);
    if (this.source) this.source.onerror = null;
    this.source?.close();
    this.source = null;
  }

  #arrived(name, event) {
    const message = { kind: 'event', owner: this.owner, name, id: event.lastEventId, data: JSON.parse(event.data) };
    if (message.id) localStorage.setItem(this.#key, message.id);
    this.channel.postMessage(message);
    this.#deliver(message);
  }

  #deliver({ name, id, data }) {
    if (id) {
      if (this.seen.has(id)) return;
      this.seen.add(id);
      if (this.seen.size > 2000) this.seen.delete(this.seen.values().next().value);
    }
    this.hears.event(name, data, id);
  }

  #reset() {
    localStorage.removeItem(this.#key);
    this.channel.postMessage({ kind: 'reset', owner: this.owner });
    this.hears.reset();
  }

  /** The server is leaving: go to the next one at once, a little apart from everybody else who was told the same. */
  #moveOn() {
    this.#close();
    this.#waver();
    this.timer = setTimeout(() => this.#open(), Math.random() * 500);
  }

  #lost(source) {
    this.#waver();
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself, with the last id
    this.attempts += 1;
    const pause = Math.min(SLOWEST_MS, 1000 * 2 ** Math.min(this.attempts, 5)) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.#open(), pause);
  }

  #waver() {
    clearTimeout(this.wavering);
    this.wavering = setTimeout(() => this.#become(navigator.onLine ? 'reconnecting' : 'offline'), PATIENCE_MS);
  }

  /** After sleep, or back on a network: open now rather than when a timer says so. */
  #look() {
    if (!this.owner) return;
    if (!this.isLeader) { this.channel.postMessage({ kind: 'look', owner: this.owner }); return; }
    if (this.source?.readyState !== EventSource.OPEN) this.#open();
  }

  #become(state) {
    clearTimeout(this.wavering);
    this.state = state;
    this.hears.state(state);
    if (state === 'live') this.whenReady?.();
    if (this.isLeader) this.channel.postMessage({ kind: 'state', owner: this.owner, state });
  }

  #told(message) {
    if (message.owner !== this.owner) return;
    switch (message.kind) {
      case 'event': this.#deliver(message); break;
      case 'state': this.#follow(message.state); break;
      case 'reset': this.hears.reset(); break;
      case 'touched': this.hears.touched(message.what); break;
      case 'hello': if (this.isLeader) this.channel.postMessage({ kind: 'state', owner: this.owner, state: this.state }); break;
      case 'drop': if (this.isLeader) this.drop(message.forMs); break;
      case 'look': if (this.isLeader) this.#look(); break;
      default: // a newer page in another tab
    }
  }

  #follow(state) {
    if (this.isLeader) return;
    this.state = state;
    this.hears.state(state);
    if (state === 'live') this.whenReady?.();
  }
}
