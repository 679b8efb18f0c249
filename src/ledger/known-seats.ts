import { z } from 'zod';
import type { KnownTotal } from './seats-seen.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

const knownTotal = stored({ total: z.number(), at: z.number() });

const mark = stored({ reason: z.string(), seen: knownTotal.nullable() });

/** A break of the ledger (see `Continuity`) that a pool has not been looked at since. */
export interface Break {
  readonly reason: string;
  /** The last total that anybody remembers from before it, the ledger or a process; null if nobody does. */
  readonly known: KnownTotal | null;
}

/** The write that keeps the total that the ledger can account for: every change up to it was read back or made by hand. */
export function knownTotalWrite(pool: string, known: KnownTotal): Write {
  return { command: 'SET', key: keys.knownTotal(pool), args: [JSON.stringify(known)] };
}

/**
 * Notes for a pool that the ledger was found broken, with what this process remembers of its seats. Other processes add
 * what they remember.
 */
export async function markBreak(
  store: Store,
  pool: string,
  process: string,
  reason: string,
  seen: KnownTotal | null,
): Promise<void> {
  const value: z.infer<typeof mark> = { reason, seen };
  await readLedger(() => store.redis.hset(keys.broken(pool), process, JSON.stringify(value)));
}

/** The break that a pool has not been looked at since; null if there was none. */
export async function readBreak(store: Store, pool: string): Promise<Break | null> {
  const [marks, json] = await readLedger(() =>
    Promise.all([store.redis.hgetall(keys.broken(pool)), store.redis.get(keys.knownTotal(pool))]),
  );
  const found = Object.values(marks).map((each) => mark.parse(JSON.parse(each)));
  const [first] = found;
  if (first === undefined) return null;
  const ledgers = json === null ? null : knownTotal.parse(JSON.parse(json));
  const all = [ledgers, ...found.map(({ seen }) => seen)].filter((each) => each !== null);
  return { reason: first.reason, known: all.toSorted((a, b) => b.at - a.at)[0] ?? null };
}

/** The write by which a pool has been looked at since the break. */
export function breakOverWrite(pool: string): Write {
  return { command: 'DEL', key: keys.broken(pool), args: [] };
}
