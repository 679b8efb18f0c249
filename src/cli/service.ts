import type { Logger } from 'pino';
import type { LoadedConfig } from '../../config/load.ts';
import type { PoolConfig } from '../../config/schema.ts';
import type { JobContext } from '../../jobs/context.ts';
import { JOB_DEFAULTS } from '../../jobs/policy.ts';
import { systemClock } from '../dates.ts';
import { openStore } from '../ledger/continuity.ts';
import { sharedPace } from '../ledger/pace.ts';
import { sheetMemoryIn } from '../ledger/sheet.ts';
import { createLog } from '../log.ts';
import type { CallRecord } from '../providers/http/client.ts';
import type { Provider } from '../providers/provider.ts';
import { loadProviders } from '../providers/registry.ts';
import { openRedis } from '../queue/access.ts';
import { type RedisClient, untilReady as ready } from '../queue/connection.ts';
import { openQueues, type Queues } from '../queue/queues.ts';
import { systemTimer } from '../timer.ts';
import { warningsOf } from './check-redis.ts';
import type { CommandIo } from './io.ts';
import { rosterOf } from './settings.ts';
import { print } from './terminal.ts';

/** What a command that does work stands on: Redis, the ledger, the queues, and all that a job needs. */
export interface Service {
  readonly context: JobContext;
  readonly queues: Queues;
  /** The ledger's own connection. */
  readonly redis: RedisClient;
  /** Makes a connection for a worker. */
  readonly connectWorker: () => RedisClient;
  close(): Promise<void>;
}

/** What a process that runs for long does otherwise than a command. */
export interface ServiceOptions {
  readonly log?: Logger;
  /** Waits for the first connection (Default: five seconds at most). */
  readonly untilReady?: (redis: RedisClient) => Promise<void>;
  /** Told what may be lost with this Redis (Default: printed on standard error). */
  readonly warn?: (warning: string) => void;
  /** Told of every call to a provider. */
  readonly onCall?: (pool: string, call: CallRecord) => void;
}

/** @throws CohortSyncError if Redis can't be reached or can't be relied on. */
export async function openService(
  config: LoadedConfig,
  io: CommandIo,
  options: ServiceOptions = {},
): Promise<Service> {
  const quietly = { level: quiet(config.log.level), stream: io.terminal.err, secrets: config.secrets };
  const {
    log = createLog(quietly),
    untilReady,
    warn = (warning) => print(io.terminal.err, `warning: ${warning}`),
    onCall,
  } = options;
  const access = await openRedis(config, { env: io.terminal.env, signal: io.signal, log });
  try {
    const redis = access.connectLater('ledger');
    await (untilReady ?? ready)(redis);
    const store = openStore(redis);
    for (const warning of await warningsOf(redis)) warn(warning);
    const producer = await access.connect('producer');
    const queues = await openQueues(
      producer,
      config.pools.map((pool) => pool.id),
      JOB_DEFAULTS,
      log,
    );
    const createProvider = await loadProviders(config.pools);
    const memory = sheetMemoryIn(store);
    const context: JobContext = {
      config,
      store,
      queues,
      providerOf: oncePerPool((pool) =>
        createProvider(pool, {
          clock: systemClock,
          pace: sharedPace(store),
          onCall: (call) => onCall?.(pool.id, call),
        }),
      ),
      readRoster: (clock, signal) => rosterOf(config, clock, signal, memory),
      clock: systemClock,
      timer: systemTimer,
      log,
      random: Math.random,
    };
    return {
      context,
      queues,
      redis,
      connectWorker: () => access.connectLater('worker'),
      close: async () => {
        await queues.close();
        await access.close();
      },
    };
  } catch (cause) {
    await access.close();
    throw cause;
  }
}

/** One provider a pool and process: it keeps its access token and its connections from call to call. */
function oncePerPool(create: (pool: PoolConfig) => Provider): (pool: PoolConfig) => Provider {
  const made = new Map<string, Provider>();
  return (pool) => {
    const provider = made.get(pool.id) ?? create(pool);
    made.set(pool.id, provider);
    return provider;
  };
}

/** A command that a person runs shows its own progress: of the log only what went wrong. */
function quiet(level: string): string {
  return level === 'trace' || level === 'debug' ? level : 'warn';
}
