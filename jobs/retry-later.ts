import { readHead } from '../src/ledger/runs.ts';
import { askQueue } from './ask-queue.ts';
import type { JobContext } from './context.ts';
import { JOB, type SyncRosterPayload } from './payloads.ts';

/**
 * Puts off another try of a pool to a run of its own. Of several for one pool only the one that is due first stands: each
 * run looks at everything anyway, and puts off anew what has to wait longer. A run that acts as of another moment (`--at`)
 * leaves no retries behind.
 * @param at milliseconds since the epoch.
 */
export async function scheduleRetry(
  context: JobContext,
  pool: string,
  run: string,
  at: number,
): Promise<void> {
  const head = await readHead(context.store, run);
  if (head === null || head.clockOffset !== 0) return;
  const payload: SyncRosterPayload = { run: null, pools: [pool] };
  // Its run ends a little later: a retry that starts before that would join it, and be gone with it.
  const delay = Math.max(context.config.queue.leaseSeconds * 1_000, at - context.clock.now());
  const id = `retry-${pool}`;
  await askQueue(async () => {
    // One that has begun is never replaced, whatever is asked.
    const replace = (await standingUntil(context, id)) > at;
    await context.queues.sync.add(JOB.syncRoster, payload, { delay, deduplication: { id, replace } });
  });
}

/** When the retry that stands is due (milliseconds since the epoch); 0 where there is none to move. */
async function standingUntil({ queues }: JobContext, deduplication: string): Promise<number> {
  const id = await queues.sync.getDeduplicationJobId(deduplication);
  const job = id === null ? undefined : await queues.sync.getJob(id);
  return job === undefined ? 0 : job.timestamp + job.delay;
}
