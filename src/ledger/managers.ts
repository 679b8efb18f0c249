import { countedUnder } from './counts.ts';
import { type Fence, fenced } from './fence.ts';
import { commit, keys, readLedger, type Store } from './store.ts';

/**
 * By which pool id each account was last managed. What is open at an account is kept by the pool's id, so that a pool which
 * gets another id must not begin as if nothing were on its way.
 */

/** @param account a hash. */
export function readManager(store: Store, account: string): Promise<string | null> {
  return readLedger(() => store.redis.hget(keys.managers, account));
}

/**
 * From now on the account is managed by the fence's pool.
 * What was bought under the id before goes on counting against the day's cap.
 * @param before as `readManager` told it. @param now milliseconds since the epoch.
 * @throws LedgerConflict if somebody else has taken it meanwhile, or a change of seats is open under the id before.
 */
export async function takeAccount(
  store: Store,
  fence: Fence,
  account: string,
  before: string | null,
  now: number,
): Promise<void> {
  const open =
    before === null ? [] : [{ key: keys.intent(before), value: null, what: `intent of ${before}` }];
  const counted = before === null ? [] : await countedUnder(store, before, fence.pool, now);
  await commit(store, {
    id: `manager:${account}:${fence.token}`,
    expect: [
      fenced(fence),
      { key: keys.managers, field: account, value: before, what: 'manager of an account' },
      ...open,
    ],
    writes: [{ command: 'HSET', key: keys.managers, args: [account, fence.pool] }, ...counted],
  });
}
