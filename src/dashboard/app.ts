import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { CohortSyncError, LedgerError, messageOf, RosterError } from '../errors.ts';
import { DecisionError } from '../runs/decide.ts';
import { apiHandlers } from './api.ts';
import { type AppEnv, createGuard } from './auth.ts';
import type { DashboardDeps } from './deps.ts';
import { createReadiness } from './health.ts';
import { openApiDocument } from './openapi.ts';
import { answerProblem, HttpProblem } from './problem.ts';
import { BODY_LIMIT } from './requests.ts';
import { ROUTES } from './routes.ts';
import { noCrossSite, onlyThisMachine, securityHeaders } from './security.ts';

/** The HTTP part of the service: the API, health, metrics, and bull-board. Listens nowhere by itself. */
export function createApp(deps: DashboardDeps): Hono<AppEnv> {
  const { config, context, log } = deps;
  const app = new Hono<AppEnv>();
  const guard = createGuard(config.http.tokens, () => context.timer.elapsed());

  app.use(securityHeaders, noCrossSite);
  if (config.http.tokens.length === 0) app.use(onlyThisMachine);
  app.onError((cause, c) => {
    const problem = problemOf(cause);
    if (problem.status >= 500) log.warn({ path: c.req.path, problem: messageOf(cause) }, 'a request failed');
    return answerProblem(c, problem);
  });
  app.notFound((c) => answerProblem(c, new HttpProblem(404, 'there is nothing here', 'See /openapi.json.')));

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
    (c, next) => (c.req.method === 'GET' ? look : act)(c, next),
    async (c) => (await board()).fetch(c.req.raw, c.env),
  );
  return app;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** Nothing of an unknown error goes out: its message may hold anything. */
function problemOf(cause: unknown): HttpProblem {
  if (cause instanceof HttpProblem) return cause;
  if (cause instanceof DecisionError)
    return new HttpProblem(cause.missing ? 404 : 409, cause.message, cause.advice);
  if (cause instanceof LedgerError) return new HttpProblem(503, cause.message, cause.advice);
  if (cause instanceof RosterError) return new HttpProblem(502, cause.message, cause.advice);
  if (cause instanceof CohortSyncError) return new HttpProblem(500, cause.message, cause.advice);
  return new HttpProblem(500, 'cohort-sync failed to answer', 'The log of the service says why.');
}
