import { z } from 'zod';
import { fromInstant, type IsoInstant } from '../dates.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/** After the third reversal a change is not made again until a person says so (rule 18). */
const REVERSALS = 3;

/** A change that was last made longer ago than this is no quarrel (milliseconds). */
const FORGOTTEN_MS = 30 * 86_400_000;

/**
 * What we last did to a person's seat, or to the total, and how often we did it again although we had not undone it
 * ourselves: somebody else had.
 */
const repeat = stored({
  action: z.enum(['unassign', 'increment', 'assign', 'decrement']),
  /** Times that it was done again. */
  again: z.number(),
  /** For the total: what it was changed to. */
  total: z.number().nullable(),
  at: z.string(),
});

export type Repeat = z.infer<typeof repeat>;
export type Repeats = ReadonlyMap<string, Repeat>;

/** The name of the pool's total among the repeats; a grantee goes by the key, which is never this. */
export const TOTAL = ' total';

export async function readRepeats(store: Store, pool: string, now: number): Promise<Repeats> {
  const stored = await readLedger(() => store.redis.hgetall(keys.repeats(pool)));
  const parsed = Object.entries(stored).map(([key, json]) => [key, repeat.parse(JSON.parse(json))] as const);
  return new Map(parsed.filter(([, { at }]) => now - fromInstant(at) < FORGOTTEN_MS));
}

/** One change that was made and seen. `observed` and `total` are of changes of the total. */
export interface Made {
  readonly key: string;
  readonly action: Repeat['action'];
  readonly observed?: number;
  readonly total?: number;
}

/** The writes that remember changes that were made. */
export function repeatWrites(pool: string, before: Repeats, made: readonly Made[], at: IsoInstant): Write[] {
  const args = made.flatMap((change) => {
    const last = before.get(change.key);
    const times = isReversed(last, change) ? (last?.again ?? 0) + 1 : 0;
    // Beyond the last one that is made without asking, a person has: the count starts anew.
    const again = times >= REVERSALS ? 0 : times;
    const value: Repeat = { action: change.action, again, total: change.total ?? null, at };
    return [change.key, JSON.stringify(value)];
  });
  return args.length === 0 ? [] : [{ command: 'HSET', key: keys.repeats(pool), args }];
}

/** Whether making this change would be taking up what somebody has reversed so often that it is a quarrel. */
export function isQuarrel(before: Repeats, change: Made): boolean {
  const last = before.get(change.key);
  return isReversed(last, change) && (last?.again ?? 0) + 1 >= REVERSALS;
}

function isReversed(last: Repeat | undefined, { action, observed }: Made): boolean {
  if (last?.action !== action) return false;
  if (last.total === null || observed === undefined) return true;
  // Buying more than before is growth; buying what was bought before is a reversal.
  return action === 'increment' ? observed < last.total : observed > last.total;
}
