import { putQuiet } from '../src/ledger/continuity.ts';
import type { JobContext } from './context.ts';

/**
 * Looks whether the ledger is still the one that this process knew, and puts off changes of seats if not.
 * @returns what is wrong with it, null if nothing is.
 */
export async function noticeBreak({ store, config, log }: JobContext): Promise<string | null> {
  const reason = (await store.continuity?.look(store)) ?? null;
  if (reason === null) return null;
  log.error({ reason }, 'the ledger is not what it was; changes of seats are put off');
  const settle = Math.max(...config.pools.map(({ seats }) => seats.settleSeconds));
  await putQuiet(store, reason, (settle + config.queue.leaseSeconds) * 1_000);
  return reason;
}
