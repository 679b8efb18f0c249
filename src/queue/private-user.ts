import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { messageOf } from '../errors.ts';

/** The name of the one connection by which a process counts as a user of the private Redis. */
const USER = 'cohort-sync-user';

/** How often a server that is loading its data is asked again (milliseconds). */
const LOADING_MS = 50;

/** How long an answer may take (milliseconds). */
const ANSWER_MS = 10_000;

/**
 * Opens the connection by which this process counts as a user, for as long as it is open. Waits while the server loads
 * its data. @throws if the server does not answer.
 */
export async function joinAsUser(socket: string, signal: AbortSignal): Promise<Redis> {
  const redis = new Redis({
    path: socket,
    lazyConnect: true,
    // It is never made anew by itself: without the folder's lock, the server might be stopping.
    retryStrategy: null,
    enableReadyCheck: false,
    commandTimeout: ANSWER_MS,
  });
  // Every failure is also told by a rejection or by `end`.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    while (await isLoading(redis)) await delay(LOADING_MS, undefined, { signal });
    await redis.client('SETNAME', USER);
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw cause;
  }
}

/** How many processes use the server now, this one included. */
export async function countUsers(redis: Redis): Promise<number> {
  const list = String(await redis.client('LIST'));
  return list.split('\n').filter((line) => line.includes(` name=${USER} `)).length;
}

/** Counts no longer, from the moment this returns; a closed connection is noticed by the server only some time later. */
export async function resign(redis: Redis): Promise<void> {
  await redis.client('SETNAME', '');
}

async function isLoading(redis: Redis): Promise<boolean> {
  try {
    await redis.ping();
    return false;
  } catch (cause) {
    if (messageOf(cause).startsWith('LOADING')) return true;
    throw cause;
  }
}
