import { keys, readLedger, type Store } from './store.ts';

/** Ends a session of the pages for every process, until it would have expired. @param seconds that it had left. */
export async function endSession(store: Store, id: string, seconds: number): Promise<void> {
  await readLedger(() => store.redis.set(keys.endedSession(id), '1', 'EX', Math.max(1, seconds)));
}

/** Whether somebody has signed out of a session. */
export async function hasEnded(store: Store, id: string): Promise<boolean> {
  return (await readLedger(() => store.redis.get(keys.endedSession(id)))) !== null;
}
