import type { Entitlement } from '../cohorts/types.ts';
import { addDays, daysBetween, type IsoDate } from '../dates.ts';

/** What the roster says of one grantee of a pool. */
export interface Demand {
  readonly key: string;
  /** As the roster spells it. */
  readonly grantee: string;
  readonly person: string;
  readonly active: Entitlement[];
  readonly canceled: Entitlement[];
}

/** The roster's entitlements by grantee key. */
export function demandByKey(
  entitlements: readonly Entitlement[],
  keyOf: (grantee: string) => string,
): Map<string, Demand> {
  const demands = new Map<string, Demand>();
  for (const entitlement of entitlements) {
    const key = keyOf(entitlement.grantee);
    let demand = demands.get(key);
    if (demand === undefined) {
      demand = { key, grantee: entitlement.grantee, person: entitlement.person, active: [], canceled: [] };
      demands.set(key, demand);
    }
    (entitlement.canceled ? demand.canceled : demand.active).push(entitlement);
  }
  return demands;
}

/** The entitlement that gives a seat today; of several, that of the cohort that started first. */
export function entitledOn(demand: Demand, today: IsoDate): Entitlement | null {
  return earliest(demand.active.filter((each) => each.from <= today && today <= each.to));
}

/** The next cohort whose seat is not due yet. */
export function nextOf(demand: Demand, today: IsoDate): Entitlement | null {
  return earliest(demand.active.filter((each) => each.from > today));
}

/** By first day, then by cohort, so that equal input in any order gives one answer. */
function earliest(entitlements: readonly Entitlement[]): Entitlement | null {
  let found: Entitlement | null = null;
  for (const each of entitlements) {
    if (found === null || compareStarts(each, found) < 0) found = each;
  }
  return found;
}

export function compareStarts(a: Entitlement, b: Entitlement): number {
  return compareText(a.startsOn, b.startsOn) || compareText(a.cohort, b.cohort) || a.row - b.row;
}

/** Code-unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface Peak {
  /** The most grantees that need a seat on one day. */
  readonly seats: number;
  readonly on: IsoDate;
}

/**
 * The most seats needed on one day from today to `days` days ahead, counting cohorts that start by then.
 * @param held grantees who keep their seat throughout, entitled or not.
 * @param until grantees who keep their seat from today until they teach again (a gap between cohorts).
 */
export function peakDemand(
  demands: Iterable<Demand>,
  today: IsoDate,
  days: number,
  held: ReadonlySet<string>,
  until: ReadonlySet<string>,
): Peak {
  const horizon = addDays(today, days);
  const change = new Array<number>(days + 2).fill(0);
  const index = dayIndex(today);
  for (const demand of demands) {
    if (held.has(demand.key)) continue;
    for (const [from, to] of unionOfDays(demand, today, horizon, index, until.has(demand.key))) {
      change[from] = (change[from] ?? 0) + 1;
      change[to + 1] = (change[to + 1] ?? 0) - 1;
    }
  }
  let seats = held.size;
  let best = seats + (change[0] ?? 0);
  let on = 0;
  for (let day = 0; day <= days; day++) {
    seats += change[day] ?? 0;
    if (seats > best) {
      best = seats;
      on = day;
    }
  }
  return { seats: best, on: on === 0 ? today : addDays(today, on) };
}

type Days = [from: number, to: number];

/** The days, as offsets from today, on which a grantee needs a seat: disjoint and in order. */
function unionOfDays(
  demand: Demand,
  today: IsoDate,
  horizon: IsoDate,
  index: (date: IsoDate) => number,
  fromToday: boolean,
): Days[] {
  const spans: Days[] = [];
  for (const each of demand.active) {
    if (each.startsOn > horizon || each.to < today) continue;
    const from = fromToday || each.from <= today ? 0 : index(each.from);
    spans.push([from, index(each.to < horizon ? each.to : horizon)]);
  }
  if (spans.length < 2) return spans;
  spans.sort((a, b) => a[0] - b[0]);
  const union: Days[] = [];
  for (const span of spans) {
    const last = union.at(-1);
    if (last !== undefined && span[0] <= last[1] + 1) last[1] = Math.max(last[1], span[1]);
    else union.push(span);
  }
  return union;
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
