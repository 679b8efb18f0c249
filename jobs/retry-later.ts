import { readHead } from '../src/ledger/runs.ts';
import type { JobContext } from './context.ts';
import { JOB, type SyncRosterPayload } from './payloads.ts';

/**
 * Puts off another try of a pool to a run of its own. Of several for one pool only the first stands: each run looks at
 * everything anyway. A run that acts as of another moment (`--at`) leaves no retries behind.
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
  const delay = Math.max(1, at - context.clock.now());
  await context.queues.sync.add(JOB.syncRoster, payload, { delay, deduplication: { id: `retry-${pool}` } });
}
