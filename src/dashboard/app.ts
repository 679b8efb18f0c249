import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { apiHandlers } from './api.ts';
import { type AppEnv, createAccess } from './auth.ts';
import type { DashboardDeps } from './deps.ts';
import { createFailures } from './failures.ts';
import { createReadiness } from './health.ts';
import { once } from './once.ts';
import { openApiDocument } from './openapi.ts';
import { HttpProblem } from './problem.ts';
import { BODY_LIMIT, queryOf } from './requests.ts';
import { ROUTES } from './routes.ts';
import { eventsQuery } from './schemas.ts';
import { isReading, noCrossSite, onlyThisMachine, securityHeaders } from './security.ts';

/** The HTTP part of the service: the API, health, metrics, the pages and bull-board. Listens nowhere by itself. */
export function createApp(deps: DashboardDeps): Hono<AppEnv> {
  const { config } = deps;
  const app = new Hono<AppEnv>();
  const access = createAccess(config.http.tokens, deps.context);
  const { guard } = access;
  const failures = createFailures(deps, access);

  app.use(securityHeaders, noCrossSite);
  if (access.isOpen) app.use(onlyThisMachine);
  app.onError((cause, c) => failures.onError(cause, c));

  const ready = createReadiness(deps);
  app.get(ROUTES.healthz.path, (c) => c.json({ status: 'ok' }));
  app.get(ROUTES.readyz.path, async (c) => {
    const answer = await ready();
    return c.json(answer, answer.ready ? 200 : 503);
  });

  const limit = bodyLimit({
    maxSize: BODY_LIMIT,
    onError: () => {
      throw new HttpProblem(
        413,
        `the body is larger than ${BODY_LIMIT / 1024} KiB`,
        'Send ids and a note only.',
      );
    },
  });
  const handlers = apiHandlers(deps);
  for (const name of ['sync', 'runs', 'run', 'plan', 'approve', 'reject', 'forecast'] as const) {
    const route = ROUTES[name];
    app.on(route.method, route.path, guard(route.role), limit, handlers[name]);
  }
  const streams = once(async () => (await import('./run-stream.ts')).createRunStreams(deps));
  app.get(ROUTES.events.path, guard(ROUTES.events.role), async (c) => {
    const { after = null } = queryOf(c, eventsQuery);
    const last = c.req.header('last-event-id') ?? after;
    const answer = await (await streams()).open(c.req.param('id'), last, () => access.isStill(c));
    // Nobody reads the body of an answer to HEAD, so that its stream would stay open.
    if (c.req.method === 'HEAD') await answer.body?.cancel();
    return answer;
  });
  app.get('/openapi.json', guard('viewer'), (c) => c.json(openApiDocument(deps.version)));

  // Loaded when first asked for, so that the start stays fast.
  const metrics = once(async () => (await import('./metrics.ts')).createMetrics(deps));
  app.get(ROUTES.metrics.path, guard(ROUTES.metrics.role), async (c) => {
    const { contentType, text } = await metrics();
    return c.body(await text(), 200, { 'content-type': contentType });
  });
  const board = once(async () => (await import('./queues.ts')).createBoard(deps));
  const look = guard('viewer');
  const act = guard('operator');
  app.on(
    ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    ['/queues', '/queues/*'],
    limit,
    (c, next) => (isReading(c.req.method) ? look : act)(c, next),
    async (c) => (await board()).fetch(c.req.raw, c.env),
  );
  const pages = once(async () => (await import('./pages/pages.ts')).createPages(deps, access, failures));
  app.all('*', limit, async (c) => (await pages()).fetch(c.req.raw, c.env));
  return app;
}
