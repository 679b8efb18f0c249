import { z } from 'zod';
import type { IsoDate, IsoInstant } from '../dates.ts';
import type { Outlook } from '../planning/outlook.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

const outlookSchema = stored({
  /** When it was made. */
  at: z.string(),
  today: z.string(),
  until: z.string(),
  total: z.number(),
  max: z.number().nullable(),
  changes: z.enum(['api', 'manual']),
  steps: z.array(stored({ date: z.string(), needed: z.number() })),
  cohorts: z.array(
    stored({ cohort: z.string(), startsOn: z.string(), endsOn: z.string(), people: z.number() }),
  ),
});

export type StoredOutlook = z.infer<typeof outlookSchema>;

const seatDay = stored({
  total: z.number(),
  assigned: z.number(),
  /** Null where the roster was doubtful. */
  needed: z.number().nullable(),
});

/** A pool at the end of the last run of a day. */
export type SeatDay = z.infer<typeof seatDay>;

/** How seats needed and seats paid go on in a pool, as the last run saw it; null if none has. */
export async function readOutlook(store: Store, pool: string): Promise<StoredOutlook | null> {
  const json = await readLedger(() => store.redis.get(keys.outlook(pool)));
  return json === null ? null : outlookSchema.parse(JSON.parse(json));
}

export function outlookWrite(pool: string, outlook: Outlook, at: IsoInstant): Write {
  return { command: 'SET', key: keys.outlook(pool), args: [JSON.stringify({ at, ...outlook })] };
}

/** What runs have found in a pool on these days; a day without a run is not among them. */
export async function readSeatDays(
  store: Store,
  pool: string,
  dates: readonly IsoDate[],
): Promise<Map<IsoDate, SeatDay>> {
  if (dates.length === 0) return new Map();
  const stored = await readLedger(() => store.redis.hmget(keys.seatDays(pool), ...dates));
  const days = new Map<IsoDate, SeatDay>();
  dates.forEach((date, place) => {
    const json = stored[place];
    if (json !== null && json !== undefined) days.set(date, seatDay.parse(JSON.parse(json)));
  });
  return days;
}

export function seatDayWrite(pool: string, date: IsoDate, day: SeatDay): Write {
  return { command: 'HSET', key: keys.seatDays(pool), args: [date, JSON.stringify(day)] };
}
