import { toInstant } from '../src/dates.ts';
import { isApprovedSince, readDecisions } from '../src/ledger/holds.ts';
import { activeRun, openHeads, type RunHead } from '../src/ledger/runs.ts';
import { isServed, readWorkers, type WorkerRecord } from '../src/ledger/workers.ts';
import { clockOf, type JobContext, poolOf } from './context.ts';
import { endFromBeside, unknownPool } from './fail-pool.ts';
import { endAndNotify } from './notify.ts';
import { triggerSync } from './trigger.ts';

/**
 * Ends what is under way on pools that no worker has any more: one that was taken out of the configuration, or renamed, while
 * its run waited for the jobs of a stage. Nobody works on its queue, so that the run would never end. A pool that a worker
 * which lives may have is left to that one: while processes are replaced one by one, old and new know different pools. And
 * it is ended only at the second look in a row: the only process that has the pool may just be starting again.
 * @param before what the last look found.
 * @param living the workers that live, or may. Default: all that have not ended in order.
 * @returns what this look found and left.
 */
export async function endOrphans(
  context: JobContext,
  before: ReadonlySet<string>,
  living?: readonly WorkerRecord[],
): Promise<ReadonlySet<string>> {
  const { config, store } = context;
  const workers = living ?? (await readWorkers(store));
  const found = new Set<string>();
  for (const head of await openHeads(store)) {
    for (const pool of head.pools) {
      if (poolOf(config, pool) !== undefined || (await activeRun(store, pool)) !== head.run) continue;
      if (await isServed(store, pool, workers)) continue;
      const name = `${head.run}.${pool}`;
      if (before.has(name)) await endFromBeside(context, head, pool, unknownPool(pool));
      else found.add(name);
    }
  }
  return found;
}

/**
 * Ends the runs that are over and were not told so: a process that is killed after a run's last pool has ended, and before
 * the run has, leaves one that nobody is reminded of, since no pool stands under it any more.
 */
export async function endComplete(context: JobContext): Promise<void> {
  for (const head of await openHeads(context.store)) {
    if (await endAndNotify(context, head)) await followApprovals(context, head);
  }
}

/**
 * What was approved while such a run was past it is not left to the next morning either. An approval is used up with its
 * change, so that a run too many finds nothing to do.
 */
async function followApprovals(context: JobContext, head: RunHead): Promise<void> {
  const { config, store } = context;
  const now = clockOf(context, head).now();
  for (const pool of head.pools) {
    if (poolOf(config, pool) === undefined) continue;
    const { approved } = await readDecisions(store, pool, toInstant(now));
    if (!(await isApprovedSince(store, pool, [...approved.keys()], head.startedAt))) continue;
    await triggerSync(context, { by: 'approval', pools: [pool], at: head.clockOffset === 0 ? null : now });
  }
}
