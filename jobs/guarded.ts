import { toInstant } from '../src/dates.ts';
import { messageOf, ProviderError } from '../src/errors.ts';
import { noteAlive, noteAsked, noteDead, readCircuit } from '../src/ledger/circuit.ts';
import type { Provider } from '../src/providers/provider.ts';
import type { JobContext } from './context.ts';

/** A rest that is all but over is not worth a failure (milliseconds). */
const NEARLY_OVER = 50;

/**
 * The provider, left alone by all workers while it is dead or has asked for it: a call is then refused here, unsent, and
 * says when it may be tried again (rule 19). What is read of the total is remembered, for a ledger that forgets.
 */
export function guarded(context: JobContext, provider: Provider): Provider {
  const call = async <T>(what: string, send: () => Promise<T>): Promise<T> => {
    const { restMs, failures } = await readCircuit(context.store, provider.pool);
    if (restMs > NEARLY_OVER) throw resting(provider.pool, what, context.clock.now() + restMs);
    try {
      const answer = await send();
      if (failures > 0) await bestEffort(context, () => noteAlive(context.store, provider.pool));
      return answer;
    } catch (cause) {
      if (cause instanceof ProviderError) await bestEffort(context, () => note(context, cause));
      throw cause;
    }
  };
  return {
    ...provider,
    read: async (signal) => {
      const state = await call('reading the pool', () => provider.read(signal));
      const seen = { total: state.total, at: context.clock.now() };
      if (state.total === state.usable) context.store.continuity?.seats.sawTotal(provider.pool, seen);
      return state;
    },
    assign: (lines, gate, signal) => call('assigning seats', () => provider.assign(lines, gate, signal)),
    unassign: (lines, gate, signal) => call('freeing seats', () => provider.unassign(lines, gate, signal)),
    changeTotal: (change, gate, signal) =>
      call('changing the number of seats', () => provider.changeTotal(change, gate, signal)),
    followChange: (reference, signal) =>
      call('following a change of seats', () => provider.followChange(reference, signal)),
  };
}

/** What became of the call matters more than the note on it. */
async function bestEffort({ log }: JobContext, note: () => Promise<void>): Promise<void> {
  await note().catch((cause: unknown) =>
    log.warn({ problem: messageOf(cause) }, 'a failing provider was not noted'),
  );
}

/** A provider that says until when it is to be left alone is believed, be it overrun (429) or out of order (503). */
async function note({ store, clock }: JobContext, cause: ProviderError): Promise<void> {
  const asked = (cause.retryAt ?? 0) - clock.now();
  switch (cause.failure) {
    case 'not-sent':
    case 'timeout':
    case 'broken':
      return noteDead(store, cause.pool);
    case 'unavailable':
      await noteAsked(store, cause.pool, asked);
      return noteDead(store, cause.pool);
    case 'rate-limited':
      return noteAsked(store, cause.pool, asked);
    default:
      return;
  }
}

function resting(pool: string, what: string, retryAt: number): ProviderError {
  return new ProviderError(
    { pool, failure: 'not-sent', request: what, retryAt },
    `Pool ${pool}: ${what} was put off: the provider failed several times in a row or asked to be left alone. Nothing was sent.`,
    `Nothing to do: it is tried again from ${toInstant(retryAt)} on. If it lasts, look at the provider's status page.`,
  );
}
