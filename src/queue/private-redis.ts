import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import type { RedisAddress } from './connection.ts';
import { withFileLock } from './file-lock.ts';
import { openPrivateFolder, type PrivateFolder, readServerRecord } from './private-folder.ts';
import { isReachable, startServer, stopProcess, untilStopped } from './private-server.ts';
import { countUsers, joinAsUser, resign } from './private-user.ts';
import { findRedisServer } from './server-binary.ts';

export { hasPrivateRedis } from './private-folder.ts';

/** How long the closing waits for others who start or stop the server (milliseconds). */
const CLOSE_MS = 60_000;

/** How long between two tries to bring back a server that went away (milliseconds). */
const REVIVE_MS = 1_000;

export interface PrivateRedisOptions {
  /** The server and its data are in `redis` inside it. */
  readonly dataFolder: string;
  /** Its PATH is searched for a server. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the opening, and later the tries to bring back a server that died. Closing works regardless. */
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

export interface PrivateRedis {
  /** For the functions of `connection.ts`. */
  readonly address: RedisAddress;
  /** Leaves; the last to leave stops the server. Close all connections to it first. Never throws. */
  close(): Promise<void>;
}

/**
 * The Redis of a machine without one: a `redis-server` or `valkey-server` from the PATH on a unix socket in the data
 * folder, with every write on disk before it is answered. All processes that use the folder share one server. It
 * outlives the process that started it and stops with the last that leaves; one whose users were all killed is found
 * again by the next. Who uses it the server itself knows: each user keeps a connection open, which the operating system
 * closes when the process dies. If the server dies while in use it is started again.
 * @throws CohortSyncError if there is no server to start, or it does not start, or the folder can't be written.
 */
export async function openPrivateRedis(options: PrivateRedisOptions): Promise<PrivateRedis> {
  const { log } = options;
  const folder = openPrivateFolder(options.dataFolder);
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  let user = await join(folder, options, options.signal);
  let revival: Promise<void> = Promise.resolve();

  const watch = () => {
    user.redis.once('end', () => {
      if (!signal.aborted) revival = revive();
    });
  };
  const revive = async () => {
    log.warn({ folder: folder.path }, 'the private Redis went away; it is started again');
    for (let told = false; !signal.aborted; told = true) {
      try {
        user = await join(folder, options, signal);
        return watch();
      } catch (cause) {
        if (signal.aborted) return;
        // Once is enough until it works.
        if (!told) log.error({ problem: messageOf(cause) }, 'the private Redis could not be started again');
        await delay(REVIVE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  watch();

  return {
    address: { socket: user.socket },
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await revival;
      try {
        await withFileLock(folder.lock, AbortSignal.timeout(CLOSE_MS), () => leave(folder, user.redis));
      } catch (cause) {
        log.warn({ problem: messageOf(cause) }, 'the private Redis was left running');
      } finally {
        // On a connection that has ended it would start a timer of 2 s (ioredis), and keep the process that long.
        if (user.redis.status !== 'end') user.redis.disconnect();
      }
    },
  };
}

interface User {
  readonly redis: Redis;
  readonly socket: string;
}

/** Finds the server or starts it. The lock is held until this process counts as a user: nobody stops it in between. */
function join(folder: PrivateFolder, options: PrivateRedisOptions, signal: AbortSignal): Promise<User> {
  return withFileLock(folder.lock, signal, async () => {
    const running = await runningServer(folder, signal);
    if (running === null) options.log.info({ folder: folder.path }, 'starting the private Redis');
    const server = running ?? (await startServer(folder, findRedisServer(options.env), options.env, signal));
    return { redis: await joinAsUser(server.socket, signal), socket: server.socket };
  });
}

async function runningServer(folder: PrivateFolder, signal: AbortSignal) {
  const record = readServerRecord(folder);
  if (record === null) return null;
  if (await isReachable(record, signal)) return record;
  stopProcess(record, 'SIGTERM');
  await untilStopped(folder, record);
  return null;
}

async function leave(folder: PrivateFolder, redis: Redis): Promise<void> {
  const record = readServerRecord(folder);
  if (record === null || redis.status !== 'ready') return;
  if ((await countUsers(redis)) > 1) return resign(redis);
  // Answered by closing the connection; an answer in words is a refusal.
  const refusal = await redis.call('SHUTDOWN').then(String, (cause: unknown) => {
    return cause instanceof Error && cause.name === 'ReplyError' ? cause.message : null;
  });
  if (refusal !== null) throw new Error(`it refused to stop: ${refusal}`);
  await untilStopped(folder, record);
}
