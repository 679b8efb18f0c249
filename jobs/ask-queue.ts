import { CohortSyncError, LedgerError, messageOf } from '../src/errors.ts';

/**
 * Makes one call to the queue. What it throws of its own (a command without an answer, a connection that is being made
 * anew, a lock that has run out) says nothing of the work: it is gone on with by whoever has the job next, and the run must
 * not end for it.
 * @throws LedgerError, which is tried again.
 */
export async function askQueue<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof CohortSyncError) throw cause;
    throw new LedgerError(
      `The queue could not be used: ${messageOf(cause)}`,
      'Look at the Redis server; the run is gone on with from what is true.',
      { cause },
    );
  }
}
