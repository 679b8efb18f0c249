import type { PoolConfig } from '../../config/schema.ts';
import { type Clock, zonedText } from '../dates.ts';
import { CohortSyncError, messageOf } from '../errors.ts';
import type { PlanLine, PoolPlan } from '../planning/types.ts';
import type { Roster } from '../roster/types.ts';
import type {
  FailedLine,
  FailureDocument,
  PlanDocument,
  PoolPlanDocument,
  ProblemDocument,
} from './documents.ts';
import { protections } from './inputs.ts';
import { type InspectContext, inspectPool } from './inspect.ts';
import { mergeProblems } from './problems.ts';
import { worstVerdict } from './verdict.ts';

export interface PreviewContext extends InspectContext {
  readonly clock: Clock;
}

/** What a sync of these pools would do now, by the same planning and guardrails. Only reads. */
export async function previewSync(
  context: PreviewContext,
  roster: Roster,
  pools: readonly PoolConfig[],
): Promise<PlanDocument> {
  const now = context.clock.now();
  const previews = await Promise.all(pools.map((pool) => previewPool(context, roster, pool, now)));
  const documents = previews.map((preview) => preview.plan);
  return {
    at: zonedText(now, context.config.timeZone),
    verdict: worstVerdict(documents.map((plan) => plan.verdict)),
    problems: mergeProblems(previews.map((preview) => preview.problems)),
    pools: documents,
  };
}

interface PoolPreview {
  readonly plan: PoolPlanDocument;
  readonly problems: readonly ProblemDocument[];
}

async function previewPool(
  context: PreviewContext,
  roster: Roster,
  pool: PoolConfig,
  now: number,
): Promise<PoolPreview> {
  try {
    const { plan, problems } = await inspectPool(context, roster, pool, now);
    return { plan: documentOf(plan), problems };
  } catch (cause) {
    return { plan: failedPlan(pool, failureOf(cause)), problems: protections(roster, []).problems };
  }
}

/** A plan as a document: the same facts, free to be changed by whoever prints it. */
export function documentOf({
  rejected: _rejected,
  approved: _approved,
  unsettled: _unsettled,
  unexplained: _unexplained,
  barred,
  ...plan
}: PoolPlan): PoolPlanDocument {
  return {
    ...plan,
    ...(barred.length === 0 ? {} : { failed: barred.map(barredLine) }),
    seats: { ...plan.seats },
    unassign: [...plan.unassign],
    assign: [...plan.assign],
    held: [...plan.held],
    waiting: [...plan.waiting],
    kept: [...plan.kept],
    unmanaged: [...plan.unmanaged],
    notes: [...plan.notes],
  };
}

/** As a failure: nobody but a person can do something about it. */
export function barredLine({ grantee, reason }: PlanLine): FailedLine {
  return { grantee, action: 'assign', reason, retryAt: null };
}

/** The document of a pool that could not be read. Its seats are unknown, which is not the same as none. */
export function failedPlan(
  pool: { readonly id: string; readonly provider: string },
  error: FailureDocument,
): PoolPlanDocument {
  return {
    pool: pool.id,
    provider: pool.provider,
    verdict: 'failed',
    seats: null,
    unassign: [],
    increment: 0,
    decrement: 0,
    assign: [],
    held: [],
    waiting: [],
    kept: [],
    unmanaged: [],
    notes: [],
    error,
  };
}

/** What happened and what to do, of anything that was thrown. */
export function failureOf(cause: unknown): FailureDocument {
  const advice =
    cause instanceof CohortSyncError ? cause.advice : 'This is a fault of cohort-sync: please report it.';
  return { message: messageOf(cause), advice };
}
