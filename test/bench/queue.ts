import { Queue, Worker } from 'bullmq';
import { z } from 'zod';
import { JOB, type StagePayload } from '../../jobs/payloads.ts';
import { JOB_DEFAULTS } from '../../jobs/policy.ts';
import { forProducers, forWorkers, untilReady } from '../../src/queue/connection.ts';
import { KEY_PREFIX } from '../../src/queue/key-prefix.ts';
import { DAY, HEADER, openWorkspace } from '../cli/workspace.ts';
import { startTestRedis } from '../support/redis.ts';
import { atLeast, information, type Line } from './table.ts';

/** Licenses that one run assigns, and no-op jobs. */
const OPERATIONS = 2_000;

const silent = { info: () => undefined, warn: () => undefined };

/**
 * An operation is one license assigned. They are done by a real `sync --wait` from the start of the run to its end: the
 * roster is read, the pool is read before and after, every line is in the audit twice. They are set against BullMQ jobs
 * that do nothing, added and processed one at a time with the options and the payload of the jobs on licenses, in the
 * same Redis (every write on disk). The brake on jobs a second is left out there: it would only slow down the no-ops.
 */
export async function benchQueue(): Promise<Line[]> {
  const redis = await startTestRedis({ appendfsync: 'always' });
  try {
    const noop = await noopSeconds(redis.url);
    const { seconds, jobs } = await licenseSeconds(redis.url);
    const noopRate = OPERATIONS / noop;
    const licenseRate = OPERATIONS / seconds;
    return [
      atLeast('licenses a second through the queue, to no-op jobs a second', licenseRate / noopRate, 0.7),
      information('  licenses assigned a second', licenseRate),
      information('  no-op jobs a second', noopRate),
      information(
        `  a job on ${OPERATIONS / jobs} licenses with its share of the run`,
        (1000 * seconds) / jobs,
        'ms',
      ),
      information('  a no-op job', (1000 * noop) / OPERATIONS, 'ms'),
    ];
  } finally {
    await redis.stop();
  }
}

async function noopSeconds(url: string): Promise<number> {
  const producer = forProducers({ url }, silent);
  const connection = forWorkers({ url }, silent);
  await untilReady(producer);
  const queue = new Queue('noop', {
    connection: producer,
    prefix: KEY_PREFIX,
    defaultJobOptions: JOB_DEFAULTS,
  });
  await queue.setGlobalConcurrency(1);
  let done = 0;
  const finished = Promise.withResolvers<void>();
  const worker = new Worker(
    'noop',
    async () => {
      done += 1;
      if (done === OPERATIONS) finished.resolve();
    },
    { connection, prefix: KEY_PREFIX, concurrency: 1, lockDuration: 30_000 },
  );
  await worker.waitUntilReady();
  const jobs = Array.from({ length: OPERATIONS }, (_, from) => {
    const data: StagePayload = {
      run: 'r-20261122-060000-k3f9',
      pool: 'noop',
      token: 'none',
      from,
      to: from + 1,
    };
    return { name: JOB.assign, data };
  });
  const started = performance.now();
  await queue.addBulk(jobs);
  await finished.promise;
  await worker.close();
  const seconds = (performance.now() - started) / 1000;
  await queue.close();
  producer.disconnect();
  connection.disconnect();
  return seconds;
}

const result = z.object({
  startedAt: z.string(),
  endedAt: z.string(),
  pools: z.array(z.object({ done: z.object({ assigned: z.array(z.string()) }) })),
});

async function licenseSeconds(url: string): Promise<{ seconds: number; jobs: number }> {
  const rows = Array.from(
    { length: OPERATIONS },
    (_, index) => `p${index}@example.org,P ${index},c,2026-11-24,`,
  );
  await using workspace = await openWorkspace({
    pools: [{ id: 'teaching', seats: OPERATIONS }],
    roster: [HEADER, ...rows],
    settings: `redis: { url: "${url}" }`,
  });
  const outcome = await workspace.run('sync', '--wait', '--at', DAY, '--json');
  const { startedAt, endedAt, pools } = result.parse(outcome.json());
  if (pools[0]?.done.assigned.length !== OPERATIONS)
    throw new Error(`not all were assigned: ${outcome.stdout}`);
  const changes = workspace.sandbox.requests().filter(({ method }) => method === 'PUT').length;
  return { seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000, jobs: changes };
}
