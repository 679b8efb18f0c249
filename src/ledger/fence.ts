import { commit, type Expectation, keys, readLedger, type Store } from './store.ts';

/**
 * One execution's right to change a pool. Taking the fence makes every earlier token worthless, so that of two
 * processes that both think that they own a run only the later one can write or send.
 */
export interface Fence {
  readonly pool: string;
  readonly token: string;
}

/** Takes the fence of a pool for this execution. */
export async function takeFence(store: Store, pool: string): Promise<Fence> {
  const token = crypto.randomUUID();
  await commit(store, {
    id: `fence:${pool}:${token}`,
    writes: [{ command: 'SET', key: keys.fence(pool), args: [token] }],
  });
  return { pool, token };
}

/** Add to each commit of the execution: it is refused as soon as another one has taken over. */
export function fenced({ pool, token }: Fence): Expectation {
  return { key: keys.fence(pool), value: token, what: `fence of ${pool}` };
}

/** Whether the fence is still held. */
export async function holdsFence(store: Store, { pool, token }: Fence): Promise<boolean> {
  return (await readLedger(() => store.redis.get(keys.fence(pool)))) === token;
}
