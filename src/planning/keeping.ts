import { type Keeping, keepingOn, termsOf } from './terms.ts';
import type { PlanInput } from './types.ts';

/** How far ahead a coming need keeps an idle seat today, by the pool's price; null where `keepUnusedDays` decides. */
export function keepingOf({ policy, today }: Pick<PlanInput, 'policy' | 'today'>): Keeping | null {
  const { price = null, leadDays = 1 } = policy.seats;
  const terms = termsOf(price);
  return terms === null ? null : keepingOn(terms, today, leadDays);
}

/**
 * Whether the seat of one who is between two cohorts is worth keeping until it is due again. Where a person drops the
 * seats, nobody is asked for theirs: what was freed today would be paid for until somebody has time.
 */
export function isWorthKeeping(input: Pick<PlanInput, 'policy' | 'today'>, dueAgain: string): boolean {
  const keeping = input.policy.changesTotal ? keepingOf(input) : null;
  return keeping === null || keeping.kind === 'paid' || dueAgain <= keeping.day;
}
