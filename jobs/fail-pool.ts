import { type Clock, timeOfDay, toInstant } from '../src/dates.ts';
import { LedgerConflict, OtherVersionError } from '../src/errors.ts';
import { type Fence, takeFence } from '../src/ledger/fence.ts';
import type { RunHead } from '../src/ledger/runs.ts';
import {
  lineName,
  noProgress,
  type Progress,
  readOutcomes,
  readProgress,
  roundOf,
  TOTAL_LINE,
} from '../src/ledger/stages.ts';
import type { FailedLine, FailureDocument } from '../src/runs/documents.ts';
import { failedPlan } from '../src/runs/preview.ts';
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { finishAndNotify } from './notify.ts';
import { scheduleRetry } from './retry-later.ts';
import { withChange, withLines } from './with-done.ts';

/**
 * Ends a run's work on a pool as failed, with all that it did and what it was told before. What is tried again is put off
 * first.
 * @param retryAt when a run of its own tries again (milliseconds since the epoch); null if none does.
 */
export async function failPool(
  context: JobContext,
  pool: { readonly id: string; readonly provider: string },
  run: string,
  fence: Fence,
  clock: Clock,
  error: { readonly message: string; readonly advice: string },
  retryAt: number | null,
): Promise<void> {
  const progress = await withNoted(context, run, pool.id, await progressSoFar(context, run, pool.id));
  const at = retryAt === null ? null : toInstant(retryAt);
  const read = { grantee: null, action: 'read' as const, reason: error.message, retryAt: at };
  const result = {
    ...failedPlan(pool, error),
    done: progress.done,
    changes: progress.changes,
    failed: [...progress.failed, ...(await putOff(context, run, pool.id, progress)), read],
  };
  const again =
    retryAt === null
      ? ''
      : ` Tried again in a run of its own at ${timeOfDay(retryAt, context.config.timeZone)}.`;
  await tell(context, run, pool.id, 'failed', `${error.message}${again}`, until(retryAt));
  // First: a run that ended and was killed then would leave the pool without the try that it has promised.
  if (retryAt !== null) await scheduleRetry(context, pool.id, run, retryAt);
  await finishAndNotify(context, run, result, {
    fence,
    at: toInstant(clock.now()),
    writes: [],
    problems: [],
  });
}

/** What to say of a pool that the configuration of the process at work doesn't have. */
export function unknownPool(id: string): FailureDocument {
  return {
    message: `this worker's configuration has no pool ${id}`,
    advice: 'Give all workers one configuration.',
  };
}

/**
 * Ends a pool's part of a run from beside its jobs, as failed. The fence is taken first, so that nothing of it goes on.
 * Where this process has the pool, a run of its own tries again in a while. Does nothing if it has ended, or was taken up, meanwhile.
 */
export async function endFromBeside(
  context: JobContext,
  head: RunHead,
  id: string,
  error: FailureDocument,
): Promise<void> {
  const { config, clock } = context;
  const known = poolOf(config, id);
  const pool = known ?? { id, provider: 'unknown' };
  // A run that acts as of another moment leaves no retries behind.
  const again = known !== undefined && head.clockOffset === 0;
  const retryAt = again ? clock.now() + config.queue.leaseSeconds * 1_000 : null;
  try {
    const fence = await takeFence(context.store, id);
    await failPool(context, pool, head.run, fence, clockOf(context, head), error, retryAt);
  } catch (cause) {
    if (!(cause instanceof LedgerConflict)) throw cause;
  }
}

/** What another version has noted in a way that can't be read stands in the audit all the same. */
async function progressSoFar({ store }: JobContext, run: string, pool: string): Promise<Progress> {
  try {
    return await readProgress(store, run, pool);
  } catch (cause) {
    if (!(cause instanceof OtherVersionError)) throw cause;
    return noProgress;
  }
}

/**
 * With what of the stage under way the answers say is done: reading can have no last word on it here. A run must not keep
 * quiet on what it bought.
 */
async function withNoted(
  context: JobContext,
  run: string,
  pool: string,
  progress: Progress,
): Promise<Progress> {
  const work = progress.current;
  if (work === null) return progress;
  const outcomes = await readOutcomes(context.store, run, pool, roundOf(work.stage, progress));
  const isDone = (name: string) => ['applied', 'already'].includes(outcomes.get(name)?.outcome ?? '');
  const { stage, change, lines } = work;
  if (change !== null) return isDone(TOTAL_LINE) ? withChange(progress, stage, change) : progress;
  return withLines(
    progress,
    stage,
    lines.filter((line) => isDone(lineName(line))),
  );
}

/**
 * What of the stage under way the provider has refused until later, where it can't be read back since it is to be left
 * alone: each with the reason and the time that the provider gave (rule 10).
 */
async function putOff(
  context: JobContext,
  run: string,
  pool: string,
  progress: Progress,
): Promise<FailedLine[]> {
  const work = progress.current;
  if (work === null) return [];
  const outcomes = await readOutcomes(context.store, run, pool, roundOf(work.stage, progress));
  const refused = (grantee: string | null, name: string): FailedLine[] => {
    const told = outcomes.get(name);
    if (told?.outcome !== 'refused' || told.retryAt === null || told.reason === null) return [];
    return [{ grantee, action: work.stage, reason: told.reason, retryAt: told.retryAt }];
  };
  if (work.change !== null) return refused(null, TOTAL_LINE);
  return work.lines.flatMap((line) => refused(line.grantee, lineName(line)));
}

function until(retryAt: number | null): { until?: number } {
  return retryAt === null ? {} : { until: retryAt };
}
