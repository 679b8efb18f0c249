import { DelayedError, RateLimitError, WaitingChildrenError } from 'bullmq';
import { accountHash } from '../config/pools.ts';
import type { PoolConfig } from '../config/schema.ts';
import { counted } from '../src/counted.ts';
import { type Clock, toInstant } from '../src/dates.ts';
import { LedgerConflict, ProviderError } from '../src/errors.ts';
import { type Fence, takeFence } from '../src/ledger/fence.ts';
import { forgetApprovals, readDecisions } from '../src/ledger/holds.ts';
import { closeIntent, type Intent, readIntent, undoubtIntent } from '../src/ledger/intents.ts';
import { knownTotalWrite } from '../src/ledger/known-seats.ts';
import { loadRoster } from '../src/ledger/roster.ts';
import { activeRun, readHead } from '../src/ledger/runs.ts';
import {
  type Progress,
  readProgress,
  STAGES,
  type Stage,
  type Work,
  writeProgress,
} from '../src/ledger/stages.ts';
import type { PoolPlan } from '../src/planning/types.ts';
import type { PoolState, Provider } from '../src/providers/provider.ts';
import type { Roster } from '../src/roster/types.ts';
import { approvalsUsedBy, endOfDoubt, isElsewhere } from '../src/runs/doubt.ts';
import { failureOf } from '../src/runs/preview.ts';
import { askQueue } from './ask-queue.ts';
import { byLedger } from './by-ledger.ts';
import { closeStage, MOST_AGAIN } from './close-stage.ts';
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { failPool, unknownPool } from './fail-pool.ts';
import { guarded } from './guarded.ts';
import { keepToAccount } from './keep-to-account.ts';
import { manageAccount } from './manage-account.ts';
import { noticeBreak } from './notice-break.ts';
import { outOfDate } from './old-roster.ts';
import { JOB, type StagePayload, syncPoolPayload } from './payloads.ts';
import { SETTLES_ONLY, settingsHash } from './planned-by.ts';
import { nextTry } from './policy.ts';
import { checkPool } from './purpose.ts';
import { nextRetry, recordResult } from './record.ts';
import { scheduleRetry } from './retry-later.ts';
import { breakToReview, reviewBreak } from './review-break.ts';
import { planNow, planToTry, workOf } from './stage-work.ts';
import type { NewJob, Stop, Task } from './task.ts';

/** One execution of the job: everything in it acts under one fence. */
export interface PoolRun {
  readonly context: JobContext;
  readonly pool: PoolConfig;
  readonly provider: Provider;
  readonly roster: Roster;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly run: string;
  readonly stop: Stop;
}

/**
 * Brings one pool in step: read, plan, free, buy, fill, trim, verify, record. May be killed anywhere and run again:
 * each stage starts from what is true at the provider and in the ledger, and what the run has done so far stands in
 * the ledger, not in the job.
 */
export async function syncPool(task: Task, context: JobContext, stop: Stop): Promise<void> {
  const payload = syncPoolPayload.parse(task.data);
  const { run } = payload;
  if ((await activeRun(context.store, payload.pool)) !== run) return;
  const head = await readHead(context.store, run);
  const roster = await loadRoster(context.store, run);
  if (head === null || roster === null) return;
  const clock = clockOf(context, head);
  const fence = await takeFence(context.store, payload.pool);
  const pool = poolOf(context.config, payload.pool);
  if (pool === undefined) {
    const unknown = { id: payload.pool, provider: 'unknown' };
    await failPool(context, unknown, run, fence, clock, unknownPool(payload.pool), null);
    return;
  }
  try {
    checkPool(context, head, pool);
    const old = outOfDate(context, head, pool.id, roster);
    if (old !== null) return await failPool(context, pool, run, fence, clock, old.error, old.retryAt);
    await noticeBreak(context);
    await manageAccount(context, fence, pool);
    await keepToAccount(context, fence, pool);
    const acting = { store: context.store, fence, run, clock };
    const provider = byLedger(guarded(context, context.providerOf(pool)), pool, acting);
    await advance(task, { context, pool, provider, roster, fence, clock, run, stop });
  } catch (cause) {
    if (cause instanceof LedgerConflict || isForTheQueue(cause) || stop.waits.aborted) throw cause;
    const next = nextTry(cause, task.attemptsMade + 1, context.clock.now(), context.random());
    if (next.kind === 'soon') throw cause;
    await failPool(
      context,
      pool,
      run,
      fence,
      clock,
      failureOf(cause),
      next.kind === 'later' ? next.at : null,
    );
  }
}

/** BullMQ is told by errors that a job waits or is put off. */
function isForTheQueue(cause: unknown): boolean {
  return (
    cause instanceof WaitingChildrenError || cause instanceof DelayedError || cause instanceof RateLimitError
  );
}

async function advance(task: Task, poolRun: PoolRun): Promise<void> {
  const { context, pool, provider, run, fence, stop } = poolRun;
  let progress = await readProgress(context.store, run, pool.id);
  let state: PoolState | null = null;
  if (progress.current !== null) {
    ({ state, progress } = await closeStage(poolRun, progress.current, progress));
  }
  while (progress.over.length < STAGES.length) {
    const stage: Stage | undefined = STAGES.find((each) => !progress.over.includes(each));
    if (stage === undefined) break;
    stop.waits.throwIfAborted();
    const open = await openChange(poolRun);
    if (open !== null && open.state !== 'in-doubt' && progress.again < MOST_AGAIN) {
      // Nothing is decided on seats of which some may be on their way.
      progress = await begin(task, poolRun, progress, settlingWork(open));
      ({ state, progress } = await closeStage(poolRun, settlingWork(open), progress));
      continue;
    }
    const broken = await breakToReview(poolRun);
    if (state === null || broken !== null) {
      await tell(context, run, pool.id, 'read', 'reading the pool');
      state = await provider.read(stop.calls);
    }
    const known = broken === null ? open : await reviewBreak(poolRun, broken, state, open);
    const intent = await reviewDoubt(poolRun, state, known);
    if (intent === null) checkSeats(pool, state);
    const planned = await planNow(poolRun, state, progress, intent);
    const { plan, managed } = planned;
    if (progress.managedAtStart === null) await tell(context, run, pool.id, 'plan', planText(plan));
    const tried = stage === 'assign' ? await planToTry(poolRun, state, progress, planned) : plan;
    const work = workOf(stage, tried, state, provider, progress);
    progress = {
      ...progress,
      managedAtStart: progress.managedAtStart ?? managed,
      assignedAtStart: progress.assignedAtStart ?? plan.seats.assigned,
    };
    if (work === null) {
      progress = { ...progress, over: [...progress.over, stage] };
      continue;
    }
    progress = await begin(task, poolRun, progress, work);
    ({ state, progress } = await closeStage(poolRun, work, progress));
  }
  state ??= await provider.read(stop.calls);
  const retryAt = nextRetry(progress);
  // First: a run that ended and was killed then would leave its failures without another try.
  if (retryAt !== null) await scheduleRetry(context, pool.id, run, retryAt);
  await recordResult(poolRun, state, progress, fence);
}

/** The change of the total that is open; one that was in doubt only while the pool was at another account is so no longer. */
async function openChange({ context, pool, fence }: PoolRun): Promise<Intent | null> {
  const open = await readIntent(context.store, pool.id);
  if (open?.before === undefined || isElsewhere(open, accountHash(pool))) return open;
  return undoubtIntent(context.store, fence, open);
}

/** The provider's own numbers have to agree before anything is done on them (rule 1). */
function checkSeats(pool: PoolConfig, { total, usable }: PoolState): void {
  if (total === usable) return;
  throw new ProviderError(
    { pool: pool.id, failure: 'contradiction', request: 'read' },
    `${pool.id} says that it has ${counted(total, 'seat')} but lists ${usable}; nothing was changed.`,
    'If it stays so, look at the subscription in the provider’s dashboard.',
  );
}

/**
 * A change in doubt clears by itself when the intended total arrives. If a person has approved it, it is given up for lost
 * instead: what is true now has just been read, and what is still missing is planned anew.
 */
async function reviewDoubt(
  { context, pool, fence, clock }: PoolRun,
  state: PoolState,
  intent: Intent | null,
): Promise<Intent | null> {
  if (intent?.state !== 'in-doubt') return intent;
  const now = toInstant(clock.now());
  const decisions = await readDecisions(context.store, pool.id, now);
  const end = endOfDoubt(state, intent, decisions, accountHash(pool));
  if (end === null) return intent;
  // An approval is used up with the intent that it was given for: it must never let a second one go.
  const used = forgetApprovals(pool.id, approvalsUsedBy(intent, end.end, decisions));
  const total = knownTotalWrite(pool.id, { total: state.total, at: context.clock.now() });
  await closeIntent(context.store, fence, intent, end.end, end.reason, now, [...used, total]);
  return null;
}

/** The work of settling a change of the total that an earlier execution left open. */
function settlingWork({ action, observed, expected }: Intent): Work {
  return {
    stage: action,
    lines: [],
    change: { observed, expected, reason: 'settling an open change of seats' },
    settings: SETTLES_ONLY,
  };
}

/**
 * Sets out the work of a stage in the ledger, hands it to jobs and waits for all of them. A child that fails doesn't
 * leave its parent waiting: what it did not note is found by reading.
 * @throws WaitingChildrenError while the jobs are at work; the job is run again after them.
 */
async function begin(task: Task, poolRun: PoolRun, progress: Progress, work: Work): Promise<Progress> {
  const { context, pool, run, fence, provider } = poolRun;
  const settings = settingsHash(context.config, pool, provider);
  const begun = { ...progress, current: { settings, ...work } };
  await writeProgress(context.store, fence, run, `${work.stage}:${progress.again}`, begun);
  const size = provider.capabilities.batchSize;
  const count = work.change === null ? work.lines.length : 1;
  const children: NewJob[] = [];
  for (let from = 0; from < count; from += size) {
    const data: StagePayload = {
      run,
      pool: pool.id,
      token: fence.token,
      from,
      to: Math.min(from + size, count),
    };
    const jobId = `${run}.${work.stage}.${progress.again}.${fence.token}.${from}`;
    children.push({
      name: STAGE_JOB[work.stage],
      data,
      opts: { parent: task.parent, jobId, ignoreDependencyOnFailure: true },
    });
  }
  await askQueue(() => context.queues.pool(pool.id).addBulk(children));
  await tell(context, run, pool.id, work.stage, stageText(work), { done: 0, of: count });
  if (await askQueue(() => task.waitForChildren())) throw new WaitingChildrenError();
  return begun;
}

const STAGE_JOB: Record<Stage, string> = {
  unassign: JOB.unassign,
  increment: JOB.increment,
  assign: JOB.assign,
  decrement: JOB.decrement,
};

/** What is about to be done, in numbers: the reasons stand in the run. */
function planText(plan: PoolPlan): string {
  const parts = [
    [plan.unassign.length, 'to unassign'],
    [plan.increment, 'to buy'],
    [plan.assign.length, 'to assign'],
    [plan.decrement, 'to give back'],
    [plan.held.length, 'held for approval'],
    [plan.waiting.length, 'waiting for a seat'],
  ] as const;
  const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return some.length === 0 ? 'nothing to do' : some.join(', ');
}

function stageText({ stage, lines, change }: Work): string {
  if (change !== null) return `${stage} from ${change.observed} to ${change.expected} seats`;
  return `${stage} ${lines.length} ${lines.length === 1 ? 'person' : 'people'}`;
}
