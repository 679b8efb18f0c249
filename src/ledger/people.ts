import { z } from 'zod';
import type { IsoInstant } from '../dates.ts';
import type { Roster, RosterRow } from '../roster/types.ts';
import { commit, hashWrites, keys, readLedger, type Store } from './store.ts';
import { stored } from './stored.ts';

/** A person whom the roster has listed at some time. */
const person = stored({
  email: z.string(),
  name: z.string().nullable(),
  granteeIds: z.record(z.string(), z.string()),
  firstSeenAt: z.string(),
});

export type Person = z.infer<typeof person>;

/** Everyone whom the roster has ever listed, by email. They stay known when their rows are gone (rule 5). */
export async function readPeople(store: Store): Promise<Map<string, Person>> {
  const stored = await readLedger(() => store.redis.hgetall(keys.people));
  return new Map(Object.entries(stored).map(([email, json]) => [email, person.parse(JSON.parse(json))]));
}

/** Takes the people of a roster into the ledger. Writes only what is new or has changed. */
export async function recordPeople(
  store: Store,
  run: string,
  roster: Roster,
  now: IsoInstant,
): Promise<void> {
  const known = await readPeople(store);
  const changed = new Map<string, string>();
  for (const row of roster.rows) {
    const before = known.get(row.email);
    const after = merged(before, row, now);
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    known.set(row.email, after);
    changed.set(row.email, JSON.stringify(after));
  }
  if (changed.size === 0) return;
  await commit(store, { id: `people:${run}:${roster.hash}`, writes: hashWrites(keys.people, changed) });
}

function merged(before: Person | undefined, row: RosterRow, now: IsoInstant): Person {
  return {
    ...before,
    email: row.email,
    name: row.name ?? before?.name ?? null,
    granteeIds: { ...before?.granteeIds, ...row.granteeIds },
    firstSeenAt: before?.firstSeenAt ?? now,
  };
}
