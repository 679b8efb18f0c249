import { z } from 'zod';
import { fromInstant } from '../dates.ts';
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

/** Whether a worker that lives may have a pool. Of one of an older version that is not known. @param now milliseconds since the epoch. */
export async function isServed(store: Store, pool: string, now: number): Promise<boolean> {
  const alive = (await readWorkers(store)).filter((worker) => isAlive(worker, now));
  const served = await readLedger(() => store.redis.hgetall(keys.workerPools));
  return alive.some(({ worker }) => {
    const json = served[worker];
    return json === undefined || z.array(z.string()).parse(JSON.parse(json)).includes(pool);
  });
}

/** All workers that have not ended in order, the silent ones too. */
export async function readWorkers(store: Store): Promise<WorkerRecord[]> {
  const stored = await readLedger(() => store.redis.hgetall(keys.workers));
  return Object.values(stored).map((json) => workerSchema.parse(JSON.parse(json)));
}

/** Whether a worker has been heard of in time. @param now milliseconds since the epoch. */
export function isAlive({ beatAt, silentAfter }: WorkerRecord, now: number): boolean {
  return now - fromInstant(beatAt) <= silentAfter * 1_000;
}
