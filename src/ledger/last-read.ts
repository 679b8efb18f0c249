import { z } from 'zod';
import type { RosterSummary } from '../planning/suspect-roster.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

const summary = stored({
  entries: z.array(
    stored({
      person: z.string(),
      grantee: z.string(),
      cohort: z.string(),
      startsOn: z.string(),
      to: z.string(),
    }),
  ),
});

/** Seats assigned in a pool at the end of the last run; null if none has ended. */
export async function readAssigned(store: Store, pool: string): Promise<number | null> {
  const text = await readLedger(() => store.redis.hget(keys.lastRead(pool), 'assigned'));
  return text === null ? null : z.coerce.number().parse(text);
}

/** What the last roster that was believed gave this pool; null if none was. */
export async function readLastRoster(store: Store, pool: string): Promise<RosterSummary | null> {
  const json = await readLedger(() => store.redis.hget(keys.lastRead(pool), 'roster'));
  return json === null ? null : summary.parse(JSON.parse(json));
}

/** The write that keeps what was read and believed, for the next reading to be held against. Null leaves a part as it was. */
export function lastReadWrites(
  pool: string,
  read: { readonly assigned: number | null; readonly roster: RosterSummary | null },
): Write[] {
  const args = [
    ...(read.assigned === null ? [] : ['assigned', String(read.assigned)]),
    ...(read.roster === null ? [] : ['roster', JSON.stringify(read.roster)]),
  ];
  return args.length === 0 ? [] : [{ command: 'HSET', key: keys.lastRead(pool), args }];
}
