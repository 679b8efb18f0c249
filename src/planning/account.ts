import type { Account, PoolState } from '../providers/provider.ts';
import type { Demand } from './demand.ts';
import { entitledOn } from './demand.ts';
import { type Suspicion, seatsText } from './guardrails.ts';
import type { PlanInput } from './types.ts';

/** Of pools whose holders the ledger alone knows: what the provider's own count means for the plan. */

/** Why nobody in this pool may lose a seat; null if they may. */
export function adoptionSuspicion({ state }: PlanInput): Suspicion | null {
  const reason = state.account?.keepAll ?? null;
  return reason === null ? null : { guardrail: 'adoption', reason };
}

/** Free seats that are free by the provider's count alone: by the ledger somebody has them. */
export interface Contested {
  readonly seats: number;
  readonly suspicion: Suspicion;
}

/** Null where count and ledger leave no seat open to question. */
export function contestedSeats({ state: { account } }: PlanInput): Contested | null {
  if (account === undefined || account.counted === null || account.unaccounted >= 0) return null;
  return { seats: -account.unaccounted, suspicion: { guardrail: 'drift', reason: bothNumbers(account) } };
}

/** The difference with both numbers, and how a person settles it. */
export function accountNote({ state: { account }, policy }: PlanInput): string[] {
  if (account === undefined) return [];
  const enter = `cohort-sync adopt --pool ${policy.pool} --from FILE`;
  if (account.counted === null && account.known === 0)
    return [`if people have licenses in ${policy.pool} already, enter them before the first run: ${enter}`];
  if (account.counted === null || account.unaccounted === 0) return [];
  const seats = seatsText(Math.abs(account.unaccounted));
  const what =
    account.unaccounted > 0
      ? `${seats} not known to the ledger: counted, and left alone`
      : `${seats} gone without cohort-sync, nobody says whose`;
  return [`${bothNumbers(account)}: ${what}. Enter who is assigned: ${enter}`];
}

function bothNumbers({ counted, known }: Account): string {
  return `the provider counts ${seatsText(counted ?? 0)} assigned, the ledger ${known}`;
}

/**
 * The state without those of whom nobody knows whether they hold a seat and who are due one today: they are asked for
 * again, which comes to the same either way. Of those who are due none, the seat is taken back.
 */
export function withoutUnsure(
  state: PoolState,
  demands: ReadonlyMap<string, Demand>,
  keyOf: (grantee: string) => string,
  today: string,
): PoolState {
  if (!state.holders.some((holder) => holder.unsure)) return state;
  const isDue = (grantee: string) => {
    const demand = demands.get(keyOf(grantee));
    return demand !== undefined && entitledOn(demand, today) !== null;
  };
  return { ...state, holders: state.holders.filter(({ unsure, grantee }) => !unsure || !isDue(grantee)) };
}

/** Keys of those due a seat today who hold none: by these a plan is known to have changed. */
export function keysDue(
  state: PoolState,
  demands: ReadonlyMap<string, Demand>,
  keyOf: (grantee: string) => string,
  today: string,
): string[] {
  const holding = new Set(state.holders.map(({ grantee }) => keyOf(grantee)));
  const due = [...demands.values()].filter((demand) => entitledOn(demand, today) !== null);
  return due
    .map(({ key }) => key)
    .filter((key) => !holding.has(key))
    .sort();
}
