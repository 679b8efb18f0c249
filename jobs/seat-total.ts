import type { PoolConfig } from '../config/schema.ts';
import { type Clock, toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { isQuiet } from '../src/ledger/continuity.ts';
import { readDayCounts } from '../src/ledger/counts.ts';
import { type Fence, fenced, holdsFence } from '../src/ledger/fence.ts';
import { readIntent, readLastChange } from '../src/ledger/intents.ts';
import { readBreak } from '../src/ledger/known-seats.ts';
import { readHead } from '../src/ledger/runs.ts';
import {
  type LineOutcome,
  outcomeWrites,
  readOutcomes,
  readProgress,
  roundOf,
  TOTAL_LINE,
  type Work,
} from '../src/ledger/stages.ts';
import { commit } from '../src/ledger/store.ts';
import type { Provider } from '../src/providers/provider.ts';
import { hasTotal } from '../src/runs/doubt.ts';
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { guarded } from './guarded.ts';
import { noticeBreak } from './notice-break.ts';
import { isSetOutByOldRoster } from './old-roster.ts';
import { stagePayload } from './payloads.ts';
import { outdatedWork } from './planned-by.ts';
import { nextTry, tries } from './policy.ts';
import { foreignWork } from './purpose.ts';
import { sendChange } from './send-change.ts';
import { settleIntent } from './settle-intent.ts';
import type { Stop, Task } from './task.ts';

/** What a change of the total works with. */
export interface TotalWork {
  readonly context: JobContext;
  readonly pool: PoolConfig;
  readonly provider: Provider;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly run: string;
  readonly stop: Stop;
  /** Names the outcome of this go at the stage. */
  readonly round: string;
  /** How long a request may be on its way, from when it is marked as sending (milliseconds). */
  readonly sendWindow: number;
}

/**
 * Changes the total of a pool once: the intent first, durable; then the call; then reading until it is settled
 * (rule 4). An intent that an earlier execution left open is settled instead, and nothing is sent.
 */
export async function processTotal(
  task: Task,
  context: JobContext,
  stop: Stop,
  stage: 'increment' | 'decrement',
): Promise<void> {
  const payload = stagePayload.parse(task.data);
  const fence: Fence = { pool: payload.pool, token: payload.token };
  const pool = poolOf(context.config, payload.pool);
  const head = await readHead(context.store, payload.run);
  if (pool === undefined || head === null || !(await holdsFence(context.store, fence))) return;
  if (await isSetOutByOldRoster(context, head)) return;
  const progress = await readProgress(context.store, payload.run, payload.pool);
  const { current } = progress;
  const round = roundOf(stage, progress);
  const settled = await readOutcomes(context.store, payload.run, payload.pool, round);
  if (current?.stage !== stage || current.change === null || settled.has(TOTAL_LINE)) return;

  const provider = guarded(context, context.providerOf(pool));
  const clock = clockOf(context, head);
  // A request must not outlive the lease of the job that sends it.
  const sendWindow = context.config.queue.leaseSeconds * 1_000;
  const { run } = payload;
  const work: TotalWork = { context, pool, provider, fence, clock, run, stop, round, sendWindow };
  const planned = { change: current.change, outdated: outdatedWork(context, pool, provider, current) };
  const foreign = foreignWork(context, head, pool);
  const outcome = foreign ?? (await changeOrGiveUp(task, work, planned, stage));
  await commit(context.store, {
    id: `total:${task.id}:${task.attemptsStarted}:ended`,
    expect: [fenced(fence)],
    writes: outcomeWrites(payload.run, payload.pool, round, [[TOTAL_LINE, outcome]]),
  });
}

type Change = NonNullable<Work['change']>;

interface Planned {
  readonly change: Change;
  /** What becomes of it where it was planned by other settings; null where it may be sent. */
  readonly outdated: LineOutcome | null;
}

/** @throws what is worth another try of this job soon. */
async function changeOrGiveUp(
  task: Task,
  work: TotalWork,
  { change, outdated }: Planned,
  stage: 'increment' | 'decrement',
): Promise<LineOutcome> {
  try {
    const { context, pool } = work;
    const lastChange = await readLastChange(context.store, pool.id);
    const open = await readIntent(context.store, pool.id);
    if (open !== null) return await settleIntent(work, open, null);
    if (outdated !== null) return outdated;
    await untilQuietIsOver(work, stage);
    if ((await readBreak(context.store, pool.id)) !== null) return lookedAtAnew();
    const obstacle = await obstacleTo(work, change);
    if (obstacle !== null) return obstacle;
    const { intent, sentAt } = await sendChange(work, change, stage, lastChange);
    return await settleIntent(work, intent, sentAt);
  } catch (cause) {
    if (!(cause instanceof ProviderError)) throw cause;
    const next = nextTry(cause, tries(task, cause), work.context.clock.now(), work.context.random());
    if (next.kind === 'soon') throw cause;
    const retryAt = next.kind === 'later' ? toInstant(next.at) : null;
    return { outcome: 'refused', reason: `${cause.message} ${cause.advice}`, retryAt };
  }
}

/** The run decides first what the difference that the lost writes left means (see `reviewBreak`). */
function lookedAtAnew(): LineOutcome {
  const reason = 'the ledger had lost something: the number of seats is looked at anew first';
  return { outcome: 'lapsed', reason, retryAt: null };
}

/**
 * A ledger that has lost something may have lost an intent. So after such a break no seats are bought or given back until
 * whatever was under way has had the time to show.
 */
async function untilQuietIsOver({ context, pool, run, stop }: TotalWork, stage: string): Promise<void> {
  const { store, timer } = context;
  await noticeBreak(context);
  for (;;) {
    const quiet = await isQuiet(store);
    if (quiet === null) return;
    const seconds = Math.ceil(quiet.ms / 1_000);
    await tell(
      context,
      run,
      pool.id,
      stage,
      `waiting ${seconds} s before seats are changed: ${quiet.reason}`,
      { until: context.clock.now() + quiet.ms },
    );
    await timer.sleep(quiet.ms, stop.waits);
  }
}

/**
 * The last look before a change: somebody may have changed the total since it was planned, and no path gets round the
 * day's cap. Null where nothing is in the way.
 */
async function obstacleTo(
  { context, pool, provider, clock, stop }: TotalWork,
  { observed, expected }: Change,
): Promise<LineOutcome | null> {
  const state = await provider.read(stop.calls);
  if (!hasTotal(state, observed)) {
    const reason = `the number of seats changed from ${observed} to ${state.total} while the run was under way`;
    return { outcome: 'lapsed', reason, retryAt: null };
  }
  const seats = expected - observed;
  const { bought } = await readDayCounts(context.store, pool.id, clock.now());
  const cap = context.config.guardrails.seatsPerDay;
  if (seats <= 0 || bought + seats <= cap) return null;
  const reason = `${bought} seats were bought within 24 hours: ${seats} more would be above guardrails.seatsPerDay (${cap})`;
  return { outcome: 'refused', reason, retryAt: null };
}
