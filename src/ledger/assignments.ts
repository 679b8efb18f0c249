import { z } from 'zod';
import { hashWrites, keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/**
 * One assignment of a pool whose provider can't list them: here the ledger is the state, not a memory of it.
 * - `assigned`: the provider has said so, or a person has.
 * - `assigning`: it was asked to, and its answer never came: they may have a seat or not.
 * - `unassigning`: the same, for giving it back.
 */
const assignment = stored({
  /** As it was sent. */
  grantee: z.string(),
  state: z.enum(['assigned', 'assigning', 'unassigning']),
  /** Since when it is so. */
  at: z.string(),
  /** The run by which it became so; null for what a person has entered. */
  run: z.string().nullable(),
  /** The answer by which it became so: `assign: applied`, `adopted from export.csv`. */
  by: z.string(),
  /** How many answers with counts had come before. */
  after: z.number(),
});

export type Assignment = z.infer<typeof assignment>;
export type Assignments = ReadonlyMap<string, Assignment>;

/** By grantee key. Whoever is not among them has no seat that the ledger knows of. */
export async function readAssignments(store: Store, pool: string): Promise<Map<string, Assignment>> {
  const stored = await readLedger(() => store.redis.hgetall(keys.assignments(pool)));
  return new Map(Object.entries(stored).map(([key, json]) => [key, assignment.parse(JSON.parse(json))]));
}

/** The writes that store assignments; null forgets one. */
export function assignmentWrites(
  pool: string,
  changes: Iterable<readonly [key: string, Assignment | null]>,
): Write[] {
  const all = [...changes];
  const kept = all.flatMap(([key, value]): [string, string][] =>
    value === null ? [] : [[key, JSON.stringify(value)]],
  );
  const gone = all.filter(([, value]) => value === null).map(([key]) => key);
  const hash = keys.assignments(pool);
  const forget: Write[] = gone.length === 0 ? [] : [{ command: 'HDEL', key: hash, args: gone }];
  return [...hashWrites(hash, kept), ...forget];
}

/** How many have a seat by the ledger. Of those in doubt none is among them. */
export function countKnown(assignments: Assignments): number {
  return [...assignments.values()].filter(({ state }) => state === 'assigned').length;
}
