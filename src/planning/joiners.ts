import { addDays } from '../dates.ts';
import { whyBarred } from './barred.ts';
import { compareStarts, compareText, type Demand, entitledOn } from './demand.ts';
import type { Shields } from './shields.ts';
import type { HeldLine, PlanInput, PlanLine } from './types.ts';

/** A grantee who is due a seat today, holds none, and can be given one. */
export interface Joiner {
  readonly key: string;
  readonly line: PlanLine;
  readonly startsOn: string;
  /** The day before the cohort starts has come: a seat is bought rather than waited for (rule 3). */
  readonly urgent: boolean;
  /** On the `protect` list: gets a seat like anyone, and is never asked to give it back. */
  readonly isProtected: boolean;
  /** Probably the same person as this holder, whose removal is held: the seat is theirs, so none is bought. */
  readonly heirOf: string | null;
}

/**
 * Those who are probably a holder under another address come last and wait for that holder's seat, whenever their
 * cohort starts: they have a seat, if under the old address.
 */
export function withHeirsLast(
  joiners: readonly Joiner[],
  held: readonly HeldLine[],
  keyOf: (grantee: string) => string,
): readonly Joiner[] {
  const before = new Map(
    held.flatMap(({ grantee, renamed }) =>
      renamed === undefined || grantee === undefined ? [] : [[keyOf(renamed), grantee] as const],
    ),
  );
  if (before.size === 0) return joiners;
  const heirs = joiners.filter((joiner) => before.has(joiner.key));
  const others = joiners.filter((joiner) => !before.has(joiner.key));
  return [
    ...others,
    ...heirs.map((heir) => ({ ...heir, urgent: false, heirOf: before.get(heir.key) ?? null })),
  ];
}

/** In the order in which seats are given out: the cohort that starts first comes first, so the urgent ones lead. */
export function joinersOf(
  { today, ledger, state }: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  holding: ReadonlySet<string>,
  shields: Shields,
): Joiner[] {
  const tomorrow = addDays(today, 1);
  const due = [];
  for (const demand of demands.values()) {
    const out = holding.has(demand.key) || whyBarred(state, demand.key) !== null;
    const entitlement = out ? null : entitledOn(demand, today);
    if (entitlement !== null) due.push({ demand, entitlement });
  }
  due.sort((a, b) => compareStarts(a.entitlement, b.entitlement) || compareText(a.demand.key, b.demand.key));
  return due.map(({ demand, entitlement: { cohort, startsOn } }) => ({
    key: demand.key,
    startsOn,
    urgent: startsOn <= tomorrow,
    heirOf: null,
    isProtected: shields.isProtected({ key: demand.key, demand, known: ledger.known.get(demand.key) }),
    line: {
      grantee: demand.grantee,
      reason: `cohort ${cohort} ${startsOn < today ? 'started' : 'starts'} ${startsOn}`,
    },
  }));
}
