import { Temporal } from 'temporal-polyfill';
import { UsageError } from '../errors.ts';

/**
 * The moment that an option as `--at` names: ISO 8601 with an offset and optionally a `[zone]`; without an offset it is in `timeZone`,
 * and a date alone is its first moment.
 * @returns milliseconds since the epoch.
 * @throws UsageError if it can't be read.
 */
export function parseMoment(text: string, timeZone: string, option = '--at'): number {
  try {
    if (text.includes('[')) return Temporal.ZonedDateTime.from(text).epochMilliseconds;
    if (/(?:[zZ]|[+-]\d{2}(?::?\d{2})?)$/.test(text.slice(10)))
      return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds;
  } catch (cause) {
    throw new UsageError(
      `${option} ${text} is not a date and time`,
      'Write it as 2026-11-22T06:00:00-05:00, or without an offset for the time zone of the configuration.',
      { cause },
    );
  }
}
