import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import { type RedisClient, untilReady } from '../queue/connection.ts';

/** How often it is said that Redis is waited for, and how often it is looked whether the process is to end (milliseconds). */
const USUAL = { tellMs: 60_000, lookMs: 500 };

/** Waits however long Redis is away, and says so once a minute. @throws the signal's reason when the process is to end. */
export async function waitForRedis(
  redis: RedisClient,
  log: Pick<Logger, 'warn'>,
  signal: AbortSignal,
  { tellMs, lookMs } = USUAL,
): Promise<void> {
  let told = performance.now();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await untilReady(redis, lookMs);
    } catch (cause) {
      if (performance.now() - told < tellMs) continue;
      told = performance.now();
      log.warn({ problem: messageOf(cause) }, 'waiting for Redis; nothing runs until it answers');
    }
  }
}
