import { addDays } from '../dates.ts';
import { compareStarts, compareText, type Demand, entitledOn } from './demand.ts';
import type { PlanInput, PlanLine } from './types.ts';

/** A grantee who is due a seat today and holds none. */
export interface Joiner {
  readonly key: string;
  readonly line: PlanLine;
  readonly startsOn: string;
  /** The day before the cohort starts has come: a seat is bought rather than waited for (rule 3). */
  readonly urgent: boolean;
}

/** In the order in which seats are given out: the cohort that starts first comes first, so the urgent ones lead. */
export function joinersOf(
  input: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  holding: ReadonlySet<string>,
): Joiner[] {
  const { today } = input;
  const tomorrow = addDays(today, 1);
  const due = [];
  for (const demand of demands.values()) {
    const entitlement = holding.has(demand.key) ? null : entitledOn(demand, today);
    if (entitlement !== null) due.push({ demand, entitlement });
  }
  due.sort((a, b) => compareStarts(a.entitlement, b.entitlement) || compareText(a.demand.key, b.demand.key));
  return due.map(({ demand: { key, grantee }, entitlement: { cohort, startsOn } }) => ({
    key,
    startsOn,
    urgent: startsOn <= tomorrow,
    line: { grantee, reason: `cohort ${cohort} ${startsOn < today ? 'started' : 'starts'} ${startsOn}` },
  }));
}
