import { z } from 'zod';
import type { Roster } from '../roster/types.ts';
import { keys, readLedger, type Store } from './store.ts';
import { parseStored, stored } from './stored.ts';

/** How long the roster that a run has read is kept (seconds): longer than any run waits for its retries. */
const KEEP_SECONDS = 14 * 86_400;

const rosterSchema = stored({
  rows: z.array(
    stored({
      row: z.number(),
      tab: z.string().optional(),
      email: z.string(),
      name: z.string().nullable(),
      cohort: z.string(),
      startsOn: z.string(),
      endsOn: z.string(),
      pools: z.array(z.string()).nullable(),
      canceled: z.boolean(),
      granteeIds: z.record(z.string(), z.string()),
    }),
  ),
  problems: z.array(
    stored({
      row: z.number(),
      tab: z.string().optional(),
      column: z.string(),
      value: z.string(),
      problem: z.string(),
      email: z.string().nullable(),
      name: z.string().nullable(),
    }),
  ),
  rowCount: z.number(),
  blankCount: z.number(),
  hash: z.string(),
  location: z.string(),
  readAt: z.string(),
});

/** Keeps the roster as a run has first read it, so that all its pools act on one reading. */
export async function storeRoster(store: Store, run: string, roster: Roster): Promise<void> {
  await readLedger(() =>
    store.redis.set(keys.runRoster(run), JSON.stringify(roster), 'EX', KEEP_SECONDS, 'NX'),
  );
}

/** The roster that a run has read; null if it has not yet. @throws OtherVersionError */
export async function loadRoster(store: Store, run: string): Promise<Roster | null> {
  const json = await readLedger(() => store.redis.get(keys.runRoster(run)));
  return json === null ? null : parseStored(rosterSchema, json, `the roster that run ${run} has read`);
}
