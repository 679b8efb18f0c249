import type { Logger } from 'pino';
import type { RedisConfig } from '../../config/schema.ts';
import {
  forLedger,
  forProducers,
  forWorkers,
  type RedisAddress,
  type RedisClient,
  untilReady,
} from './connection.ts';
import { createOutages } from './outages.ts';
import { openPrivateRedis } from './private-redis.ts';

/** What a connection is for: each kind fails in its own way when Redis is away (see `connection.ts`). */
export type Role = 'ledger' | 'producer' | 'worker';

const CONNECT = { ledger: forLedger, producer: forProducers, worker: forWorkers } as const;

export interface RedisAccess {
  readonly address: RedisAddress;
  /** A connection that can be used. @throws LedgerError if Redis does not answer. */
  connect(role: Role): Promise<RedisClient>;
  /** A connection that waits for Redis by itself. */
  connectLater(role: Role): RedisClient;
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
  { redis: settings }: { readonly redis: RedisConfig },
  options: RedisAccessOptions,
): Promise<RedisAccess> {
  const { log } = options;
  const configured = addressOf(settings);
  const own =
    configured === null ? await openPrivateRedis({ ...options, dataFolder: settings.dataFolder }) : null;
  const address = configured ?? own?.address;
  if (address === undefined) throw new Error('unreachable: a private Redis has an address');
  const connections: RedisClient[] = [];
  const outages = createOutages(log);
  const connectLater = (role: Role) => {
    const redis = CONNECT[role](address, log, outages);
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

/** Where the configuration says that Redis is; null if a private one is to be used. */
function addressOf({ url, sentinel, cluster }: RedisConfig): RedisAddress | null {
  if (sentinel !== undefined) return { sentinel };
  if (cluster !== undefined) return { cluster };
  return url === undefined ? null : { url };
}
