import { z } from 'zod';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/** That a provider refused to give anyone another seat, and how the pool stood then. */
const shortage = stored({
  kind: z.enum(['no-seats', 'quota']),
  reason: z.string(),
  at: z.string(),
  total: z.number(),
  assigned: z.number(),
  /** Keys of those who went without, where who waits is all that can be seen to change. */
  who: z.array(z.string()).optional(),
});

export type RememberedShortage = z.infer<typeof shortage>;

/** The last refusal of a pool's provider; null if it has given seats since, or never refused. */
export async function readShortage(store: Store, pool: string): Promise<RememberedShortage | null> {
  const json = await readLedger(() => store.redis.get(keys.shortage(pool)));
  return json === null ? null : shortage.parse(JSON.parse(json));
}

/** The write that remembers a refusal, or forgets the last one. */
export function shortageWrite(pool: string, value: RememberedShortage | null): Write {
  const key = keys.shortage(pool);
  return value === null
    ? { command: 'DEL', key, args: [] }
    : { command: 'SET', key, args: [JSON.stringify(value)] };
}
