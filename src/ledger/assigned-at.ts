import { type Fence, fenced } from './fence.ts';
import { shortageWrite } from './shortage.ts';
import { commit, keys, readLedger, type Store } from './store.ts';

/**
 * At which account those are assigned whom the ledger alone knows. They are kept by the pool's id, so that a pool which is
 * moved to another account must not take them for assigned there.
 */

/** @returns a hash; null where the pool was never worked on, or by older versions only. */
export function readAssignedAt(store: Store, pool: string): Promise<string | null> {
  return readLedger(() => store.redis.get(keys.assignedAt(pool)));
}

/**
 * From now on whoever is assigned in the fence's pool is so at this account. What another one has told is forgotten.
 * @param before as `readAssignedAt` told it. @param account a hash.
 * @throws LedgerConflict if another execution has taken over, or somebody has told otherwise meanwhile.
 */
export async function takeAssignedAt(
  store: Store,
  fence: Fence,
  before: string | null,
  account: string,
): Promise<void> {
  const { pool, token } = fence;
  const key = keys.assignedAt(pool);
  const forget =
    before === null
      ? []
      : [{ command: 'DEL' as const, key: keys.account(pool), args: [] }, shortageWrite(pool, null)];
  await commit(store, {
    id: `assigned-at:${pool}:${account}:${token}`,
    expect: [fenced(fence), { key, value: before, what: `account of ${pool}` }],
    writes: [{ command: 'SET', key, args: [account] }, ...forget],
  });
}
