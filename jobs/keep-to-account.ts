import { accountHash } from '../config/pools.ts';
import type { PoolConfig } from '../config/schema.ts';
import { readAssignedAt, takeAssignedAt } from '../src/ledger/assigned-at.ts';
import { readAssignments } from '../src/ledger/assignments.ts';
import type { Fence } from '../src/ledger/fence.ts';
import { checkNotMoved } from '../src/runs/moved-pool.ts';
import type { JobContext } from './context.ts';

/**
 * Notes at which account the people of a pool are that can't be read: the ledger alone knows them, by the pool's id.
 * @throws MovedPoolError if some are assigned at another account than the pool has now.
 */
export async function keepToAccount(context: JobContext, fence: Fence, pool: PoolConfig): Promise<void> {
  if (context.providerOf(pool).capabilities.listsHolders) return;
  const account = accountHash(pool);
  const before = await readAssignedAt(context.store, pool.id);
  if (before === account) return;
  checkNotMoved(pool, before, (await readAssignments(context.store, pool.id)).size);
  await takeAssignedAt(context.store, fence, before, account);
}
