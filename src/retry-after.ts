import { Temporal } from 'temporal-polyfill';

/** Nobody is left alone for longer than this on its own word: 24 hours, in milliseconds. */
const LONGEST_WAIT = 24 * 60 * 60 * 1000;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** `Sun, 06 Nov 1994 08:49:37 GMT`, and the obsolete `Sunday, 06-Nov-94 08:49:37 GMT`. */
const HTTP_DATE = /^[a-z]+,\s*(\d{1,2})[ -]([a-z]{3})[ -](\d{4}|\d{2})\s+(\d{2}:\d{2}:\d{2})\s+(?:GMT|UTC)$/i;
/** `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = /^[a-z]{3}\s+([a-z]{3})\s+(\d{1,2})\s+(\d{2}:\d{2}:\d{2})\s+(\d{4})$/i;

/**
 * The moment until which a `Retry-After` header asks to be left alone, in milliseconds since the epoch; null if it is
 * absent or unreadable. A moment in the past becomes `now`; one further away than 24 hours is cut to that.
 * Takes seconds (whole, or decimal as Microsoft Graph sends), HTTP dates (RFC 9110) and ISO 8601 (Zoom's daily limits).
 */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  const at = fromSeconds(text, now) ?? fromHttpDate(text, now) ?? fromIso(text);
  return at === null ? null : Math.min(Math.max(at, now), now + LONGEST_WAIT);
}

/**
 * When an answer was sent by its own `Date` header, in milliseconds since the epoch; `now` where it has none. A moment that
 * the answer names is of the same clock, which may be minutes off ours: so it is measured against this one.
 */
export function answeredAt(date: string | undefined, now: number): number {
  return fromHttpDate(date?.trim() ?? '', now) ?? now;
}

function fromSeconds(text: string, now: number): number | null {
  return /^-?\d+(\.\d+)?$/.test(text) ? now + Math.ceil(Number(text) * 1000) : null;
}

function fromHttpDate(text: string, now: number): number | null {
  const fixed = HTTP_DATE.exec(text);
  if (fixed) return inUtc(fullYear(fixed[3] ?? '', now), fixed[2] ?? '', fixed[1] ?? '', fixed[4] ?? '');
  const ascii = ASCTIME.exec(text);
  if (ascii) return inUtc(Number(ascii[4]), ascii[1] ?? '', ascii[2] ?? '', ascii[3] ?? '');
  return null;
}

/** Two digits mean the nearest such year that is at most 50 years ahead (RFC 9110, 5.6.7). */
function fullYear(digits: string, now: number): number {
  if (digits.length === 4) return Number(digits);
  const current = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC').year;
  const year = current - (current % 100) + Number(digits);
  return year > current + 50 ? year - 100 : year;
}

function inUtc(year: number, month: string, day: string, time: string): number | null {
  const index = MONTHS.indexOf(month.toLowerCase());
  if (index < 0) return null;
  return fromIso(
    `${String(year).padStart(4, '0')}-${String(index + 1).padStart(2, '0')}-${day.padStart(2, '0')}T${time}Z`,
  );
}

/** ISO 8601; without an offset it is taken as UTC. */
function fromIso(text: string): number | null {
  return (
    epochOrNull(() => Temporal.Instant.from(text)) ??
    epochOrNull(() => Temporal.PlainDateTime.from(text).toZonedDateTime('UTC'))
  );
}

function epochOrNull(read: () => { epochMilliseconds: number }): number | null {
  try {
    return read().epochMilliseconds;
  } catch {
    return null;
  }
}
