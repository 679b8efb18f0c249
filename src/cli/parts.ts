import type { Logger } from 'pino';
import type { LoadedConfig } from '../../config/load.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { createApp } from '../dashboard/app.ts';
import type { ServiceRole } from '../dashboard/deps.ts';
import type { Listener } from '../dashboard/server.ts';
import { messageOf } from '../errors.ts';
import { countCalls } from '../ledger/counters.ts';
import type { Store } from '../ledger/store.ts';
import { inspectDurability } from '../queue/connection.ts';
import { startSchedule } from '../schedule/start.ts';
import type { CommandIo } from './io.ts';
import { openService, type Service } from './service.ts';
import { readVersion } from './version.ts';
import { waitForRedis } from './wait-for-redis.ts';

export interface PartsOptions {
  readonly config: LoadedConfig;
  readonly io: CommandIo;
  readonly roles: readonly ServiceRole[];
  readonly log: Logger;
  /** Where HTTP is served. Stays open when a new configuration takes over. */
  readonly listener: Listener;
}

/** What runs with one configuration. */
export interface Parts {
  readonly log: Logger;
  /** Where HTTP is served; null without that role. */
  readonly url: string | null;
  /** Ends what brings work, then the work, then Redis. Work under way has until the deadline (milliseconds). */
  close(deadline: number): Promise<void>;
}

/**
 * Starts the roles of this process.
 * @throws CohortSyncError if Redis can't be relied on or the address can't be had; then nothing is left running.
 */
export async function startParts({ config, io, roles, log, listener }: PartsOptions): Promise<Parts> {
  let store: Store | null = null;
  const calls = countCalls(
    () => store,
    (cause) => log.debug({ problem: messageOf(cause) }, 'the counts of calls could not be written yet'),
  );
  /** Last in, first out. */
  const ending: ((deadline: number) => Promise<void>)[] = [];
  const close = async (deadline: number) => {
    for (const end of ending.splice(0).reverse()) {
      await end(deadline).catch((cause) =>
        log.warn({ problem: messageOf(cause) }, 'not everything ended in order'),
      );
    }
  };
  try {
    const service = await openService(config, io, {
      log,
      untilReady: (redis) => waitForRedis(redis, log, io.signal),
      warn: (warning) => log.warn({ warning }, 'this Redis is below the durability that purchases deserve'),
      onCall: calls.note,
    });
    store = service.context.store;
    ending.push(
      () => service.close(),
      () => calls.close(),
    );
    if (roles.includes('worker')) {
      const workers = startWorkers(service.context, service.connectWorker);
      ending.push((deadline) => workers.close(deadline));
    }
    if (roles.includes('schedule')) {
      const schedule = startSchedule(service.context);
      ending.push(() => schedule.stop());
    }
    const url = roles.includes('http')
      ? await serveHttp(config, service, roles, { listener, ending, closing: io.signal })
      : null;
    return { log, url, close };
  } catch (cause) {
    await calls.close();
    await close(0);
    throw cause;
  }
}

interface HttpParts {
  readonly listener: Listener;
  readonly ending: ((deadline: number) => Promise<void>)[];
  /** Tells that the process is to end. */
  readonly closing: AbortSignal;
}

async function serveHttp(
  config: LoadedConfig,
  service: Service,
  roles: readonly ServiceRole[],
  { listener, ending, closing }: HttpParts,
): Promise<string> {
  const stop = new AbortController();
  ending.push(async () => stop.abort());
  const { context, queues, redis } = service;
  const app = createApp({
    ...{ config, context, queues, roles, log: context.log, signal: stop.signal },
    closing: AbortSignal.any([stop.signal, closing]),
    inspectRedis: () => inspectDurability(redis),
    version: readVersion(),
  });
  return listener.serve(config.http, app.fetch);
}
