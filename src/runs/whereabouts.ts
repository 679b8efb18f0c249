import { fromInstant, timeOfDay } from '../dates.ts';
import type { PlacedEvent } from '../ledger/events.ts';
import { isAlive, type WorkerRecord } from '../ledger/workers.ts';

/** What bears on where a pool of a run is now. */
export interface PoolFacts {
  readonly pool: string;
  /** How long the provider is to be left alone (milliseconds); 0 if it may be called. */
  readonly restMs: number;
  /** How long the lease of the job at work on it still runs (milliseconds); null if none is at work. */
  readonly leaseMs: number | null;
}

export interface RunFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly timeZone: string;
  /** The run's latest messages, oldest first. */
  readonly events: readonly PlacedEvent[];
  /** The pools that have not ended. */
  readonly pools: readonly PoolFacts[];
  readonly workers: readonly WorkerRecord[];
  /** How long a lease is (milliseconds). */
  readonly lease: number;
}

/** Where a pool of a run is, in words that say what is waited for; never that it merely runs. */
export interface Whereabouts {
  readonly pool: string;
  readonly text: string;
}

/** A living worker renews its lease at half time. */
const RENEWED = 0.4;

/** Of each pool that has not ended, what is happening now and what is waited for. Pure. */
export function whereabouts(facts: RunFacts): Whereabouts[] {
  return facts.pools.map((pool) => ({ pool: pool.pool, text: textOf(facts, pool) }));
}

function textOf(facts: RunFacts, { pool, restMs, leaseMs }: PoolFacts): string {
  const { now, timeZone, events, lease } = facts;
  const at = (moment: number) => timeOfDay(moment, timeZone);
  const latest = events.findLast(({ event }) => event.pool === pool || event.pool === null);
  const said = latest === undefined ? 'nothing was told of it yet' : saidText(latest, at);
  if (!facts.workers.some((worker) => isAlive(worker, now)))
    return `no worker is running, so nothing is done: start one with cohort-sync serve. Last: ${said}`;
  if (leaseMs !== null && leaseMs < lease * RENEWED) {
    // Whoever looks for dead workers does so three times a lease.
    const by = at(Math.round(now + leaseMs + lease / 3));
    return `waiting for the lease of a worker that is not heard of: if it has died, it is gone on with by ${by}. Last: ${said}`;
  }
  if (restMs > 0) return `the provider is left alone until ${at(now + restMs)}. Last: ${said}`;
  return said;
}

function saidText({ event }: PlacedEvent, at: (moment: number) => string): string {
  const { text, done, of, until } = event;
  const far = done === null || of === null || of < 2 ? '' : ` (${done} of ${of})`;
  const wait =
    until === null || text.includes(at(fromInstant(until))) ? '' : `, until ${at(fromInstant(until))}`;
  return `${text}${far}${wait}, since ${at(fromInstant(event.at))}`;
}
