// Numbers, dates and sizes as the reader's own language writes them.
const locale = navigator.languages?.length ? [...navigator.languages] : undefined;
const clockTime = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
const dayAndMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const megabytes = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "14:05" today, "12 Nov" before that. */
export function moment(iso) {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? clockTime.format(at) : dayAndMonth.format(at);
}

/** "5 minutes ago", "yesterday", then a date. */
export function ago(iso) {
  const age = Date.now() - new Date(iso).getTime();
  if (age < HOUR) return relative.format(-Math.max(0, Math.round(age / MINUTE)), 'minute');
  if (age < DAY) return relative.format(-Math.round(age / HOUR), 'hour');
  if (age < 7 * DAY) return relative.format(-Math.round(age / DAY), 'day');
  return fullDate.format(new Date(iso));
}

export const date = (iso) => fullDate.format(new Date(iso));
export const sizeMb = (bytes) => `${megabytes.format(bytes / 1_000_000)} MB`;

/** How long until a limit opens again: "12 minutes", "8 seconds". */
export function wait(seconds) {
  const unit = seconds >= 90 ? 'minute' : 'second';
  const value = unit === 'minute' ? Math.ceil(seconds / 60) : Math.max(1, Math.ceil(seconds));
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** An amount the server sent as decimal text, such as "1250.00". */
export function money(amount, currency) {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
}
