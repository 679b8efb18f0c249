import { LedgerError } from '../src/errors.ts';
import { confirmDurable } from '../src/ledger/durability.ts';
import type { JobContext } from './context.ts';
import { noticeBreak } from './notice-break.ts';

/**
 * Makes sure, as part of a gate, that what was announced in the ledger is durable and still there: a server that took over
 * meanwhile may never have heard of it.
 * @throws LedgerError if not; then nothing may be sent.
 */
export async function makeSureOfAnnouncement(context: JobContext): Promise<void> {
  await confirmDurable(context.store);
  const reason = await noticeBreak(context);
  if (reason === null) return;
  throw new LedgerError(
    `nothing was sent to the provider: ${reason}, and with it what was announced there`,
    'Nothing to do: the run starts from what is true, once it has had the time to show.',
  );
}
