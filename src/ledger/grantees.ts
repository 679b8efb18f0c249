import { z } from 'zod';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

const entitlement = stored({
  person: z.string(),
  name: z.string().nullable(),
  grantee: z.string(),
  cohort: z.string(),
  startsOn: z.string(),
  endsOn: z.string(),
  from: z.string(),
  to: z.string(),
  row: z.number(),
  tab: z.string().optional(),
  canceled: z.boolean(),
});

/** What the ledger knows of one grantee of one pool. */
const grantee = stored({
  grantee: z.string(),
  person: z.string().nullable(),
  lastSeen: z.array(entitlement),
  /** Set while a seat that we assigned has not been taken back. */
  assigned: stored({ run: z.string(), at: z.string() }).nullable(),
});

export type Grantee = z.infer<typeof grantee>;

/** Everyone of a pool whom the roster has listed for it or whom we have assigned, by grantee key. */
export async function readGrantees(store: Store, pool: string): Promise<Map<string, Grantee>> {
  const stored = await readLedger(() => store.redis.hgetall(keys.grantees(pool)));
  return new Map(Object.entries(stored).map(([key, json]) => [key, grantee.parse(JSON.parse(json))]));
}

/** A seat that changed hands: from now on it is ours to take back later, or no longer (rule 5). */
export interface Owned {
  readonly key: string;
  readonly grantee: string;
  readonly assigned: Grantee['assigned'];
}

/** The writes that note whose seats are ours, and whose are not any more. */
export async function ownershipWrites(store: Store, pool: string, all: readonly Owned[]): Promise<Write[]> {
  if (all.length === 0) return [];
  const fields = all.map(({ key }) => key);
  const stored = await readLedger(() => store.redis.hmget(keys.grantees(pool), ...fields));
  return all.map(({ key, grantee: name, assigned }, index) => {
    const json = stored[index] ?? null;
    const nobody = { grantee: name, person: null, lastSeen: [] };
    const known = json === null ? nobody : grantee.parse(JSON.parse(json));
    return granteeWrite(pool, key, { ...known, assigned });
  });
}

/** The write that stores one grantee whole. */
export function granteeWrite(pool: string, key: string, value: Grantee): Write {
  return { command: 'HSET', key: keys.grantees(pool), args: [key, JSON.stringify(value)] };
}
