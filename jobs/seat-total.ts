import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import type { PoolConfig } from '../config/schema.ts';
import { type Clock, toInstant } from '../src/dates.ts';
import { LedgerConflict, ProviderError } from '../src/errors.ts';
import { readDayCounts } from '../src/ledger/counts.ts';
import { confirmDurable } from '../src/ledger/durability.ts';
import { type Fence, fenced, holdsFence } from '../src/ledger/fence.ts';
import { closeIntent, type Intent, moveIntent, openIntent, readIntent } from '../src/ledger/intents.ts';
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
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { stagePayload } from './payloads.ts';
import { nextTry } from './policy.ts';
import { type Settlement, settleIntent } from './settle-intent.ts';

/** What a change of the total works with. */
export interface TotalWork {
  readonly context: JobContext;
  readonly pool: PoolConfig;
  readonly provider: Provider;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly run: string;
  readonly signal: AbortSignal;
}

/**
 * Changes the total of a pool once: the intent first, durable; then the call; then reading until it is settled
 * (rule 4). An intent that an earlier execution left open is settled instead, and nothing is sent.
 */
export async function processTotal(
  job: Job,
  context: JobContext,
  signal: AbortSignal,
  stage: 'increment' | 'decrement',
): Promise<void> {
  const payload = stagePayload.parse(job.data);
  const fence: Fence = { pool: payload.pool, token: payload.token };
  const pool = poolOf(context.config, payload.pool);
  const head = await readHead(context.store, payload.run);
  if (pool === undefined || head === null || !(await holdsFence(context.store, fence))) return;
  const progress = await readProgress(context.store, payload.run, payload.pool);
  const { current } = progress;
  const round = roundOf(stage, progress);
  const settled = await readOutcomes(context.store, payload.run, payload.pool, round);
  if (current?.stage !== stage || current.change === null || settled.has(TOTAL_LINE)) return;

  const provider = context.providerOf(pool);
  const clock = clockOf(context, head);
  const work: TotalWork = { context, pool, provider, fence, clock, run: payload.run, signal };
  const outcome = await changeOrGiveUp(job, work, current.change, stage);
  await commit(context.store, {
    id: `total:${job.id}:${job.attemptsStarted}:ended`,
    expect: [fenced(fence)],
    writes: outcomeWrites(payload.run, payload.pool, round, [[TOTAL_LINE, outcome]]),
  });
}

/** @throws what is worth another try of this job soon. */
async function changeOrGiveUp(
  job: Job,
  work: TotalWork,
  change: NonNullable<Work['change']>,
  stage: 'increment' | 'decrement',
): Promise<LineOutcome> {
  try {
    const open = await readIntent(work.context.store, work.pool.id);
    const obstacle = open === null ? await obstacleTo(work, change) : null;
    if (obstacle !== null) return obstacle;
    const intent = open ?? (await send(work, change, stage));
    return outcomeOf(await settleIntent(work, intent));
  } catch (cause) {
    if (!(cause instanceof ProviderError)) throw cause;
    const next = nextTry(cause, job.attemptsMade + 1, work.context.clock.now(), work.context.random());
    if (next.kind === 'soon') throw cause;
    const retryAt = next.kind === 'later' ? toInstant(next.at) : null;
    return { outcome: 'refused', reason: `${cause.message} ${cause.advice}`, retryAt };
  }
}

function outcomeOf(settlement: Settlement): LineOutcome {
  const outcome = {
    applied: 'applied',
    refused: 'refused',
    lapsed: 'lapsed',
    'in-doubt': 'unknown',
  } as const;
  return { outcome: outcome[settlement.kind], reason: settlement.reason, retryAt: null };
}

/** Writes the intent, confirms it, sends the request once, and notes what the provider said. */
async function send(
  work: TotalWork,
  change: NonNullable<Work['change']>,
  stage: Intent['action'],
): Promise<Intent> {
  const { context, pool, provider, fence, clock, run, signal } = work;
  const { store } = context;
  const prepared: Intent = {
    operation: randomUUID(),
    run,
    pool: pool.id,
    action: stage,
    observed: change.observed,
    expected: change.expected,
    state: 'prepared',
    preparedAt: toInstant(clock.now()),
    sentAt: null,
    reference: null,
    detail: null,
  };
  await openIntent(store, fence, prepared, clock.now());
  await tell(context, run, pool.id, stage, describe(change, stage));
  let intent = prepared;
  const gate = async () => {
    await confirmDurable(store);
    const sending: Intent = { ...prepared, state: 'sending', sentAt: toInstant(clock.now()) };
    await moveIntent(store, fence, prepared, sending);
    intent = sending;
  };
  try {
    const { observed, expected } = change;
    const answer = await provider.changeTotal({ observed, expected }, gate, signal);
    const reference = answer.kind === 'pending' ? answer.reference : null;
    return await move(work, intent, { ...intent, state: 'following', reference });
  } catch (cause) {
    if (cause instanceof LedgerConflict) throw cause;
    if (cause instanceof ProviderError && cause.effectUnknown && intent.state === 'sending') {
      return await move(work, intent, { ...intent, state: 'unknown', detail: cause.message });
    }
    // Nothing was applied: the connection was never made, the gate refused, or the provider said no.
    const end = cause instanceof ProviderError && cause.failure !== 'not-sent' ? 'refused' : 'not-sent';
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (!signal.aborted || intent.state === 'prepared') {
      await closeIntent(store, fence, intent, end, reason, toInstant(clock.now()));
    }
    throw cause;
  }
}

async function move(work: TotalWork, from: Intent, to: Intent): Promise<Intent> {
  await moveIntent(work.context.store, work.fence, from, to);
  return to;
}

/**
 * The last look before a change: somebody may have changed the total since it was planned, and no path gets round the
 * day's cap. Null where nothing is in the way.
 */
async function obstacleTo(
  { context, pool, provider, clock, signal }: TotalWork,
  { observed, expected }: NonNullable<Work['change']>,
): Promise<LineOutcome | null> {
  const state = await provider.read(signal);
  if (state.total !== observed || state.usable !== observed) {
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

function describe(
  { observed, expected }: { observed: number; expected: number },
  stage: Intent['action'],
): string {
  const seats = Math.abs(expected - observed);
  const named = seats === 1 ? '1 seat' : `${seats} seats`;
  return `${stage === 'increment' ? 'buying' : 'giving back'} ${named}: from ${observed} to ${expected}`;
}
