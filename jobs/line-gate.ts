import { LedgerConflict, LedgerError } from '../src/errors.ts';
import { type Fence, holdsFence } from '../src/ledger/fence.ts';
import type { SendGate } from '../src/providers/provider.ts';
import { makeSureOfAnnouncement } from './announced.ts';
import type { JobContext } from './context.ts';

/**
 * The gate of one call on people's seats, made when the call begins. It lets the request go only if this execution still
 * owns the pool, if what it announced in the audit is durable, and if what it has just read is not older than a lease: a
 * process that stood still for longer has a successor, and must not act on what it saw before.
 * @param breaks `breaksSoFar` from before the announcement.
 */
export function lineGate(context: JobContext, fence: Fence, breaks: number): SendGate {
  const { store, timer, config } = context;
  const deadline = timer.elapsed() + config.queue.leaseSeconds * 1_000;
  return async () => {
    if (!(await holdsFence(store, fence))) throw new LedgerConflict(`fence of ${fence.pool}`);
    await makeSureOfAnnouncement(context, breaks);
    if (timer.elapsed() < deadline) return;
    throw new LedgerError(
      'seats were not assigned or freed: preparing it took longer than what was read may be trusted',
      'Look at the load of this machine and at its Redis; it is tried again.',
    );
  };
}
