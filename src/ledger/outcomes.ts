import type { IsoInstant } from '../dates.ts';
import type { PoolResultDocument, Verdict } from '../runs/documents.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';

/** How a pool last fared. */
export interface Outcome {
  /** The last run that ended its work on the pool; null if none has. */
  readonly run: string | null;
  /** When a run last ended without a failure of the pool; held and waiting are none. */
  readonly successAt: IsoInstant | null;
}

/** The write that remembers how a run's work on a pool ended. */
export function outcomeWrite(run: string, { pool, verdict }: PoolResultDocument, at: IsoInstant): Write {
  const success = verdict === 'failed' ? [] : [`success:${pool}`, at];
  return { command: 'HSET', key: keys.outcomes, args: [`run:${pool}`, run, ...success] };
}

/** How the pools last fared, in the order given. */
export async function readPoolOutcomes({ redis }: Store, pools: readonly string[]): Promise<Outcome[]> {
  const stored = await readLedger(() => redis.hgetall(keys.outcomes));
  return pools.map((pool) => ({
    run: stored[`run:${pool}`] ?? null,
    successAt: stored[`success:${pool}`] ?? null,
  }));
}

/** The write that counts a run which has ended. */
export function runCountWrite(verdict: Verdict): Write {
  return { command: 'HINCRBY', key: keys.counters, args: [`runs:${verdict}`, '1'] };
}
