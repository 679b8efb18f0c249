import { fromInstant, zonedText } from '../src/dates.ts';
import { loadRoster } from '../src/ledger/roster.ts';
import type { RunHead } from '../src/ledger/runs.ts';
import type { Roster } from '../src/roster/types.ts';
import type { FailureDocument } from '../src/runs/documents.ts';
import { clockOf, type JobContext } from './context.ts';

/**
 * A run reads the roster once. If its process dies and the machine is back after the weekend, somebody may have edited the
 * roster meanwhile, and what the run read would take the seat from one who teaches again. So it is not gone on with after
 * this long (milliseconds). A run that nobody interrupts takes minutes, and one that waits for a purchase to settle not much
 * longer: what is older than this was read on another day's work. A purchase that is still open is followed by the new run.
 */
const OLDEST_ROSTER_MS = 6 * 60 * 60 * 1_000;

/** How a pool's part of a run ends that must not be gone on with. */
export interface OutOfDate {
  readonly error: FailureDocument;
  /** When a new run reads the roster anew (milliseconds since the epoch); null where none starts by itself. */
  readonly retryAt: number | null;
}

/** What to say of a run that is gone on with when its roster is too old to decide anything by; null while it is not. */
export function outOfDate(
  context: JobContext,
  head: RunHead,
  pool: string,
  { readAt }: Roster,
): OutOfDate | null {
  if (!isTooOld(context, head, readAt)) return null;
  const read = zonedText(fromInstant(readAt), context.config.timeZone);
  const message = `Pool ${pool}: run ${head.run} is gone on with more than 6 hours after it began; the roster that it read is from ${read}. Nothing more was done by that roster.`;
  // Runs as of another moment leave no retries behind.
  if (head.clockOffset !== 0)
    return { error: { message, advice: 'Start it again: it reads the roster anew.' }, retryAt: null };
  const advice = 'Nothing to do: a new run starts by itself, reads the roster anew and does what is left.';
  // Not before the lease is over: a run that starts while this one has not quite ended would join it, and be gone with it.
  const retryAt = context.clock.now() + context.config.queue.leaseSeconds * 1_000;
  return { error: { message, advice }, retryAt };
}

/**
 * Whether a stage was set out by a roster that has become too old since: its jobs then leave everything as it is, and the
 * run ends after them.
 */
export async function isSetOutByOldRoster(context: JobContext, head: RunHead): Promise<boolean> {
  // The roster may be long and is no older than its run: it is seldom looked at here.
  if (!isTooOld(context, head, head.startedAt)) return false;
  const roster = await loadRoster(context.store, head.run);
  return roster !== null && isTooOld(context, head, roster.readAt);
}

/** Both are by the run's clock, which is as far from the real one now as it was then. */
function isTooOld(context: JobContext, head: RunHead, since: string): boolean {
  return clockOf(context, head).now() - fromInstant(since) > OLDEST_ROSTER_MS;
}
