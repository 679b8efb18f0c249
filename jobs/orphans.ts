import { activeRun, openHeads } from '../src/ledger/runs.ts';
import { isServed, readWorkers, type WorkerRecord } from '../src/ledger/workers.ts';
import { type JobContext, poolOf } from './context.ts';
import { endFromBeside, unknownPool } from './fail-pool.ts';

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
