import { percentile } from '../support/cases.ts';
import { BUYING, HEIRS, killAt, POINTS } from '../support/kill-matrix.ts';
import { startTestRedis } from '../support/redis.ts';
import { startSchool, teaches } from '../support/school.ts';
import { noopSeconds } from './noop.ts';
import { atLeast, atMost, information, type Line } from './table.ts';

/** Kills, each at another request of the run. */
const KILLS = 20;
const REQUESTS = 31;

/** The lease of the schools here (seconds); with the default of 30 it is as much longer. */
const LEASE = 1;

const OPERATIONS = 10_000;

/**
 * Each chunk of a hundred people starts with a list of all ten thousand seats (what has changed hands meanwhile is left
 * alone), which costs far more than the jobs do: in a pool of that size there is no coming near to jobs that do nothing.
 */
const LEAST_SHARE = 0.1;

/**
 * From SIGKILL until another worker, already running, goes on with the run (the lease and one look for stalled jobs), and
 * until its end, with what was left to do: a purchase with its event included.
 */
export async function benchRecovery(): Promise<Line[]> {
  const resumptions: number[] = [];
  const recoveries: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const request = 1 + Math.floor((kill * REQUESTS) / KILLS);
    const { reached, resumed, recovery, faults } = await killAt(BUYING, request, POINTS[1], HEIRS[1]);
    if (faults.length > 0) throw new Error(faults.join('; '));
    if (!reached) continue;
    resumptions.push(resumed / 1_000);
    recoveries.push(recovery / 1_000);
  }
  return [
    atMost(
      `from SIGKILL until the run goes on, lease ${LEASE} s: median`,
      percentile(resumptions, 0.5),
      5,
      's',
    ),
    information(`  the same, p99 of ${resumptions.length}`, percentile(resumptions, 0.99), 's'),
    atMost('  until its end: median', percentile(recoveries, 0.5), 10, 's'),
    information('  the same, p99', percentile(recoveries, 0.99), 's'),
  ];
}

/**
 * 10,000 licenses given by two worker processes, from the trigger to the recorded end, set against as many jobs that do
 * nothing, worked on by two processes in the same Redis.
 */
export async function benchTwoWorkers(): Promise<Line[]> {
  const redis = await startTestRedis({ appendfsync: 'always' });
  try {
    const noops = OPERATIONS / (await noopSeconds(redis.url, OPERATIONS, 2));
    const people = Array.from({ length: OPERATIONS }, (_, place) => `p${place}@example.org`);
    await using school = await startSchool({
      redis,
      leaseSeconds: 30,
      salable: { subscriptions: [{ seats: OPERATIONS }] },
      roster: teaches(...people),
    });
    const workers = [await school.worker(), await school.worker()];
    const started = performance.now();
    const run = await school.sync(10 * 60_000);
    const licenses = OPERATIONS / ((performance.now() - started) / 1_000);
    for (const worker of workers) await worker.kill();
    if (run.verdict !== 'in-sync') throw new Error(`the run ended as ${run.verdict}`);
    return [
      atLeast(
        `${OPERATIONS} licenses by two workers: licenses a second, to no-op jobs a second`,
        licenses / noops,
        LEAST_SHARE,
      ),
      information('  licenses assigned a second', licenses),
      information('  no-op jobs a second', noops),
    ];
  } finally {
    await redis.stop();
  }
}
