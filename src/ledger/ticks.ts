import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { commit, type Expectation, keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/** The last scheduled local time that somebody has taken, of one schedule. */
const takenSchema = stored({
  local: z.string(),
  /** Milliseconds since the epoch: of the scheduled time, not of the taking. */
  at: z.number(),
  /** The run that it started or joined; null for the mark from which a schedule counts. */
  run: z.string().nullable(),
});

export type Taken = z.infer<typeof takenSchema>;

/** A scheduled local time that a process is about to take, against what it saw taken before. */
export interface Tick {
  /** Names the schedule: its expression, zone and pools. */
  readonly schedule: string;
  readonly local: string;
  readonly at: number;
  /** As it stands in the ledger; null if the schedule has never run. */
  readonly before: string | null;
}

/** The conflict of whoever comes second. */
export const TICK_TAKEN = 'scheduled time';

/** What stands in the ledger of a schedule, as text for `Tick.before`, and read. */
export async function readTaken(
  { redis }: Store,
  schedule: string,
): Promise<{ readonly text: string | null; readonly taken: Taken | null }> {
  const text = await readLedger(() => redis.hget(keys.schedule, schedule));
  return { text, taken: text === null ? null : takenSchema.parse(JSON.parse(text)) };
}

/** What must hold and what is written for a tick to be taken: part of the commit that starts its run. */
export function takingOf(tick: Tick, run: string | null): { expect: Expectation; write: Write } {
  const { schedule, local, at, before } = tick;
  const taken: Taken = { local, at, run };
  return {
    expect: { key: keys.schedule, field: schedule, value: before, what: TICK_TAKEN },
    write: { command: 'HSET', key: keys.schedule, args: [schedule, JSON.stringify(taken)] },
  };
}

/** Takes a tick without starting a run. @throws LedgerConflict if somebody else has taken it. */
export async function takeTick(store: Store, tick: Tick, run: string | null): Promise<void> {
  const { expect, write } = takingOf(tick, run);
  await commit(store, { id: `tick:${randomUUID()}`, expect: [expect], writes: [write] });
}
