import { toInstant } from '../dates.ts';
import { readDayCounts } from '../ledger/counts.ts';
import { readGrantees } from '../ledger/grantees.ts';
import { readDecisions } from '../ledger/holds.ts';
import { readIntent } from '../ledger/intents.ts';
import { readBreak } from '../ledger/known-seats.ts';
import { readAssigned, readLastRoster } from '../ledger/last-read.ts';
import { readPeople } from '../ledger/people.ts';
import { readRepeats } from '../ledger/repeats.ts';
import { readShortage } from '../ledger/shortage.ts';
import type { Store } from '../ledger/store.ts';
import type { PoolMemory } from './inputs.ts';

/**
 * What the ledger knows that bears on one pool.
 * @param now milliseconds since the epoch.
 * @throws LedgerError
 */
export async function readMemory(store: Store, pool: string, now: number): Promise<PoolMemory> {
  const [people, grantees, counts, decisions, assignedBefore, lastRoster, shortage, repeats, intent, broken] =
    await Promise.all([
      readPeople(store),
      readGrantees(store, pool),
      readDayCounts(store, pool, now),
      readDecisions(store, pool, toInstant(now)),
      readAssigned(store, pool),
      readLastRoster(store, pool),
      readShortage(store, pool),
      readRepeats(store, pool, now),
      readIntent(store, pool),
      readBreak(store, pool),
    ]);
  return {
    people,
    grantees,
    counts,
    decisions,
    assignedBefore,
    lastRoster,
    shortage,
    repeats,
    intent,
    broken,
  };
}
