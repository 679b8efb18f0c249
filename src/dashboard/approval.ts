import { JOB, type SyncRosterPayload } from '../../jobs/payloads.ts';
import { type Triggered, triggerSync } from '../../jobs/trigger.ts';
import type { DashboardDeps } from './deps.ts';

/** When a run that was under way at an approval is followed by another one (milliseconds). */
const FOLLOW_UP_MS = 30_000;

/** Starts a run of pools of which something was approved, or joins the one under way and sees to it that one follows. */
export async function runApproved(
  { context }: Pick<DashboardDeps, 'context'>,
  pools: readonly string[],
): Promise<Triggered> {
  const triggered = await triggerSync(context, { by: 'approval', pools, at: null });
  if (triggered.joined || triggered.busy.length > 0) {
    // The run under way may have planned before the approval: another one comes after it.
    const payload: SyncRosterPayload = { run: null, pools: [...pools] };
    const id = `approval-${pools.join('-')}`;
    await context.queues.sync.add(JOB.syncRoster, payload, { delay: FOLLOW_UP_MS, deduplication: { id } });
  }
  return triggered;
}
