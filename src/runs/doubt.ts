import type { Intent, IntentEnd } from '../ledger/intents.ts';
import type { Break } from '../ledger/known-seats.ts';
import {
  heldLineId,
  isRejected,
  PURCHASE_IN_DOUBT,
  quantityApprovals,
  REJECTED_AND_OPEN,
} from '../planning/decisions.ts';
import type { Decisions, HeldLine, PlanInput, PoolPlan, StageView } from '../planning/types.ts';
import type { PoolState } from '../providers/provider.ts';

/** The name by which a decision on a change in doubt is found. */
function doubtId(intent: Doubt): string {
  const line = { action: intent.action, reason: reasonOf(intent), guardrail: PURCHASE_IN_DOUBT };
  return heldLineId(line, (grantee) => grantee);
}

/**
 * The approvals that are used up when a change in doubt ends: the one that it be given up, and, where the seats turned out
 * to be bought, those by which they were.
 */
export function approvalsUsedBy(intent: Intent, end: IntentEnd, decisions: Decisions): string[] {
  const isBought = end === 'applied' && intent.unexplained === undefined;
  const bought = isBought ? quantityApprovals(decisions, intent.action) : [];
  return [...new Set([doubtId(intent), ...bought])];
}

/** What people have decided and that still stands when a change in doubt has ended. */
export function decisionsAfter(intent: Intent, end: IntentEnd, decisions: Decisions): Decisions {
  const used = new Set(approvalsUsedBy(intent, end, decisions));
  return { ...decisions, approved: new Map([...decisions.approved].filter(([id]) => !used.has(id))) };
}

/** Whether a change was sent to another account than the pool has now: what is read there says nothing of it. */
export function isElsewhere({ account }: Intent, now: string): boolean {
  return account !== undefined && account !== now;
}

/** Whether the provider's own numbers agree on this total. */
export function hasTotal(state: PoolState | null, total: number): boolean {
  return state !== null && state.total === total && state.usable === total;
}

/**
 * How a change in doubt ends by what was just read: by itself when the intended total has arrived (a difference that
 * nobody explained: when it is gone), or given up for lost when a person approved that; null while it goes on blocking the
 * pool's total.
 * @param account the pool's account as it is configured now, by its hash.
 */
export function endOfDoubt(
  state: PoolState,
  intent: Intent,
  decisions: Decisions,
  account: string,
): { readonly end: IntentEnd; readonly reason: string } | null {
  if (intent.state !== 'in-doubt') return null;
  const { observed, expected, unexplained = false } = intent;
  const isOurs = !isElsewhere(intent, account);
  if (isOurs && !unexplained && hasTotal(state, expected))
    return { end: 'applied', reason: `the total is ${expected}` };
  if (isOurs && unexplained && hasTotal(state, observed))
    return { end: 'not-applied', reason: `the total is ${observed} again` };
  if (!decisions.approved.has(doubtId(intent))) return null;
  return unexplained
    ? { end: 'applied', reason: `accepted by a person; the total is ${state.total}` }
    : { end: 'not-applied', reason: `given up for lost by a person; the total is ${state.total}` };
}

/** What of a change in doubt is shown. */
export type Doubt = Pick<Intent, 'action' | 'observed' | 'expected' | 'detail'>;

/**
 * A total that nothing explains after the ledger has lost something, as a change in doubt, made by we don't know whom; null
 * where it is the one that is known from before, or where nobody knows one.
 */
export function unexplainedDifference(broken: Break | null, { total }: PoolState): Doubt | null {
  if (broken === null || broken.known === null || broken.known.total === total) return null;
  const { reason, known } = { reason: broken.reason, known: broken.known.total };
  return {
    action: total > known ? 'increment' : 'decrement',
    observed: known,
    expected: total,
    detail:
      `purchase in doubt: ${reason}; the total is ${total} where ${known} was the last that is known of, ` +
      'and nothing in the ledger explains the difference',
  };
}

/** A stage while a change of the total is open: nothing else changes the total meanwhile. */
export function stageUnder(stage: StageView, intent: Doubt | null): StageView {
  if (intent === null) return stage;
  return { ...stage, purchaseDone: true, purchaseProblem: reasonOf(intent), totalChanged: true };
}

/**
 * A change of seats that reading could not settle holds every other one until a person has looked (rule 4). One that was
 * rejected is waited on: as long as it is open it is held, and never looks like done (rule 20).
 */
export function withDoubt(plan: PoolPlan, intent: Doubt | null, input: PlanInput): PoolPlan {
  if (intent === null) return plan;
  const line: HeldLine = {
    action: intent.action,
    seats: Math.abs(intent.expected - intent.observed),
    reason: reasonOf(intent),
    guardrail: PURCHASE_IN_DOUBT,
  };
  const held = isRejected(input, line) ? { ...line, reason: `${line.reason}${REJECTED_AND_OPEN}` } : line;
  const verdict = plan.verdict === 'failed' ? 'failed' : 'held';
  return { ...plan, verdict, held: [...plan.held, held] };
}

function reasonOf({ detail }: Doubt): string {
  return detail ?? 'a change of seats is under way';
}
