import type { Redis } from 'ioredis';
import type { LoadedConfig } from '../../config/load.ts';
import type { PoolConfig } from '../../config/schema.ts';
import type { JobContext } from '../../jobs/context.ts';
import { JOB_DEFAULTS } from '../../jobs/policy.ts';
import { systemClock } from '../dates.ts';
import { openStore } from '../ledger/continuity.ts';
import { sharedPace } from '../ledger/pace.ts';
import { createLog } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { createProvider } from '../providers/registry.ts';
import { openRedis } from '../queue/access.ts';
import { openQueues } from '../queue/queues.ts';
import { systemTimer } from '../timer.ts';
import { warningsOf } from './check-redis.ts';
import type { CommandIo } from './io.ts';
import { rosterOf } from './settings.ts';
import { print } from './terminal.ts';

/** What a command that does work stands on: Redis, the ledger, the queues, and all that a job needs. */
export interface Service {
  readonly context: JobContext;
  /** Makes a connection for a worker. */
  readonly connectWorker: () => Redis;
  close(): Promise<void>;
}

/** @throws CohortSyncError if Redis can't be reached or can't be relied on. */
export async function openService(config: LoadedConfig, io: CommandIo): Promise<Service> {
  const log = createLog({ level: quiet(config.log.level), stream: io.terminal.err, secrets: config.secrets });
  const access = await openRedis(config, { env: io.terminal.env, signal: io.signal, log });
  try {
    const redis = await access.connect('ledger');
    const store = openStore(redis);
    for (const warning of await warningsOf(redis)) print(io.terminal.err, `warning: ${warning}`);
    const producer = await access.connect('producer');
    const queues = await openQueues(
      producer,
      config.pools.map((pool) => pool.id),
      JOB_DEFAULTS,
      log,
    );
    const context: JobContext = {
      config,
      store,
      queues,
      providerOf: oncePerPool((pool) =>
        createProvider(pool, { clock: systemClock, pace: sharedPace(store) }),
      ),
      readRoster: (clock, signal) => rosterOf(config, clock, signal),
      clock: systemClock,
      timer: systemTimer,
      log,
      random: Math.random,
    };
    return {
      context,
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
