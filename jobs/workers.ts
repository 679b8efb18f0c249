import { DelayedError, type Job, Worker, type WorkerOptions } from 'bullmq';
import type { Config } from '../config/schema.ts';
import { messageOf } from '../src/errors.ts';
import type { RedisClient } from '../src/queue/connection.ts';
import { KEY_PREFIX } from '../src/queue/key-prefix.ts';
import { logQueueError } from '../src/queue/outages.ts';
import { NOTIFY_QUEUE, poolQueueName, SYNC_QUEUE } from '../src/queue/queues.ts';
import { announceRetry, announceTakeOver } from './announce-retry.ts';
import { contextOf, type JobContext } from './context.ts';
import { MAX_STARTS, nextTry } from './policy.ts';
import { runTask } from './run-task.ts';
import type { Stop, Task } from './task.ts';
import { startWatch } from './watch.ts';

export interface Workers {
  /** Stops taking jobs, lets those under way finish within `deadline` milliseconds, and then breaks them off. */
  close(deadline: number): Promise<void>;
}

/**
 * Jobs on one pool that all workers together start in a while: a brake for whatever else goes wrong, far above what a
 * run needs (milliseconds). Needed also for a rate limit of the queue to be honored by all of them.
 */
const CALL_LIMIT = { max: 100, duration: 1_000 } as const;

/** How long a job put back at shutdown waits for another worker (milliseconds). */
const HAND_BACK_DELAY = 50;

/**
 * Starts the workers of this process: one for the runs, one for each pool. Any number of processes may do so; what must
 * not happen twice at once is kept apart by the queues and by the ledger's fence.
 * @param connect makes a connection for a worker (`maxRetriesPerRequest: null`); the workers close theirs.
 */
export function startWorkers(context: JobContext, connect: () => RedisClient): Workers {
  const waits = new AbortController();
  const calls = new AbortController();
  const stop: Stop = { waits: waits.signal, calls: calls.signal };
  const connections: RedisClient[] = [];
  const lease = context.config.queue.leaseSeconds * 1_000;
  const start = (name: string, concurrency: number, pool: string | null = null) => {
    const connection = connect();
    connections.push(connection);
    const options: WorkerOptions = {
      ...(name === SYNC_QUEUE ? {} : { limiter: CALL_LIMIT }),
      connection,
      prefix: KEY_PREFIX,
      concurrency,
      lockDuration: lease,
      // The work of a killed process is taken up within the lease and one of these.
      stalledInterval: Math.max(500, Math.round(lease / 3)),
      maxStalledCount: MAX_STARTS,
      maxStartedAttempts: MAX_STARTS,
      settings: {
        backoffStrategy: async (attempts, _type, cause, job) => {
          const next = nextTry(cause, attempts, context.clock.now(), context.random());
          if (next.kind !== 'soon') return -1;
          const delay = Math.max(1, Math.round(next.delay));
          if (name !== NOTIFY_QUEUE) await announceRetry(context, job?.data, cause, attempts, delay);
          return delay;
        },
      },
    };
    const process = (job: Job, token?: string) => perform(job, token, context, stop);
    const worker = new Worker(name, process, options);
    worker.on('error', logQueueError(context.log, name));
    worker.on('stalled', (job) => {
      if (name !== NOTIFY_QUEUE) void announceTakeOver(context, job, pool);
    });
    worker.on('failed', (job, err) => {
      contextOf(context, job?.data).log.error(
        { queue: name, job: job?.id, name: job?.name, err },
        'a job failed',
      );
    });
    return worker;
  };
  const workers = [
    start(SYNC_QUEUE, context.config.pools.length + 1),
    ...(tellsOthers(context.config) ? [start(NOTIFY_QUEUE, 4)] : []),
    ...context.config.pools.map((pool) => start(poolQueueName(pool.id), 1, pool.id)),
  ];
  const watch = startWatch(context);
  return {
    close: async (deadline) => {
      const closed = closeAll(workers, connections, calls, deadline);
      // Waits are broken off at once; calls in flight have until the deadline.
      waits.abort();
      await watch.close();
      await closed;
    },
  };
}

/** Whether there is anybody outside to be told of runs. */
function tellsOthers({ notify, heartbeat }: Config): boolean {
  return notify.length > 0 || heartbeat !== undefined;
}

/** Runs one job. At shutdown it goes back to the queue. */
async function perform(job: Job, token: string | undefined, context: JobContext, stop: Stop): Promise<void> {
  try {
    await runTask(taskOf(job, token), context, stop);
  } catch (cause) {
    if (stop.waits.aborted && isAbort(cause)) {
      await job.moveToDelayed(context.clock.now() + HAND_BACK_DELAY, token);
      throw new DelayedError();
    }
    throw cause;
  }
}

function taskOf(job: Job, token: string | undefined): Task {
  const id = String(job.id);
  return {
    id,
    name: job.name,
    data: job.data,
    attemptsMade: job.attemptsMade,
    attemptsStarted: job.attemptsStarted,
    parent: { id, queue: job.queueQualifiedName },
    waitForChildren: () => {
      if (token === undefined) throw new Error('a job without a lock can not wait for others');
      return job.moveToWaitingChildren(token);
    },
  };
}

function isAbort(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'AbortError' || /abort/i.test(messageOf(cause)));
}

async function closeAll(
  workers: readonly Worker[],
  connections: readonly RedisClient[],
  calls: AbortController,
  deadline: number,
): Promise<void> {
  const drained = Promise.all(workers.map((worker) => worker.close()));
  const timer = setTimeout(() => calls.abort(), deadline);
  // A worker without Redis never closes by itself (measured with BullMQ 6.7): it is cut off a little later.
  const cut = new Promise<void>((resolve) => {
    setTimeout(() => {
      void Promise.all(workers.map((worker) => worker.close(true))).then(() => resolve());
    }, deadline + 5_000).unref();
  });
  await Promise.race([drained, cut]);
  clearTimeout(timer);
  for (const connection of connections) connection.disconnect();
}
