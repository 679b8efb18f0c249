import type { CohortsConfig } from '../../config/schema.ts';
import { addDays, dateIn, type IsoDate, startOfDay } from '../dates.ts';
import type { Slot } from './cron.ts';

/** What the last reading of the roster said of a cohort: its first day, and the last day on which its seats are due. */
export interface KnownCohort {
  readonly startsOn: IsoDate;
  readonly to: IsoDate;
}

/**
 * The local days at whose beginning something becomes due, each once: seats are given from the first, no longer waited
 * for on the second, and taken back on the third (rules 3 and 6).
 */
export function boundaryDays(cohorts: readonly KnownCohort[], policy: CohortsConfig): IsoDate[] {
  const days = new Set<IsoDate>();
  for (const { startsOn, to } of distinct(cohorts)) {
    days.add(addDays(startsOn, -policy.assignDaysBefore));
    days.add(addDays(startsOn, -1));
    days.add(addDays(to, 1));
  }
  return [...days].sort();
}

/** The last of these days that began after `after` and not after `upTo` (milliseconds since the epoch). */
export function latestBoundary(
  days: readonly IsoDate[],
  timeZone: string,
  after: number,
  upTo: number,
): Slot | null {
  const [from, to] = [dateIn(after, timeZone), dateIn(upTo, timeZone)];
  const day = days.findLast((each) => each >= from && each <= to);
  if (day === undefined) return null;
  const slot = slotOf(day, timeZone);
  return slot.at > after && slot.at <= upTo ? slot : null;
}

/** The first of these days that begins after a moment. */
export function nextBoundary(days: readonly IsoDate[], timeZone: string, after: number): Slot | null {
  const from = dateIn(after, timeZone);
  const day = days.find((each) => each > from);
  return day === undefined ? null : slotOf(day, timeZone);
}

function slotOf(day: IsoDate, timeZone: string): Slot {
  return { local: `${day}T00:00:00`, at: startOfDay(day, timeZone) };
}

/** Rows of one cohort share their dates. */
function distinct(cohorts: readonly KnownCohort[]): KnownCohort[] {
  return [...new Map(cohorts.map((each) => [`${each.startsOn} ${each.to}`, each])).values()];
}
