import { toInstant } from '../src/dates.ts';
import { putQuiet } from '../src/ledger/continuity.ts';
import { putBackIntent, readIntent } from '../src/ledger/intents.ts';
import { markBreak } from '../src/ledger/known-seats.ts';
import type { Store } from '../src/ledger/store.ts';
import type { JobContext } from './context.ts';

/**
 * Looks whether the ledger still is the one that this process knew. If not, changes of seats are put off, what this process
 * remembers of changes under way is put back, and each pool is to be looked at anew (see `reviewBreak`).
 * @returns what is wrong with the ledger, null if nothing is.
 */
export async function noticeBreak(context: JobContext): Promise<string | null> {
  const { store, config, log, clock } = context;
  const { continuity } = store;
  if (continuity === undefined) return null;
  const gone = await goneIntents(store);
  const reason = await continuity.look(store);
  if (reason === null) {
    // The ledger has lost nothing up to now, so that what is gone from it was closed.
    for (const operation of gone) continuity.seats.forgetIntent(operation);
    return null;
  }
  const breaks = continuity.breaks();
  log.error({ reason }, 'the ledger is not what it was; changes of seats are put off');
  const settle = Math.max(...config.pools.map(({ seats }) => seats.settleSeconds));
  await putQuiet(store, reason, (settle + config.queue.leaseSeconds) * 1_000);
  for (const { id } of config.pools)
    await markBreak(store, id, continuity.process, reason, continuity.seats.total(id));
  const now = clock.now();
  for (const intent of continuity.seats.intents()) await putBackIntent(store, intent, toInstant(now), now);
  continuity.seenTo(breaks);
  return reason;
}

/** The operations that this process takes for open and that are not so in the ledger. */
async function goneIntents(store: Store): Promise<string[]> {
  const gone: string[] = [];
  for (const { pool, operation } of store.continuity?.seats.intents() ?? []) {
    if ((await readIntent(store, pool))?.operation !== operation) gone.push(operation);
  }
  return gone;
}
