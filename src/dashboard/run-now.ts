import { readCircuit } from '../ledger/circuit.ts';
import { latestEvents } from '../ledger/events.ts';
import type { StoredRun } from '../ledger/runs.ts';
import { readWorkers } from '../ledger/workers.ts';
import { shortestLease } from '../queue/lease.ts';
import { type PoolFacts, type Whereabouts, whereabouts } from '../runs/whereabouts.ts';
import type { DashboardDeps } from './deps.ts';

/** Messages that are looked through for the last one of each pool. */
const LOOKED_THROUGH = 200;

type Parts = Pick<DashboardDeps, 'config' | 'context' | 'queues'>;

/** Where each pool is of a run that goes on; nothing of one that has ended. @throws LedgerError */
export async function readWhereabouts(
  { config, context, queues }: Parts,
  { head, document }: StoredRun,
): Promise<Whereabouts[]> {
  if (document.endedAt !== null) return [];
  const { store, clock } = context;
  const ended = new Set(document.pools.map(({ pool }) => pool));
  const open = head.pools.filter((pool) => !ended.has(pool));
  const [events, workers, pools] = await Promise.all([
    latestEvents(store, head.run, LOOKED_THROUGH),
    readWorkers(store),
    Promise.all(open.map((pool) => factsOf({ config, context, queues }, head.run, pool))),
  ]);
  const { timeZone, queue } = config;
  return whereabouts({
    ...{ events, workers, pools, timeZone },
    now: clock.now(),
    lease: queue.leaseSeconds * 1_000,
  });
}

async function factsOf({ config, context, queues }: Parts, run: string, pool: string): Promise<PoolFacts> {
  const { redis } = context.store;
  const own = config.pools.some(({ id }) => id === pool) ? queues.pool(pool) : null;
  const [circuit, runs, calls] = await Promise.all([
    readCircuit(context.store, pool),
    shortestLease(queues.sync, redis, (id) => id === run || id === `${run}.${pool}`),
    own === null ? null : shortestLease(own, redis, (id) => id.startsWith(`${run}.`)),
  ]);
  const leases = [runs, calls].filter((lease) => lease !== null);
  return { pool, restMs: circuit.restMs, leaseMs: leases.length === 0 ? null : Math.min(...leases) };
}
