import { addDays } from '../dates.ts';
import { seatsText } from './guardrails.ts';
import type { Joiner } from './joiners.ts';
import type { PlanInput, PlanLine } from './types.ts';

/** Why nobody else is given a seat for now, whatever the count says: the provider itself has refused. */
export interface Shortage {
  /** `no-seats`: none is left. `quota`: the provider lets no more seats change hands for now; buying may not help. */
  readonly kind: 'no-seats' | 'quota';
  readonly reason: string;
}

/** Those due a seat while the provider gives none. */
export function waitOut({ kind, reason }: Shortage, candidates: readonly Joiner[]): PlanLine[] {
  const what = kind === 'quota' ? 'tried again once a day' : `buy ${candidates.length}`;
  return candidates.map(({ line }) => ({ grantee: line.grantee, reason: `${reason}: ${what}` }));
}

/**
 * The exact number of seats for a person to buy, where and by when: the day before the first cohort starts that waits.
 * @param needed by the plan; while the provider says that it is full, as many as wait.
 */
export function buyNote(
  { policy, state, stage, today }: PlanInput,
  { needed, wanted }: { readonly needed: number; readonly wanted: number },
  waiting: readonly Joiner[],
): string[] {
  const full = stage.shortage?.kind === 'no-seats';
  const count = full ? Math.max(needed, waiting.length) : needed;
  if (count === 0 || policy.changesTotal) return [];
  const has = `${policy.pool} has ${state.total}`;
  const why = full ? `${has}, and ${stage.shortage.reason}` : `${has} and needs ${wanted}`;
  if (policy.buyAt == null) return [`buy ${seatsText(count)}: ${why}`];
  const first = waiting.map(({ startsOn }) => startsOn).sort()[0];
  const by = first === undefined ? '' : first > addDays(today, 1) ? ` by ${addDays(first, -1)}` : ' now';
  return [`buy ${seatsText(count)}${by}, ${policy.buyAt}: ${why}`];
}

/** The number of seats for a person to give back. */
export function dropNote({ policy }: PlanInput, surplus: number): string {
  const them = surplus === 1 ? 'it' : 'them';
  const where = `where ${surplus === 1 ? 'it was' : 'they were'} bought`;
  const how = policy.buyAt == null ? where : `before the renewal, ${policy.buyAt}`;
  return `${seatsText(surplus)} not needed: drop ${them} ${how}`;
}

/** The number of seats for a person to drop so that they are not renewed. */
export function dropAtRenewalNote({ policy }: PlanInput, seats: number, renewal: string): string {
  const where = policy.buyAt == null ? 'where they were bought' : policy.buyAt;
  const before = addDays(renewal, -1);
  return `drop ${seatsText(seats)} by ${before}, to count from the renewal on ${renewal}, ${where}: not needed from then on`;
}
