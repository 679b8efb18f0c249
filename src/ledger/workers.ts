import { z } from 'zod';
import { fromInstant } from '../dates.ts';
import type { Timer } from '../timer.ts';
import { keys, readLedger, type Store } from './store.ts';
import { stored } from './stored.ts';

/** A process that works on jobs, as it last said of itself. */
const workerSchema = stored({
  worker: z.string(),
  host: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  /** When it last said that it lives. */
  beatAt: z.string(),
  /** After this long without a word it counts as silent (seconds). */
  silentAfter: z.number(),
});

export type WorkerRecord = z.infer<typeof workerSchema>;

/** Says that a worker lives. @param pools those that its configuration has. */
export async function beat(store: Store, record: WorkerRecord, pools: readonly string[]): Promise<void> {
  await readLedger(() => store.redis.hset(keys.workerPools, record.worker, JSON.stringify(pools)));
  await readLedger(() => store.redis.hset(keys.workers, record.worker, JSON.stringify(record)));
}

/** Takes a worker off the list: it ended in order. One that was killed stays on it, silent. */
export async function retire(store: Store, worker: string): Promise<void> {
  await readLedger(() => store.redis.hdel(keys.workers, worker));
  await readLedger(() => store.redis.hdel(keys.workerPools, worker));
}

/** Whether one of these workers may have a pool. Of one of an older version that is not known. */
export async function isServed(
  store: Store,
  pool: string,
  living: readonly WorkerRecord[],
): Promise<boolean> {
  const served = await readLedger(() => store.redis.hgetall(keys.workerPools));
  return living.some(({ worker }) => {
    const json = served[worker];
    return json === undefined || z.array(z.string()).parse(JSON.parse(json)).includes(pool);
  });
}

/** A worker is silent after so many beats have been missed. */
export const MISSED_BEATS = 3;

export interface Lookout {
  /** Looks once more. @returns the workers that live, or may. */
  look(store: Store): Promise<WorkerRecord[]>;
}

/**
 * Tells which workers live for whoever is about to take their work away: no clock is compared with another, since that of one
 * of two machines may be minutes ahead. A worker lives until its beat has not changed, look after look, for as long as it says
 * itself, by this process's own timer. Whoever has only begun to look takes every worker for living.
 */
export function lookOut({ elapsed }: Pick<Timer, 'elapsed'>): Lookout {
  let seen: ReadonlyMap<string, { readonly beatAt: string; readonly silence: number }> = new Map();
  let last = elapsed();
  return {
    look: async (store) => {
      const records = await readWorkers(store);
      const now = elapsed();
      const since = now - last;
      last = now;
      const silenceOf = ({ worker, beatAt, silentAfter }: WorkerRecord) => {
        const before = seen.get(worker);
        if (before?.beatAt !== beatAt) return 0;
        // One beat a look at most: this process may have stood still, or Redis been away for all of them alike.
        return before.silence + Math.min(since, (silentAfter * 1_000) / MISSED_BEATS);
      };
      seen = new Map(
        records.map((record) => [record.worker, { beatAt: record.beatAt, silence: silenceOf(record) }]),
      );
      return records.filter(({ worker, silentAfter }) => {
        const silence = seen.get(worker)?.silence ?? 0;
        return silence < silentAfter * 1_000;
      });
    },
  };
}

/** All workers that have not ended in order, the silent ones too. */
export async function readWorkers(store: Store): Promise<WorkerRecord[]> {
  const stored = await readLedger(() => store.redis.hgetall(keys.workers));
  return Object.values(stored).map((json) => workerSchema.parse(JSON.parse(json)));
}

/** Whether a worker has been heard of in time, to be told to people: it is as good as the clocks agree. @param now milliseconds since the epoch. */
export function isAlive({ beatAt, silentAfter }: WorkerRecord, now: number): boolean {
  return now - fromInstant(beatAt) <= silentAfter * 1_000;
}
