import type { Intent } from '../ledger/intents.ts';
import { heldLineId, isRejected } from '../planning/decisions.ts';
import type { Decisions, HeldLine, PlanInput, PoolPlan, StageView } from '../planning/types.ts';
import type { PoolState } from '../providers/provider.ts';

/** Names the hold of a change of seats that reading could not settle. */
export const PURCHASE_IN_DOUBT = 'purchaseInDoubt';

/** The name by which a decision on a change in doubt is found. */
export function doubtId({ action }: Pick<Intent, 'action'>): string {
  return heldLineId({ action, reason: '', guardrail: PURCHASE_IN_DOUBT }, (grantee) => grantee);
}

/** Whether the provider's own numbers agree on this total. */
export function hasTotal(state: PoolState | null, total: number): boolean {
  return state !== null && state.total === total && state.usable === total;
}

/**
 * How a change in doubt ends by what was just read: by itself when the intended total has arrived, or given up for lost
 * when a person approved that; null while it goes on blocking the pool's total.
 */
export function endOfDoubt(
  state: PoolState,
  intent: Intent,
  decisions: Decisions,
): 'arrived' | 'given-up' | null {
  if (intent.state !== 'in-doubt') return null;
  if (hasTotal(state, intent.expected)) return 'arrived';
  return decisions.approved.has(doubtId(intent)) ? 'given-up' : null;
}

/** A stage while a change of the total is open: nothing else changes the total meanwhile. */
export function stageUnder(stage: StageView, intent: Intent | null): StageView {
  if (intent === null) return stage;
  return { ...stage, purchaseDone: true, purchaseProblem: reasonOf(intent), totalChanged: true };
}

/** A change of seats that reading could not settle holds every other one until a person has looked (rule 4). */
export function withDoubt(plan: PoolPlan, intent: Intent | null, input: PlanInput): PoolPlan {
  if (intent === null) return plan;
  const held: HeldLine = {
    action: intent.action,
    seats: Math.abs(intent.expected - intent.observed),
    reason: reasonOf(intent),
    guardrail: PURCHASE_IN_DOUBT,
  };
  if (isRejected(input, held)) return { ...plan, rejected: [...plan.rejected, doubtId(intent)] };
  const verdict = plan.verdict === 'failed' ? 'failed' : 'held';
  return { ...plan, verdict, held: [...plan.held, held] };
}

function reasonOf({ detail }: Intent): string {
  return detail ?? 'a change of seats is under way';
}
