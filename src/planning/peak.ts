import { addDays, daysBetween, type IsoDate } from '../dates.ts';
import type { Demand } from './demand.ts';

export interface Peak {
  /** The most grantees that need a seat on one day. */
  readonly grantees: number;
  /** The first such day. */
  readonly on: IsoDate;
}

/** The days that are looked at, and how two kinds of grantees count. */
export interface PeakScope {
  readonly today: IsoDate;
  readonly days: number;
  /**
   * What has to be within those days for a coming cohort to count: its first day (the default), or the first day on which
   * its seats are due.
   */
  readonly by?: 'start' | 'due';
  /** Keys that don't count: their seats are counted elsewhere. */
  readonly without: ReadonlySet<string>;
  /** Keys that keep their seat from today until they teach again. */
  readonly keeping: ReadonlySet<string>;
}

/** The most grantees that need a seat on one day from today to `days` days ahead. */
export function peakDemand(demands: Iterable<Demand>, scope: PeakScope): Peak {
  let peak = { grantees: 0, day: 0 };
  demandCurve(demands, scope).forEach((grantees, day) => {
    if (grantees > peak.grantees) peak = { grantees, day };
  });
  return { grantees: peak.grantees, on: addDays(scope.today, peak.day) };
}

/** How many grantees need a seat on each day from today to `days` days ahead, both included. */
export function demandCurve(demands: Iterable<Demand>, scope: PeakScope): Int32Array {
  const horizon = addDays(scope.today, scope.days);
  const index = dayIndex(scope.today);
  const change = new Int32Array(scope.days + 2);
  const count = (day: number, by: number) => {
    change[day] = (change[day] ?? 0) + by;
  };
  for (const demand of demands) {
    if (scope.without.has(demand.key)) continue;
    for (const [from, to] of daysOf(demand, scope, horizon, index)) {
      count(from, 1);
      count(to + 1, -1);
    }
  }
  let needed = 0;
  return change.subarray(0, scope.days + 1).map((by) => {
    needed += by;
    return needed;
  });
}

type Days = [from: number, to: number];

/** The days, as offsets from today, on which a grantee needs a seat: disjoint and in order. */
function daysOf(
  demand: Demand,
  scope: PeakScope,
  horizon: IsoDate,
  index: (date: IsoDate) => number,
): Days[] {
  const spans: Days[] = [];
  for (const { startsOn, from, to } of demand.active) {
    const due = from <= scope.today;
    const comes = scope.by === 'due' ? from : startsOn;
    if (to < scope.today || (comes > horizon && !due)) continue;
    const first = due || scope.keeping.has(demand.key) ? 0 : index(from);
    spans.push([first, to < horizon ? index(to) : scope.days]);
  }
  return spans.length < 2 ? spans : union(spans);
}

function union(spans: Days[]): Days[] {
  const joined: Days[] = [];
  for (const span of spans.sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && span[0] <= last[1] + 1) last[1] = Math.max(last[1], span[1]);
    else joined.push(span);
  }
  return joined;
}

/** Days from today, remembered: a roster has few distinct dates and calendar arithmetic is slow. */
function dayIndex(today: IsoDate): (date: IsoDate) => number {
  const known = new Map<IsoDate, number>();
  return (date) => {
    let days = known.get(date);
    if (days === undefined) {
      days = daysBetween(today, date);
      known.set(date, days);
    }
    return days;
  };
}
