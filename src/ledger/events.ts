import { z } from 'zod';
import { keys, readLedger, type Store } from './store.ts';

/** How long, and how many, progress messages of a run are kept. */
const KEEP_SECONDS = 14 * 86_400;
const KEEP_EVENTS = 5_000;

/** One message of a run's progress, for those who watch it. The audit, not this, is the record. */
const runEvent = z.strictObject({
  at: z.string(),
  pool: z.string().nullable(),
  /** As `unassign`, `read`, `retry`. */
  step: z.string(),
  text: z.string(),
  /** Steps done and steps in all, where that is known. */
  done: z.number().nullable(),
  of: z.number().nullable(),
});

export type RunEvent = z.infer<typeof runEvent>;

/** Publishes progress. A failure to do so stops nothing: it is told to `onError`. */
export async function publish(
  store: Store,
  run: string,
  event: RunEvent,
  onError: (cause: unknown) => void,
): Promise<void> {
  const key = keys.runEvents(run);
  try {
    await store.redis.xadd(key, 'MAXLEN', '~', KEEP_EVENTS, '*', 'event', JSON.stringify(event));
    await store.redis.expire(key, KEEP_SECONDS);
  } catch (cause) {
    onError(cause);
  }
}

/** The messages after an id (`0` for all), oldest first, each with its id. Does not wait. */
export async function eventsAfter(
  store: Store,
  run: string,
  after: string,
): Promise<{ readonly id: string; readonly event: RunEvent }[]> {
  const entries = await readLedger(() =>
    store.redis.xrange(keys.runEvents(run), after === '0' ? '-' : `(${after}`, '+'),
  );
  return entries.map(([id, fields]) => ({ id, event: runEvent.parse(JSON.parse(fields[1] ?? 'null')) }));
}
