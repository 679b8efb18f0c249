import { z } from 'zod';
import type { Verdict } from '../runs/documents.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';

/** How long, and how many, progress messages of a run are kept. */
const KEEP_SECONDS = 14 * 86_400;
const KEEP_EVENTS = 5_000;

/** One message of a run's progress, for those who watch it. The audit, not this, is the record. */
const runEvent = z.object({
  at: z.string(),
  /** Null is of the run as a whole. */
  pool: z.string().nullable(),
  /** `start`, `roster`, `read`, `plan`, a stage, `verify`, `retry`, `rate-limited`, `take-over`, `failed`, `done`, `end`. */
  step: z.string(),
  text: z.string(),
  /** Steps done and steps in all, where that is known. */
  done: z.number().nullable(),
  of: z.number().nullable(),
  /** Until when is waited, where something is waited for. */
  until: z.string().nullable().default(null),
});

/** The step of the last message of a run. */
export const END = 'end';

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

/** The writes by which a message becomes part of a commit: it is there exactly if what it tells of is. */
export function eventWrites(run: string, event: RunEvent): Write[] {
  const key = keys.runEvents(run);
  return [
    { command: 'XADD', key, args: ['*', 'event', JSON.stringify(event)] },
    { command: 'EXPIRE', key, args: [String(KEEP_SECONDS)] },
  ];
}

/** The message that a run has ended. */
export function endOf(at: string, verdict: Verdict): RunEvent {
  const text = `the run has ended: ${verdict}`;
  return { at, pool: null, step: END, text, done: null, of: null, until: null };
}

/** A message with its place in the run's stream, as `1764312000000-0`. */
export interface PlacedEvent {
  readonly id: string;
  readonly event: RunEvent;
}

/** The messages after an id (`0` for all), oldest first, each with its id; at most `count`. Does not wait. */
export async function eventsAfter(
  store: Store,
  run: string,
  after: string,
  count = KEEP_EVENTS * 2,
): Promise<PlacedEvent[]> {
  const from = after === '0' ? '-' : `(${after}`;
  return placed(await readLedger(() => store.redis.xrange(keys.runEvents(run), from, '+', 'COUNT', count)));
}

/** The latest messages, oldest first. */
export async function latestEvents(store: Store, run: string, count: number): Promise<PlacedEvent[]> {
  const key = keys.runEvents(run);
  const entries = await readLedger(() => store.redis.xrevrange(key, '+', '-', 'COUNT', count));
  return placed(entries.reverse());
}

function placed(entries: readonly (readonly [string, readonly string[]])[]): PlacedEvent[] {
  return entries.map(([id, fields]) => ({ id, event: runEvent.parse(JSON.parse(fields[1] ?? 'null')) }));
}

/** Which of two places in a stream comes first: negative if `a` does. */
export function comparePlaces(a: string, b: string): number {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs - bMs || aSeq - bSeq;
}
