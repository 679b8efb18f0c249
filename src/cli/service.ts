import type { Redis } from 'ioredis';
import type { LoadedConfig } from '../../config/load.ts';
import type { JobContext } from '../../jobs/context.ts';
import { JOB_DEFAULTS } from '../../jobs/policy.ts';
import { systemClock } from '../dates.ts';
import { openStore } from '../ledger/continuity.ts';
import { createLog } from '../log.ts';
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
    const store = openStore(await access.connect('ledger'));
    for (const warning of await warningsOf(store.redis)) print(io.terminal.err, `warning: ${warning}`);
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
      providerOf: (pool) => createProvider(pool, { clock: systemClock }),
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

/** A command that a person runs shows its own progress: of the log only what went wrong. */
function quiet(level: string): string {
  return level === 'trace' || level === 'debug' ? level : 'warn';
}
