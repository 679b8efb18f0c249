import { type Keeping, keepingOn, termsOf } from './terms.ts';
import type { PlanInput } from './types.ts';

/**
 * How far ahead a coming need keeps an idle seat today, by the pool's price; null where `keepUnusedDays` decides.
 * What counts at the renewal is decided in the last run before it, unless `leadDays` says when.
 */
export function keepingOf({ policy, today }: Pick<PlanInput, 'policy' | 'today'>): Keeping | null {
  const { price = null, nextRunInDays = 1, leadDays = nextRunInDays, keepUnusedDays } = policy.seats;
  const terms = termsOf(price);
  return terms === null ? null : keepingOn(terms, today, { leadDays, keepUnusedDays });
}
