import { Cluster, type CommonRedisOptions, Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RedisConfig } from '../../config/schema.ts';
import { LedgerError, messageOf } from '../errors.ts';
import { ledgerOfCluster } from './cluster.ts';
import { createOutages, type Outages } from './outages.ts';

/** Where Redis is: as the configuration says, or the socket of the private one. */
export type RedisAddress =
  | { readonly url: string }
  | { readonly socket: string }
  | { readonly sentinel: NonNullable<RedisConfig['sentinel']> }
  | { readonly cluster: NonNullable<RedisConfig['cluster']> };

/** One server, or a cluster of them. */
export type RedisClient = Redis | Cluster;

type Log = Pick<Logger, 'info' | 'warn'>;

/** `replyMapping` is part of the client's type; it stays at its default, the shapes of all Redis versions. */
type Options = Omit<CommonRedisOptions, 'replyMapping'>;

/** How long a command may take, where waiting is bounded (milliseconds). */
const COMMAND_MS = 5_000;

/** Shorter than a command may take: a command that waits for a connection is never sent after it was given up. */
const LEDGER_CONNECT_MS = 4_000;
const LEDGER_RETRY_MS = 500;

/**
 * For BullMQ's workers and other blocking reads: waits for Redis however long it is away.
 * @param outages shared by the connections of a process; here as below, one of its own if absent.
 */
export function forWorkers(address: RedisAddress, log: Log, outages = createOutages(log)): RedisClient {
  return open(address, { maxRetriesPerRequest: null }, outages);
}

/**
 * For adding jobs: fails at once while Redis is away, instead of keeping a caller waiting. So it must be ready before
 * its first use: `untilReady`.
 */
export function forProducers(address: RedisAddress, log: Log, outages = createOutages(log)): RedisClient {
  return open(
    address,
    { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: COMMAND_MS },
    outages,
  );
}

/**
 * For the ledger: a command whose reply was lost rejects, at once if the connection broke and after 5 s if it hangs, and
 * is never sent again by the client. ioredis would by default; a script would then be applied twice.
 */
export function forLedger(address: RedisAddress, log: Log, outages = createOutages(log)): RedisClient {
  const options: Options = {
    autoResendUnfulfilledCommands: false,
    // None: whatever was sent or waits when a connection breaks is rejected. Reconnecting itself goes on forever.
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_MS,
    connectTimeout: LEDGER_CONNECT_MS,
    maxLoadingRetryTime: LEDGER_CONNECT_MS,
    retryStrategy: (times) => Math.min(50 * times, LEDGER_RETRY_MS),
  };
  const redis = open(address, options, outages);
  return redis instanceof Cluster ? ledgerOfCluster(redis) : redis;
}

/**
 * Waits until a connection can be used.
 * @throws LedgerError if it can't be within `limitMs` (Default: 5000), with Redis's own words if it had any.
 */
export async function untilReady(redis: RedisClient, limitMs = COMMAND_MS): Promise<void> {
  if (redis.status === 'ready') return;
  const problem = await new Promise<string | null>((resolve) => {
    let last = `no answer within ${limitMs / 1000} s`;
    const finish = (outcome: string | null) => {
      clearTimeout(timer);
      redis.off('ready', onReady).off('error', onError).off('end', onEnd);
      resolve(outcome);
    };
    const onReady = () => finish(null);
    const onEnd = () => finish(last);
    const onError = (error: unknown) => {
      last = messageOf(error);
    };
    const timer = setTimeout(onEnd, limitMs);
    redis.on('ready', onReady).on('error', onError).on('end', onEnd);
  });
  if (problem === null) return;
  throw new LedgerError(
    `Redis at ${placeOf(redis)} can't be used: ${problem}`,
    'Start that Redis or correct the redis settings; without redis.url a private one is started here.',
  );
}

function open(address: RedisAddress, options: Options, outages: Outages): RedisClient {
  const redis = connect(address, options);
  outages.watch(redis, placeOf(redis));
  return redis;
}

function connect(address: RedisAddress, options: Options): RedisClient {
  if ('sentinel' in address) return throughSentinels(address.sentinel, options);
  if ('cluster' in address) return toCluster(address.cluster, options);
  if ('socket' in address) return new Redis({ ...options, path: address.socket });
  // ioredis knows no URLs of unix sockets.
  if (/^unix:/i.test(address.url)) return new Redis({ ...options, path: unixPath(address.url) });
  return new Redis(address.url, options);
}

function throughSentinels(sentinel: NonNullable<RedisConfig['sentinel']>, options: Options): Redis {
  const { name, nodes, username, password, sentinelPassword, database, tls } = sentinel;
  return new Redis({
    ...options,
    ...{ name, sentinels: nodes, db: database },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    // A primary that hangs is left when the sentinels have chosen another one, not only when its connection breaks.
    failoverDetector: true,
  });
}

function toCluster(cluster: NonNullable<RedisConfig['cluster']>, options: Options): Cluster {
  const { nodes, username, password, tls } = cluster;
  const { enableOfflineQueue, ...perNode } = options;
  return new Cluster(nodes, {
    ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
    redisOptions: {
      ...perNode,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: {} } : {}),
    },
  });
}

function unixPath(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}

function placeOf(redis: RedisClient): string {
  if (redis instanceof Cluster) return 'its cluster';
  const { path, host, port, name, sentinels } = redis.options;
  if (sentinels) return `the primary ${name} of its sentinels`;
  return path ?? `${host}:${port}`;
}

export { type Durability, inspectDurability } from './durability.ts';
export { KEY_PREFIX } from './key-prefix.ts';
