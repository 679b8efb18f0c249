import { LedgerError } from '../errors.ts';
import { keys, readLedger, type Store } from './store.ts';

/** How long a confirmation is waited for before the call that depends on it is given up (milliseconds). */
const CONFIRM_MS = 2_000;

/**
 * Confirms that what this connection has written survives the server's death, as far as the server and its set-up can
 * tell: `WAITAOF` for the local append-only file (Redis 7.2), `WAIT` for the replicas that are attached. A count that
 * falls short means that the provider must not be called. Where neither is offered (an old server without replicas)
 * `appendfsync always` is the confirmation, and `inspectDurability` warns where it is missing.
 * Source: redis.io/commands/waitaof and /wait: both return counts even on time-out, so the counts are checked.
 *
 * Both confirm what was written on the connection that asks: after a reconnection they would confirm nothing, at once. So a
 * mark is written with the question, on the same connection, and with it everything before is confirmed.
 * @throws LedgerError if the confirmation falls short.
 */
export async function confirmDurable(store: Store): Promise<void> {
  const info = await readLedger(() => store.redis.info());
  const replicas = fieldOf(info, 'connected_slaves');
  const aof = fieldOf(info, 'aof_enabled') === 1;
  if (aof && supportsWaitAof(info)) {
    const [local = 0] = countsIn(
      await withMark(store, () => store.redis.call('WAITAOF', '1', '0', String(CONFIRM_MS))),
    );
    if (local < 1) throw shortfall('the append-only file of Redis');
  }
  if (replicas > 0) {
    const reached = await withMark(store, () => store.redis.wait(1, CONFIRM_MS));
    if (reached < 1) throw shortfall('any of the replicas of Redis');
  }
}

/** Not awaited in between: what is asked for together goes over one connection, in order. */
async function withMark<T>({ redis }: Store, ask: () => Promise<T>): Promise<T> {
  const [, answer] = await readLedger(() => Promise.all([redis.hset(keys.meta, 'confirmed', '1'), ask()]));
  return answer;
}

function shortfall(where: string): LedgerError {
  return new LedgerError(
    `an intended change of seats did not reach ${where} within ${CONFIRM_MS / 1000} s, so the provider was not called`,
    'Look at the disk and the replicas of the Redis server; the next run tries again.',
  );
}

function fieldOf(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}

function supportsWaitAof(info: string): boolean {
  const version = /^(?:valkey_version|redis_version):(\d+)\.(\d+)/m.exec(info);
  const major = Number(version?.[1] ?? 0);
  return major > 7 || (major === 7 && Number(version?.[2] ?? 0) >= 2);
}

function countsIn(reply: unknown): number[] {
  return Array.isArray(reply) ? reply.map(Number) : [];
}
