import { addDays, daysBetween, type IsoDate } from '../dates.ts';
import type { Demand } from './demand.ts';
import type { GapKeeper, Holders } from './holders.ts';
import type { Joiner } from './joiners.ts';
import { type Peak, peakDemand } from './peak.ts';
import type { Keeping } from './terms.ts';
import type { PlanInput } from './types.ts';

/** Who has a seat, who gets one, and who will need one. */
export interface Cast {
  readonly demands: ReadonlyMap<string, Demand>;
  readonly holders: Holders;
  readonly joiners: readonly Joiner[];
}

/** The seats that are taken, and by whom of those between two cohorts. */
export interface Taken {
  readonly occupied: number;
  readonly gaps: { readonly kept: readonly GapKeeper[] };
}

/** The most seats needed on one day from today on, as far ahead as a need keeps a seat, and the day. */
export function comingNeed(
  { today, policy }: PlanInput,
  cast: Cast,
  taken: Taken,
  keeping: (Keeping & { readonly kind: 'until' }) | null,
): { readonly seats: number; readonly on: Peak['on'] } {
  // By its price a seat is kept for days on which it is due: whoever holds one between cohorts gives it to those.
  const scope =
    keeping === null
      ? { days: policy.seats.keepUnusedDays, keeping: new Set(taken.gaps.kept.map((gap) => gap.key)) }
      : { days: daysBetween(today, keeping.day), by: 'due' as const, keeping: new Set<string>() };
  const without = countedElsewhere(cast);
  const peak = peakDemand(cast.demands.values(), { today, without, ...scope });
  return { seats: lastingSeats(cast, taken) + peak.grantees + policy.seats.spare, on: peak.on };
}

/** Seats taken for as long as we can see, whatever the roster's dates: unmanaged, frozen, pending, duplicates. */
export function lastingSeats({ holders, joiners }: Cast, { occupied, gaps }: Taken): number {
  const shielded = joiners.filter((joiner) => joiner.isProtected).length;
  return occupied - holders.entitled - gaps.kept.length + shielded;
}

/** Keys of those whose seats are counted among the lasting ones. */
export function countedElsewhere({ holders, joiners }: Cast): ReadonlySet<string> {
  const shielded = joiners.filter((joiner) => joiner.isProtected);
  return new Set([...holders.unmanaged, ...holders.frozen, ...shielded].map((each) => each.key));
}

/**
 * Keys of those who will be between two cohorts on a day and have kept their seat: today's, and those whose next cohort
 * starts within `keepUnusedDays` of the day on which their seat ceases to be due.
 */
export function inGapOn({ today, policy }: PlanInput, { demands, holders }: Cast, date: IsoDate): string[] {
  const gaps = new Set(holders.gaps.map(({ key }) => key));
  const reach = policy.seats.keepUnusedDays + 1;
  return [...demands.values()]
    .filter(({ key, active }) => {
      if (active.some(({ from, to }) => from <= date && date <= to)) return false;
      const ended = active.map(({ to }) => to).filter((to) => to >= today && to < date);
      const last = ended.sort().at(-1);
      const coming = active.filter(({ from }) => from > date);
      if (last === undefined) return gaps.has(key) && coming.length > 0;
      const latest = addDays(last, reach);
      return coming.some(({ startsOn }) => startsOn <= latest);
    })
    .map(({ key }) => key);
}
