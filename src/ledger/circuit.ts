import type { LedgerRedis } from './ledger-redis.ts';
import { keys, readLedger, type Store } from './store.ts';

/** Failures in a row after which a provider is left alone, and for how long at first and at most (milliseconds). */
const FAILURES = 5;
const FIRST_REST = 5_000;
const LONGEST_REST = 5 * 60_000;

/** Failures are forgotten if none follows within this time (seconds). */
const MEMORY_SECONDS = 15 * 60;

export interface Circuit {
  /** How long the provider is to be left alone (milliseconds); 0 if it may be called. */
  readonly restMs: number;
  readonly failures: number;
}

/** Whether the provider of a pool may be called, as all workers together have met it. */
export async function readCircuit({ redis }: Store, pool: string): Promise<Circuit> {
  const [rest, failures] = await readLedger(() =>
    Promise.all([redis.pttl(keys.circuitRest(pool)), redis.get(keys.circuitFailures(pool))]),
  );
  return { restMs: Math.max(0, rest), failures: Number(failures ?? 0) };
}

/** Notes a call that found the provider dead. After some in a row it gets a rest, twice as long each time. */
export async function noteDead({ redis }: Store, pool: string): Promise<void> {
  await readLedger(async () => {
    const failures = await redis.incr(keys.circuitFailures(pool));
    await redis.expire(keys.circuitFailures(pool), MEMORY_SECONDS);
    if (failures < FAILURES) return;
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** (failures - FAILURES));
    await restFor(redis, pool, 'dead', rest);
  });
}

/** Notes that the provider asked to be left alone for so long. */
export async function noteAsked({ redis }: Store, pool: string, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return;
  await readLedger(() => restFor(redis, pool, 'asked', Math.ceil(milliseconds)));
}

/** A rest that is longer already is never cut short by a later, shorter one. The calls of a pool come one by one. */
async function restFor(redis: LedgerRedis, pool: string, why: string, milliseconds: number): Promise<void> {
  const key = keys.circuitRest(pool);
  if ((await redis.pttl(key)) < milliseconds) await redis.set(key, why, 'PX', milliseconds);
}

/** Notes that the provider answers again. */
export async function noteAlive({ redis }: Store, pool: string): Promise<void> {
  await readLedger(() => redis.del(keys.circuitFailures(pool)));
}
