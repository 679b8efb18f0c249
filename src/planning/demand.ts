import type { Entitlement } from '../cohorts/types.ts';
import type { IsoDate } from '../dates.ts';

/** What the roster says of one grantee of a pool, by all rows that name that grantee. */
export interface Demand {
  readonly key: string;
  /** As the roster spells it; of several spellings the first in text order. */
  readonly grantee: string;
  readonly active: readonly Entitlement[];
  readonly canceled: readonly Entitlement[];
}

/** The roster's entitlements by grantee key. */
export function demandByKey(
  entitlements: readonly Entitlement[],
  keyOf: (grantee: string) => string,
): Map<string, Demand> {
  const demands = new Map<
    string,
    { key: string; grantee: string; active: Entitlement[]; canceled: Entitlement[] }
  >();
  for (const entitlement of entitlements) {
    const { grantee } = entitlement;
    const key = keyOf(grantee);
    let demand = demands.get(key);
    if (demand === undefined) {
      demand = { key, grantee, active: [], canceled: [] };
      demands.set(key, demand);
    }
    if (grantee < demand.grantee) demand.grantee = grantee;
    (entitlement.canceled ? demand.canceled : demand.active).push(entitlement);
  }
  return demands;
}

/** The entitlement that gives a seat today; of several, that of the cohort that started first. */
export function entitledOn(demand: Demand, today: IsoDate): Entitlement | null {
  return earliest(demand.active, (each) => each.from <= today && today <= each.to);
}

/** The next cohort whose seat is not due yet. */
export function nextOf(demand: Demand, today: IsoDate): Entitlement | null {
  return earliest(demand.active, (each) => each.from > today);
}

/** The first of those that fit by start, whatever their order. */
export function earliest(
  entitlements: readonly Entitlement[],
  fits: (entitlement: Entitlement) => boolean,
): Entitlement | null {
  let found: Entitlement | null = null;
  for (const each of entitlements) {
    if (fits(each) && (found === null || compareStarts(each, found) < 0)) found = each;
  }
  return found;
}

/** By first day, then by what else tells two rows apart, so that equal input in any order gives one answer. */
export function compareStarts(a: Entitlement, b: Entitlement): number {
  return (
    compareText(a.startsOn, b.startsOn) ||
    compareText(a.cohort, b.cohort) ||
    compareText(a.endsOn, b.endsOn) ||
    a.row - b.row ||
    compareText(a.tab ?? '', b.tab ?? '')
  );
}

/** Code-unit order: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
