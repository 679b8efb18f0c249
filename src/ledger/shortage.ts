import { z } from 'zod';
import { fromInstant } from '../dates.ts';
import type { Shortage } from '../planning/by-hand.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';

/** That a provider refused to give anyone another seat, and how the pool stood then. */
const shortage = z.strictObject({
  kind: z.enum(['no-seats', 'quota']),
  reason: z.string(),
  at: z.string(),
  total: z.number(),
  assigned: z.number(),
  /** Keys of those who went without, where who waits is all that can be seen to change. */
  who: z.array(z.string()).optional(),
});

export type RememberedShortage = z.infer<typeof shortage>;

/** After this long it is tried again even where nothing can be seen to have changed (milliseconds). */
const TRY_AGAIN = 20 * 3_600_000;

/** The last refusal of a pool's provider; null if it has given seats since, or never refused. */
export async function readShortage(store: Store, pool: string): Promise<RememberedShortage | null> {
  const json = await readLedger(() => store.redis.get(keys.shortage(pool)));
  return json === null ? null : shortage.parse(JSON.parse(json));
}

/**
 * Whether the refusal still stands: until the pool is seen to have more seats or, where none were left, fewer holders or
 * (where `who` waits is given) other people waiting; and for a day at most.
 * @param now milliseconds since the epoch.
 */
export function standingShortage(
  remembered: RememberedShortage | null,
  seen: { readonly total: number; readonly assigned: number; readonly who?: readonly string[] | undefined },
  now: number,
): Shortage | null {
  if (remembered === null) return null;
  const { kind, reason, at } = remembered;
  const others = seen.who !== undefined && seen.who.join('\n') !== remembered.who?.join('\n');
  const changed =
    kind === 'no-seats' && (seen.total !== remembered.total || seen.assigned < remembered.assigned || others);
  // Seats that were never assigned to anyone are not moved: more of them help against a quota too.
  const more = seen.total > remembered.total;
  return changed || more || now - fromInstant(at) > TRY_AGAIN ? null : { kind, reason };
}

/** The write that remembers a refusal, or forgets the last one. */
export function shortageWrite(pool: string, value: RememberedShortage | null): Write {
  const key = keys.shortage(pool);
  return value === null
    ? { command: 'DEL', key, args: [] }
    : { command: 'SET', key, args: [JSON.stringify(value)] };
}
