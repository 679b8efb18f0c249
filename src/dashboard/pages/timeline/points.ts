import { addDays, daysBetween, type IsoDate } from '../../../dates.ts';
import type { SeatDay } from '../../../ledger/outlook.ts';
import { type CohortSpan, neededOn, type Outlook } from '../../../planning/outlook.ts';

/** From this day until the next point. */
export interface Point {
  readonly date: IsoDate;
  readonly needed: number;
  /** Seats paid for; null where no run has looked yet. */
  readonly paid: number | null;
}

/** What the seat timeline of a pool shows, as a chart and as a table. */
export interface Timeline {
  readonly from: IsoDate;
  /** The last day that is shown. */
  readonly to: IsoDate;
  readonly today: IsoDate;
  readonly points: readonly Point[];
  readonly cohorts: readonly CohortSpan[];
  readonly max: Outlook['max'];
  readonly changes: Outlook['changes'];
}

/** Days shown before the first cohort and after the last one, and around today at least. */
const MARGIN = { before: 7, after: 14, past: 7, coming: 28 } as const;

/**
 * The timeline of a pool. For days on which runs have looked it shows what they found, until the next one looked; for
 * those before the first of them, and for the coming ones, what the roster says.
 * @param days what runs have found, by date.
 */
export function timelineOf(outlook: Outlook, days: ReadonlyMap<IsoDate, SeatDay>, today: IsoDate): Timeline {
  const { from, to, cohorts } = rangeOf(outlook, today);
  const points: Point[] = [];
  let found: SeatDay | null = null;
  let believed: number | null = null;
  for (let date = from; date <= to; date = addDays(date, 1)) {
    found = days.get(date) ?? found;
    believed = days.get(date)?.needed ?? believed;
    const isPast = date < outlook.today;
    const needed = (isPast ? believed : null) ?? neededOn(outlook, date) ?? 0;
    const paid = isPast ? (found?.total ?? null) : outlook.total;
    const last = points.at(-1);
    if (last?.needed !== needed || last.paid !== paid) points.push({ date, needed, paid });
  }
  return { from, to, today, points, cohorts, max: outlook.max, changes: outlook.changes };
}

function rangeOf(outlook: Outlook, today: IsoDate): Pick<Timeline, 'from' | 'to' | 'cohorts'> {
  const first = outlook.steps[0]?.date ?? outlook.today;
  const starts = outlook.cohorts.map(({ startsOn }) => addDays(startsOn, -MARGIN.before)).sort();
  const ends = outlook.cohorts.map(({ endsOn }) => addDays(endsOn, MARGIN.after)).sort();
  const from = later(first, earlier(starts[0] ?? today, addDays(today, -MARGIN.past)));
  const to = earlier(outlook.until, later(ends.at(-1) ?? today, addDays(today, MARGIN.coming)));
  return { from: earlier(from, today), to: later(to, today), cohorts: outlook.cohorts };
}

const earlier = (a: IsoDate, b: IsoDate) => (a < b ? a : b);
const later = (a: IsoDate, b: IsoDate) => (a > b ? a : b);

/** Each point with the day on which it ends. */
export function spansOf({ points, to }: Timeline): (Point & { readonly last: IsoDate })[] {
  return points.map((point, place) => {
    const next = points[place + 1];
    return { ...point, last: next === undefined ? to : addDays(next.date, -1) };
  });
}

/** Seats that are missing (positive) or unused (negative). Null where it is not known what was paid. */
export function lackOf({ needed, paid }: Point): number | null {
  return paid === null ? null : needed - paid;
}

/** Days from the first one that is shown. */
export function offsetOf({ from }: Timeline, date: IsoDate): number {
  return daysBetween(from, date);
}
