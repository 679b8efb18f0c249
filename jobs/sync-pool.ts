import { type Job, WaitingChildrenError } from 'bullmq';
import type { PoolConfig } from '../config/schema.ts';
import { type Clock, toInstant } from '../src/dates.ts';
import { CohortSyncError, ProviderError } from '../src/errors.ts';
import { type Fence, takeFence } from '../src/ledger/fence.ts';
import { type Intent, readIntent } from '../src/ledger/intents.ts';
import { loadRoster } from '../src/ledger/roster.ts';
import { activeRun, finishPool, readHead } from '../src/ledger/runs.ts';
import {
  type Progress,
  readProgress,
  STAGES,
  type Stage,
  type Work,
  writeProgress,
} from '../src/ledger/stages.ts';
import type { PoolState, Provider } from '../src/providers/provider.ts';
import type { Roster } from '../src/roster/types.ts';
import { failedPlan, failureOf } from '../src/runs/preview.ts';
import { closeStage } from './close-stage.ts';
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { JOB, type StagePayload, syncPoolPayload } from './payloads.ts';
import { nextTry } from './policy.ts';
import { recordResult } from './record.ts';
import { scheduleRetry } from './retry-later.ts';
import { planNow, workOf } from './stage-work.ts';

/** One execution of the job: everything in it acts under one fence. */
export interface PoolRun {
  readonly context: JobContext;
  readonly pool: PoolConfig;
  readonly provider: Provider;
  readonly roster: Roster;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly run: string;
  readonly signal: AbortSignal;
}

/**
 * Brings one pool in step: read, plan, free, buy, fill, trim, verify, record. May be killed anywhere and run again:
 * each stage starts from what is true at the provider and in the ledger, and what the run has done so far stands in
 * the ledger, not in the job.
 */
export async function syncPool(job: Job, context: JobContext, signal: AbortSignal): Promise<void> {
  const payload = syncPoolPayload.parse(job.data);
  const { run } = payload;
  if ((await activeRun(context.store, payload.pool)) !== run) return;
  const head = await readHead(context.store, run);
  const roster = await loadRoster(context.store, run);
  if (head === null || roster === null) return;
  const clock = clockOf(context, head);
  const fence = await takeFence(context.store, payload.pool);
  const pool = poolOf(context.config, payload.pool);
  if (pool === undefined) {
    const error = {
      message: `this worker's configuration has no pool ${payload.pool}`,
      advice: 'Give all workers one configuration.',
    };
    await fail(context, { id: payload.pool, provider: 'unknown' }, run, fence, clock, error, null);
    return;
  }
  try {
    const provider = context.providerOf(pool);
    await advance(job, { context, pool, provider, roster, fence, clock, run, signal });
  } catch (cause) {
    if (!(cause instanceof CohortSyncError)) throw cause;
    const next = nextTry(cause, job.attemptsMade + 1, context.clock.now(), context.random());
    if (next.kind === 'soon') {
      await tell(
        context,
        run,
        pool.id,
        'retry',
        `${cause.message} Trying again in ${Math.ceil(next.delay / 1000)} s.`,
      );
      throw cause;
    }
    await fail(context, pool, run, fence, clock, failureOf(cause), next.kind === 'later' ? next.at : null);
  }
}

async function advance(job: Job, poolRun: PoolRun): Promise<void> {
  const { context, pool, provider, run, fence, signal } = poolRun;
  let progress = await readProgress(context.store, run, pool.id);
  let state: PoolState | null = null;
  const open = await readIntent(context.store, pool.id);
  if (progress.current !== null) {
    ({ state, progress } = await closeStage(poolRun, progress.current, progress));
  } else if (open !== null && open.state !== 'in-doubt') {
    progress = await begin(job, poolRun, progress, settlingWork(open));
    ({ state, progress } = await closeStage(poolRun, settlingWork(open), progress));
  }
  while (progress.over.length < STAGES.length) {
    const stage: Stage | undefined = STAGES.find((each) => !progress.over.includes(each));
    if (stage === undefined) break;
    signal.throwIfAborted();
    if (state === null) {
      await tell(context, run, pool.id, 'read', 'reading the pool');
      state = await provider.read(signal);
    }
    const intent = await readIntent(context.store, pool.id);
    if (intent === null) checkSeats(pool, state);
    const { plan, managed } = await planNow(poolRun, state, progress, intent);
    const work = workOf(stage, plan, state, provider, progress);
    progress = { ...progress, managedAtStart: progress.managedAtStart ?? managed };
    if (work === null) {
      progress = { ...progress, over: [...progress.over, stage] };
      continue;
    }
    progress = await begin(job, poolRun, progress, work);
    ({ state, progress } = await closeStage(poolRun, work, progress));
  }
  state ??= await provider.read(signal);
  const retryAt = await recordResult(poolRun, state, progress, fence);
  if (retryAt !== null) await scheduleRetry(context, pool.id, run, retryAt);
}

/** The provider's own numbers have to agree before anything is done on them (rule 1). */
function checkSeats(pool: PoolConfig, { total, usable }: PoolState): void {
  if (total === usable) return;
  throw new ProviderError(
    { pool: pool.id, failure: 'contradiction', request: 'read' },
    `${pool.id} says that it has ${total} seats but lists ${usable}; nothing was changed.`,
    'If it stays so, look at the subscription in the provider’s dashboard.',
  );
}

/** The work of settling a change of the total that an earlier execution left open. */
function settlingWork({ action, observed, expected }: Intent): Work {
  return {
    stage: action,
    lines: [],
    change: { observed, expected, reason: 'settling an open change of seats' },
  };
}

/**
 * Sets out the work of a stage in the ledger, hands it to jobs and waits for all of them. A child that fails doesn't
 * leave its parent waiting: what it did not note is found by reading.
 * @throws WaitingChildrenError while the jobs are at work; the job is run again after them.
 */
async function begin(job: Job, poolRun: PoolRun, progress: Progress, work: Work): Promise<Progress> {
  const { context, pool, run, fence, provider } = poolRun;
  const begun = { ...progress, current: work };
  await writeProgress(context.store, fence, run, `${work.stage}:${progress.again}`, begun);
  const size = provider.capabilities.batchSize;
  const count = work.change === null ? work.lines.length : 1;
  const parent = { id: String(job.id), queue: job.queueQualifiedName };
  const children = [];
  for (let from = 0; from < count; from += size) {
    const data: StagePayload = {
      run,
      pool: pool.id,
      token: fence.token,
      from,
      to: Math.min(from + size, count),
    };
    const jobId = `${run}.${work.stage}.${fence.token}.${from}`;
    children.push({
      name: STAGE_JOB[work.stage],
      data,
      opts: { parent, jobId, ignoreDependencyOnFailure: true },
    });
  }
  await context.queues.pool(pool.id).addBulk(children);
  await tell(context, run, pool.id, work.stage, stageText(work), { done: 0, of: count });
  if (job.token === undefined) throw new Error('a job without a lock can not wait for others');
  if (await job.moveToWaitingChildren(job.token)) throw new WaitingChildrenError();
  return begun;
}

const STAGE_JOB: Record<Stage, string> = {
  unassign: JOB.unassign,
  increment: JOB.increment,
  assign: JOB.assign,
  decrement: JOB.decrement,
};

function stageText({ stage, lines, change }: Work): string {
  if (change !== null) return `${stage} from ${change.observed} to ${change.expected} seats`;
  return `${stage} ${lines.length} ${lines.length === 1 ? 'person' : 'people'}`;
}

async function fail(
  context: JobContext,
  pool: { readonly id: string; readonly provider: string },
  run: string,
  fence: Fence,
  clock: Clock,
  error: { readonly message: string; readonly advice: string },
  retryAt: number | null,
): Promise<void> {
  const progress = await readProgress(context.store, run, pool.id);
  const at = retryAt === null ? null : toInstant(retryAt);
  const read = { grantee: null, action: 'read' as const, reason: error.message, retryAt: at };
  const result = {
    ...failedPlan(pool, error),
    done: progress.done,
    changes: progress.changes,
    failed: [...progress.failed, read],
  };
  await tell(context, run, pool.id, 'failed', error.message);
  await finishPool(context.store, run, result, {
    fence,
    at: toInstant(clock.now()),
    writes: [],
    problems: [],
  });
  if (retryAt !== null) await scheduleRetry(context, pool.id, run, retryAt);
}
