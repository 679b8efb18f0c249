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

/** Says that a worker lives. */
export async function beat(store: Store, record: WorkerRecord): Promise<void> {
  await readLedger(() => store.redis.hset(keys.workers, record.worker, JSON.stringify(record)));
}

/** Takes a worker off the list: it ended in order. One that was killed stays on it, silent. */
export async function retire(store: Store, worker: string): Promise<void> {
  await readLedger(() => store.redis.hdel(keys.workers, worker));
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
