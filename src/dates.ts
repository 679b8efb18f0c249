import { Temporal } from 'temporal-polyfill';

/** A calendar date, `YYYY-MM-DD`, without a zone. Two of them compare as text. */
export type IsoDate = string;

/** An instant, as ISO text in UTC (`2026-11-22T11:00:00Z`). */
export type IsoInstant = string;

/** Where the time comes from. Passed in everywhere, so that tests and `--at` can set it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Temporal.Now.instant().epochMilliseconds };

/** A clock that runs at the usual speed but started at `at` (milliseconds since the epoch). */
export function clockStartingAt(at: number, base: Clock = systemClock): Clock {
  const offset = at - base.now();
  return { now: () => base.now() + offset };
}

export function toInstant(epochMilliseconds: number): IsoInstant {
  return Temporal.Instant.fromEpochMilliseconds(epochMilliseconds).toString();
}

export function fromInstant(instant: IsoInstant): number {
  return Temporal.Instant.from(instant).epochMilliseconds;
}

/** The calendar date at a moment in a zone. */
export function dateIn(epochMilliseconds: number, timeZone: string): IsoDate {
  return zoned(epochMilliseconds, timeZone).toPlainDate().toString();
}

/** As `2026-11-22T06:00:00-05:00[America/New_York]`, to the second. */
export function zonedText(epochMilliseconds: number, timeZone: string): string {
  return zoned(epochMilliseconds, timeZone)
    .round({ smallestUnit: 'second', roundingMode: 'trunc' })
    .toString();
}

/** The time of day in a zone, as `06:00:04`. */
export function timeOfDay(epochMilliseconds: number, timeZone: string): string {
  return zoned(epochMilliseconds, timeZone).toPlainTime().toString({ smallestUnit: 'second' });
}

export function zoned(epochMilliseconds: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMilliseconds).toZonedDateTimeISO(timeZone);
}

/**
 * By its numbers: the library's parser of texts takes 10 ms to get ready, which each start of a command would pay.
 * @throws RangeError if there is no such day.
 */
function plainDate(date: IsoDate): Temporal.PlainDate {
  const [year, month, day] = date.split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined)
    throw new RangeError(`not a date: ${date}`);
  return new Temporal.PlainDate(year, month, day);
}

/** The first moment of a local day (which need not be midnight), in milliseconds since the epoch. */
export function startOfDay(date: IsoDate, timeZone: string): number {
  return plainDate(date).toZonedDateTime(timeZone).epochMilliseconds;
}

/** Days from `from` to `to`: positive if `to` is later. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return plainDate(from).until(plainDate(to), { largestUnit: 'days' }).days;
}

export function addDays(date: IsoDate, days: number): IsoDate {
  return plainDate(date).add({ days }).toString();
}

export function addHours(instant: IsoInstant, hours: number): IsoInstant {
  return Temporal.Instant.from(instant).add({ hours }).toString();
}
