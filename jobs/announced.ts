import { LedgerError } from '../src/errors.ts';
import { confirmDurable } from '../src/ledger/durability.ts';
import type { Store } from '../src/ledger/store.ts';
import type { JobContext } from './context.ts';
import { noticeBreak } from './notice-break.ts';

/** How often the ledger has been found broken. To be asked before something is announced in it. */
export function breaksSoFar({ continuity }: Store): number {
  return continuity?.breaks() ?? 0;
}

/**
 * Makes sure, as part of a gate, that what was announced in the ledger is durable and still there: a server that took over
 * meanwhile may never have heard of it.
 * @param before `breaksSoFar` from before the announcement. Another part of the process may have noticed a break since.
 * @throws LedgerError if not; then nothing may be sent.
 */
export async function makeSureOfAnnouncement(context: JobContext, before: number): Promise<void> {
  await confirmDurable(context.store);
  const reason = await noticeBreak(context);
  if (reason === null && breaksSoFar(context.store) === before) return;
  throw new LedgerError(
    `nothing was sent to the provider: ${reason ?? 'the ledger has lost something'}, and with it what was announced there`,
    'Nothing to do: the run starts from what is true, once it has had the time to show.',
  );
}
