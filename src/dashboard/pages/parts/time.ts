import { html } from 'hono/html';
import { counted } from '../../../counted.ts';
import {
  dateIn,
  fromInstant,
  type IsoDate,
  type IsoInstant,
  startOfDay,
  timeOfDay as timeOfDayText,
} from '../../../dates.ts';
import type { Html } from '../site.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    hourCycle: 'h23',
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', timeZoneName: 'short', timeZone },
  });
  formats.set(timeZone, made);
  return made;
}

/** As `Sun 22 Nov 2026, 06:00 EST`. @param at milliseconds since the epoch. */
export function momentText(at: number, timeZone: string): string {
  const part = partsOf(at, timeZone);
  return `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}, ${part('hour')}:${part('minute')} ${part('timeZoneName')}`;
}

function partsOf(at: number, timeZone: string): (type: Intl.DateTimeFormatPartTypes) => string {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return (type) => parts.get(type) ?? '';
}

/** A moment in the configured zone, which is shown with it. */
export function moment(instant: IsoInstant, timeZone: string): Html {
  return html`<time datetime="${instant}">${momentText(fromInstant(instant), timeZone)}</time>`;
}

/** The same of a moment as runs to come have it, with its zone: `2026-11-22T06:00:00-05:00[America/New_York]`. */
export function momentOf(zoned: string, timeZone: string): Html {
  return moment(zoned.replace(/\[.*$/, ''), timeZone);
}

/** Only the time, where the day is plain: as `06:00:12`. */
export function timeOfDay(instant: IsoInstant, timeZone: string): Html {
  return html`<time datetime="${instant}">${timeOfDayText(fromInstant(instant), timeZone)}</time>`;
}

/** As `Mon 7 Dec`, and with the year if it is not the one of `today`. */
export function dayText(date: IsoDate, today: IsoDate): string {
  const part = partsOf(startOfDay(date, 'UTC'), 'UTC');
  const day = `${part('weekday')} ${part('day')} ${part('month')}`;
  return date.slice(0, 4) === today.slice(0, 4) ? day : `${day} ${part('year')}`;
}

export function day(date: IsoDate, today: IsoDate): Html {
  return html`<time datetime="${date}">${dayText(date, today)}</time>`;
}

/** The calendar date that it is now where the cohorts are. @param now milliseconds since the epoch. */
export function todayIn(now: number, timeZone: string): IsoDate {
  return dateIn(now, timeZone);
}

/** How long ago something was, or how long it takes until it is: as `3 hours ago`, `in 2 days`. */
export function distance(instant: IsoInstant, now: number): string {
  const seconds = Math.round((fromInstant(instant) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return seconds > 0 ? 'in less than a minute' : 'just now';
  const text = spanText(size);
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** As `4 minutes`, in the largest unit that it fills. */
export function spanText(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds >= each * 1.5) ?? [1, 'second'];
  const count = Math.max(1, Math.floor(seconds / size));
  return counted(count, unit);
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const;
