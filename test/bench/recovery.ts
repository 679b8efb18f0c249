import { percentile } from '../support/cases.ts';
import { BUYING, HEIRS, killAt, POINTS } from '../support/kill-matrix.ts';
import { startSchool, teaches } from '../support/school.ts';
import { atMost, information, type Line } from './table.ts';

/** Kills, each at another request of the run. */
const KILLS = 20;
const REQUESTS = 31;

/** The lease of the schools here (seconds); with the default of 30 it is as much longer. */
const LEASE = 1;

const OPERATIONS = 10_000;

/**
 * From SIGKILL to the end of the run, another worker being there: the lease, one look for stalled jobs, and what was left
 * to do, a purchase with its event included.
 */
export async function benchRecovery(): Promise<Line[]> {
  const times: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const request = 1 + Math.floor((kill * REQUESTS) / KILLS);
    const { recovery, faults } = await killAt(BUYING, request, POINTS[1], HEIRS[1]);
    if (faults.length > 0) throw new Error(faults.join('; '));
    times.push(recovery / 1_000);
  }
  return [
    atMost(`from SIGKILL to the end of the run, lease ${LEASE} s: median`, percentile(times, 0.5), 10, 's'),
    information(`  the same, slowest of ${KILLS}`, percentile(times, 0.99), 's'),
  ];
}

/** 10,000 licenses given by two worker processes, from the trigger to the recorded end. Licenses a second. */
export async function benchTwoWorkers(): Promise<Line[]> {
  const people = Array.from({ length: OPERATIONS }, (_, place) => `p${place}@example.org`);
  await using school = await startSchool({
    leaseSeconds: 30,
    salable: { subscriptions: [{ seats: OPERATIONS }] },
    roster: teaches(...people),
  });
  const workers = [await school.worker(), await school.worker()];
  const started = performance.now();
  const run = await school.sync(10 * 60_000);
  const seconds = (performance.now() - started) / 1_000;
  for (const worker of workers) await worker.kill();
  if (run.verdict !== 'in-sync') throw new Error(`the run ended as ${run.verdict}`);
  return [information(`${OPERATIONS} licenses by two workers, a second`, OPERATIONS / seconds)];
}
