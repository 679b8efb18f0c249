import { loadConfig } from '../../config/load.ts';
import type { JobContext } from '../../jobs/context.ts';
import { createApp } from '../../src/dashboard/app.ts';
import { createListener, type ServerLimits } from '../../src/dashboard/server.ts';
import { inspectDurability } from '../../src/queue/connection.ts';
import type { School } from '../support/school.ts';
import { servicesOf } from '../support/service.ts';

export interface ServedApp extends AsyncDisposable {
  readonly url: string;
}

/** Serves the HTTP part of a school in this process, over real HTTP. @param context in place of the school's, as with another clock. */
export async function serveApp(
  school: School,
  settings: Readonly<Record<string, unknown>> = {},
  limits?: ServerLimits,
  context: JobContext = school.service.context,
): Promise<ServedApp> {
  const file = servicesOf(school).write({ settings, name: 'app' });
  const config = loadConfig({ path: file, cwd: school.folder, env: process.env });
  const { queues, redis } = school.service;
  const listener = createListener(limits);
  const closing = new AbortController();
  const app = createApp({
    config,
    context,
    queues,
    inspectRedis: () => inspectDurability(redis),
    roles: ['http'],
    version: '0.0.0',
    log: context.log,
    signal: new AbortController().signal,
    closing: closing.signal,
  });
  const url = await listener.serve(config.http, app.fetch);
  return {
    url,
    [Symbol.asyncDispose]: () => {
      closing.abort();
      return listener.close(100);
    },
  };
}
