import { z } from 'zod';
import { DAY, HEADER, openWorkspace } from '../cli/workspace.ts';
import { startTestRedis } from '../support/redis.ts';
import { noopSeconds } from './noop.ts';
import { atLeast, information, type Line } from './table.ts';

/** Licenses that one run assigns, and no-op jobs. */
const OPERATIONS = 2_000;

/**
 * An operation is one license assigned. They are done by a real `sync --wait` from the start of the run to its end: the
 * roster is read, the pool is read before and after, every line is in the audit twice. They are set against as many BullMQ
 * jobs that do nothing, in the same Redis (every write on disk), worked on by one process as they are.
 */
export async function benchQueue(): Promise<Line[]> {
  const redis = await startTestRedis({ appendfsync: 'always' });
  try {
    const noop = await noopSeconds(redis.url, OPERATIONS, 1);
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
