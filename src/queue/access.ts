import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { forLedger, forProducers, forWorkers, type RedisAddress, untilReady } from './connection.ts';
import { openPrivateRedis } from './private-redis.ts';

/** What a connection is for: each kind fails in its own way when Redis is away (see `connection.ts`). */
export type Role = 'ledger' | 'producer' | 'worker';

const CONNECT = { ledger: forLedger, producer: forProducers, worker: forWorkers } as const;

export interface RedisAccess {
  readonly address: RedisAddress;
  /** A connection that can be used. @throws LedgerError if Redis does not answer. */
  connect(role: Role): Promise<Redis>;
  /** A connection that waits for Redis by itself. */
  connectLater(role: Role): Redis;
  /** Closes all connections, and leaves the private Redis. */
  close(): Promise<void>;
}

export interface RedisAccessOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/**
 * The Redis of the configuration, or the private one of this data folder.
 * @throws CohortSyncError if a private one is needed and can't be had.
 */
export async function openRedis(
  { redis: settings }: { readonly redis: { readonly url?: string | undefined; readonly dataFolder: string } },
  options: RedisAccessOptions,
): Promise<RedisAccess> {
  const { log } = options;
  const own =
    settings.url === undefined
      ? await openPrivateRedis({ ...options, dataFolder: settings.dataFolder })
      : null;
  const address: RedisAddress = own?.address ?? { url: settings.url ?? '' };
  const connections: Redis[] = [];
  const connectLater = (role: Role) => {
    const redis = CONNECT[role](address, log);
    connections.push(redis);
    return redis;
  };
  return {
    address,
    connectLater,
    connect: async (role) => {
      const redis = connectLater(role);
      await untilReady(redis);
      return redis;
    },
    close: async () => {
      for (const redis of connections) redis.disconnect();
      await own?.close();
    },
  };
}
