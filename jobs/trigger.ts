import { createHash, randomBytes } from 'node:crypto';
import { clockStartingAt, toInstant, zoned } from '../src/dates.ts';
import { LedgerConflict, OtherVersionError } from '../src/errors.ts';
import { loadRoster } from '../src/ledger/roster.ts';
import { activeRun, freePools, type RunHead, readRun, startRun } from '../src/ledger/runs.ts';
import { TICK_TAKEN, type Tick, takeTick } from '../src/ledger/ticks.ts';
import { readWorkers, type WorkerRecord } from '../src/ledger/workers.ts';
import type { FailureDocument } from '../src/runs/documents.ts';
import { type JobContext, tell } from './context.ts';
import { endFromBeside } from './fail-pool.ts';
import { endAndNotify } from './notify.ts';
import { JOB, type SyncPoolPayload, type SyncRosterPayload } from './payloads.ts';
import { purposeOf } from './purpose.ts';
import type { JobQueues } from './task.ts';

export interface Trigger {
  /** What asked for the run: `cli`, `cron`, `http`, `retry`, `approval`. */
  readonly by: string;
  readonly pools: readonly string[];
  /** The moment to act as of (milliseconds since the epoch), for trying out; null is now. */
  readonly at: number | null;
  /** The scheduled time that the run is for, taken together with its start. */
  readonly tick?: Tick;
}

export interface Triggered {
  readonly run: string;
  /** Every pool asked for was being worked on already: this is the run that does it. */
  readonly joined: boolean;
  /** Pools left out of the new run because another run is at work on them. */
  readonly busy: readonly { readonly pool: string; readonly run: string }[];
}

/** How often to start over when somebody else's trigger comes in between. */
const ATTEMPTS = 10;

/**
 * Starts a run of these pools, or joins the one that is under way (rule 12).
 * @throws LedgerError if Redis does not answer.
 */
export async function triggerSync(context: JobContext, trigger: Trigger): Promise<Triggered> {
  for (let attempt = 1; ; attempt++) {
    const busy = [];
    for (const pool of trigger.pools) {
      const run = await activeRun(context.store, pool);
      if (run !== null && (await keepGoing(context, run))) busy.push({ pool, run });
    }
    const first = busy[0];
    if (first !== undefined && busy.length === trigger.pools.length) {
      return { run: first.run, joined: true, busy: [] };
    }
    const taken = new Set(busy.map((each) => each.pool));
    try {
      const run = await begin(
        context,
        trigger,
        trigger.pools.filter((pool) => !taken.has(pool)),
      );
      return { run, joined: false, busy };
    } catch (cause) {
      const again = cause instanceof LedgerConflict && cause.what !== TICK_TAKEN && attempt < ATTEMPTS;
      if (!again) throw cause;
    }
  }
}

/**
 * Starts or joins the run of a scheduled time. Any number of replicas may ask: one of them takes the time, and its run
 * has an id that is the scheduled local time (rule 13).
 * @returns null if somebody else has taken it.
 */
export async function triggerTick(
  context: JobContext,
  tick: Tick,
  pools: readonly string[],
): Promise<Triggered | null> {
  try {
    const triggered = await triggerSync(context, { by: 'cron', pools, at: null, tick });
    if (triggered.joined) await takeTick(context.store, tick, triggered.run);
    return triggered;
  } catch (cause) {
    if (cause instanceof LedgerConflict && cause.what === TICK_TAKEN) return null;
    throw cause;
  }
}

async function begin(context: JobContext, trigger: Trigger, pools: readonly string[]): Promise<string> {
  const real = context.clock.now();
  const now = trigger.at ?? real;
  const { tick = null } = trigger;
  const run = tick === null ? newRunId(now, context.config.timeZone) : tickRunId(tick);
  const startedAt = toInstant(clockStartingAt(now, context.clock).now());
  const clockOffset = trigger.at === null ? 0 : trigger.at - real;
  await startRun(
    context.store,
    {
      ...{ run, trigger: trigger.by, startedAt, pools: [...pools], clockOffset },
      purpose: purposeOf(context.config, pools),
    },
    real,
    tick,
  );
  const started = `started by ${trigger.by}; waits for a worker to take it up`;
  await tell(context, run, null, 'start', started);
  await addRosterJob(context, run, pools);
  return run;
}

/** As `r-20261122-060000-k3f9`: local time, and letters that tell two runs of one second apart. */
export function newRunId(now: number, timeZone: string): string {
  const local = zoned(now, timeZone).toPlainDateTime().toString({ smallestUnit: 'second' });
  return runId(local, randomBytes(4));
}

/** The same for every replica: the scheduled local time, and letters that tell schedules of one time apart. */
function tickRunId({ local, schedule }: Tick): string {
  return runId(local, createHash('sha256').update(schedule).digest());
}

function runId(local: string, letters: Buffer): string {
  const digits = local.replace(/[-:]/g, '').replace('T', '-');
  return `r-${digits}-${letters.readUInt32BE().toString(36).padStart(4, '0').slice(-4)}`;
}

async function addRosterJob(context: JobContext, run: string, pools: readonly string[]): Promise<void> {
  const payload: SyncRosterPayload = { run, pools: [...pools] };
  await context.queues.sync.add(JOB.syncRoster, payload, { jobId: run });
}

/** The job of a run on one pool. Added again under the same id it changes nothing. */
export async function addPoolJob(context: JobContext, run: string, pool: string): Promise<void> {
  const payload: SyncPoolPayload = { run, pool };
  await context.queues.sync.add(JOB.syncPool, payload, { jobId: poolJobId(run, pool) });
}

function poolJobId(run: string, pool: string): string {
  return `${run}.${pool}`;
}

/**
 * Sees to it that a run that has not ended is being worked on: jobs that were lost with the queue, or that failed in a
 * way that they could not record, are added again. A run starts from what is true, so that going on is always safe.
 * One that this version can't go on with is ended, unless another worker may be at it.
 * @param others the workers beside this process's own that live, or may. Default: all that have not ended in order.
 * @returns false if the run has ended.
 */
export async function keepGoing(
  context: JobContext,
  run: string,
  others?: readonly WorkerRecord[],
): Promise<boolean> {
  const stored = await readRun(context.store, run);
  if (stored === null || stored.document.endedAt !== null) {
    await freePools(
      context.store,
      run,
      context.config.pools.map((pool) => pool.id),
    );
    return false;
  }
  const { head, document } = stored;
  const ended = new Set(document.pools.map((pool) => pool.pool));
  const open = head.pools.filter((pool) => !ended.has(pool));
  if (open.length === 0) {
    await endAndNotify(context, head);
    return false;
  }
  let read: boolean;
  try {
    read = (await loadRoster(context.store, run)) !== null;
  } catch (cause) {
    if (!(cause instanceof OtherVersionError)) throw cause;
    const workers = others ?? (await readWorkers(context.store));
    let left = false;
    for (const pool of open) {
      // It may be of a newer version. A job that is waiting is taken by whoever comes first: by one that can go on with it,
      // or by one that can't, and then it has failed by the next look. So the run ends even if none of them can.
      if (workers.length > 0 && (await hasJob(context.queues.sync, run, pool))) left = true;
      else await endFromBeside(context, head, pool, cantGoOn(head, pool, cause));
    }
    return left;
  }
  if (!read) {
    if (await clearDead(context.queues.sync, run)) await addRosterJob(context, run, head.pools);
    return true;
  }
  for (const pool of open) {
    if (await clearDead(context.queues.sync, poolJobId(run, pool))) await addPoolJob(context, run, pool);
  }
  return true;
}

function cantGoOn({ run }: RunHead, pool: string, cause: OtherVersionError): FailureDocument {
  return {
    message: `Pool ${pool}: run ${run} can't be gone on with: ${cause.message}. Nothing more was done in it.`,
    advice: 'Nothing to do: the next run reads the roster anew. To start it now: `cohort-sync sync`.',
  };
}

/** Whether there is a live job of a run on a pool, or the one that is about to add it. */
async function hasJob(queue: JobQueues['sync'], run: string, pool: string): Promise<boolean> {
  for (const id of [poolJobId(run, pool), run]) {
    const state = await (await queue.getJob(id))?.getState();
    if (state !== undefined && !isDead(state)) return true;
  }
  return false;
}

function isDead(state: string): boolean {
  return state === 'failed' || state === 'completed' || state === 'unknown';
}

/** Whether there is no live job of this id; a dead one is removed, since its id would block a new one. */
async function clearDead(queue: JobQueues['sync'], id: string): Promise<boolean> {
  const job = await queue.getJob(id);
  if (job === undefined) return true;
  if (!isDead(await job.getState())) return false;
  await job.remove();
  return true;
}
