import { type ConnectionOptions, type DefaultJobOptions, Queue } from 'bullmq';
import type { Logger } from 'pino';
import { KEY_PREFIX } from './key-prefix.ts';
import { logQueueError } from './outages.ts';

/** The queue of `sync-roster` and `sync-pool`. */
export const SYNC_QUEUE = 'sync';

/** The queue of notifications: a receiver that hangs must not keep a run from its turn. */
export const NOTIFY_QUEUE = 'notify';

/** The queue of the jobs that call a pool's provider: its rate limit is the queue's. */
export function poolQueueName(pool: string): string {
  return `pool-${pool}`;
}

export interface Queues {
  readonly sync: Queue;
  readonly notify: Queue;
  readonly pool: (id: string) => Queue;
  readonly all: readonly Queue[];
  close(): Promise<void>;
}

/**
 * Opens the queues for adding jobs. Jobs on one pool are done one after another, whatever the number of workers and
 * machines, since each starts from what the one before it left at the provider.
 */
export async function openQueues(
  connection: ConnectionOptions,
  pools: readonly string[],
  defaults: DefaultJobOptions,
  log: Logger,
): Promise<Queues> {
  const open = (name: string) => {
    const queue = new Queue(name, { connection, prefix: KEY_PREFIX, defaultJobOptions: defaults });
    queue.on('error', logQueueError(log, name));
    return queue;
  };
  const sync = open(SYNC_QUEUE);
  const notify = open(NOTIFY_QUEUE);
  const byPool = new Map(pools.map((pool) => [pool, open(poolQueueName(pool))]));
  await Promise.all([...byPool.values()].map((queue) => queue.setGlobalConcurrency(1)));
  return {
    sync,
    notify,
    pool: (id) => {
      const queue = byPool.get(id);
      if (queue === undefined) throw new Error(`no queue for pool ${id}`);
      return queue;
    },
    all: [sync, notify, ...byPool.values()],
    close: async () => {
      await Promise.all([sync, notify, ...byPool.values()].map((queue) => queue.close()));
    },
  };
}
