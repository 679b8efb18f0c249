import type { Logger } from 'pino';
import { z } from 'zod';
import type { Config, PoolConfig } from '../config/schema.ts';
import { type Clock, clockStartingAt, toInstant } from '../src/dates.ts';
import { publish, type RunEvent } from '../src/ledger/events.ts';
import type { RunHead } from '../src/ledger/runs.ts';
import type { Store } from '../src/ledger/store.ts';
import type { Provider } from '../src/providers/provider.ts';
import type { Roster } from '../src/roster/types.ts';
import type { Timer } from '../src/timer.ts';
import type { JobQueues } from './task.ts';

const named = z
  .looseObject({ run: z.string().optional().catch(undefined), pool: z.string().optional().catch(undefined) })
  .catch({});

/** All that a job works with. Made once a process and passed in; a job reaches for nothing else. */
export interface JobContext {
  readonly config: Config;
  readonly store: Store;
  readonly queues: JobQueues;
  readonly providerOf: (pool: PoolConfig) => Provider;
  readonly readRoster: (clock: Clock, signal: AbortSignal) => Promise<Roster>;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: Logger;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The clock by which a run sees the world: the real one, unless it was started with `--at`. */
export function clockOf(context: JobContext, head: RunHead): Clock {
  if (head.clockOffset === 0) return context.clock;
  return clockStartingAt(context.clock.now() + head.clockOffset, context.clock);
}

/** The configuration of a pool. Undefined where a run was started by a process that knew other pools. */
export function poolOf(config: Config, id: string): PoolConfig | undefined {
  return config.pools.find((pool) => pool.id === id);
}

/** The run and the pool that a job's data name. */
export function namesIn(data: unknown): z.infer<typeof named> {
  return named.parse(data);
}

/** The same with a log that names the run and the pool of a job on each of its lines. */
export function contextOf(context: JobContext, data: unknown): JobContext {
  const { run, pool } = namesIn(data);
  const names = { ...(run === undefined ? {} : { run }), ...(pool === undefined ? {} : { pool }) };
  return { ...context, log: context.log.child(names) };
}

/** What a message of progress says in numbers. */
export interface TellMore {
  /** Steps done and steps in all. */
  readonly done?: number;
  readonly of?: number;
  /** Until when is waited (milliseconds since the epoch). */
  readonly until?: number;
}

/** Tells those who watch the run how it goes. */
export async function tell(
  context: JobContext,
  run: string,
  pool: string | null,
  step: string,
  text: string,
  more: TellMore = {},
): Promise<void> {
  context.log.info({ step }, text);
  await publish(context.store, run, eventNow(context, pool, step, text, more), (cause) =>
    context.log.warn({ err: cause }, 'progress could not be published'),
  );
}

/** A message of progress, dated now by the real clock. */
export function eventNow(
  { clock }: Pick<JobContext, 'clock'>,
  pool: string | null,
  step: string,
  text: string,
  { done, of, until }: TellMore = {},
): RunEvent {
  return {
    at: toInstant(clock.now()),
    pool,
    step,
    text,
    done: done ?? null,
    of: of ?? null,
    until: until === undefined ? null : toInstant(Math.round(until)),
  };
}
