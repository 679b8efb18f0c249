import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { fromInstant, toInstant } from '../dates.ts';
import { CohortSyncError } from '../errors.ts';
import { faultOrder } from './faults.ts';
import type { Sandbox } from './sandbox.ts';
import type { Serve } from './server.ts';
import type { StandIn } from './stand-in.ts';

export const CONTROL_PREFIX = '/sandbox';

const clockChange = z.union([
  z.strictObject({ at: z.iso.datetime({ offset: true }) }),
  z.strictObject({ advanceMilliseconds: z.int().nonnegative() }),
]);

interface Call {
  readonly query: URLSearchParams;
  readonly input: unknown;
  /** The number in the path, where there is one. */
  readonly id: number;
}

type Operation = (call: Call) => unknown;

/**
 * The control API below `/sandbox`: everything that a test in the same process can do to the sandbox, but for hooks.
 * JSON in and out. 400 says what is wrong with the input, 409 that the sandbox can't do what was asked.
 */
export function serveControl(sandbox: Sandbox, standIns: readonly StandIn[]): Serve {
  const operations: Record<string, Operation> = {
    ...operationsOf(sandbox),
    ...Object.fromEntries(
      standIns.flatMap(({ provider, controls }) =>
        Object.entries(controls).map(
          ([name, operation]) => [below(provider, name), ({ input }: Call) => operation(input)] as const,
        ),
      ),
    ),
  };
  operations['GET /'] = () => ({
    url: sandbox.url,
    providers: standIns.map(({ provider }) => provider),
    operations: Object.keys(operations).map((name) => name.replace(' /', ` ${CONTROL_PREFIX}/`)),
  });

  return async (request, response, body) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', sandbox.url);
    const path = pathname.slice(CONTROL_PREFIX.length).replace(/\/$/, '') || '/';
    const id = Number(/\d+/.exec(path)?.[0]);
    const operation = operations[`${request.method} ${path.replace(/\d+/, ':id')}`];
    if (operation === undefined)
      return reply(response, 404, { error: 'no such operation; see GET /sandbox' });
    try {
      const input: unknown = body === '' ? undefined : JSON.parse(body);
      reply(response, 200, (await operation({ query: searchParams, input, id })) ?? {});
    } catch (thrown) {
      if (thrown instanceof z.ZodError) reply(response, 400, { error: z.prettifyError(thrown) });
      else if (thrown instanceof SyntaxError) reply(response, 400, { error: 'the body is not JSON' });
      else if (thrown instanceof CohortSyncError) reply(response, 409, { error: thrown.message });
      else throw thrown;
    }
  };
}

function operationsOf({
  requests,
  effects,
  clearLog,
  seats,
  trapped,
  faults,
  clock,
}: Sandbox): Record<string, Operation> {
  const time = () => ({ now: toInstant(clock.now()) });
  return {
    'GET /requests': ({ query }) => after(query, requests()),
    'GET /effects': ({ query }) => after(query, effects()),
    'DELETE /log': clearLog,
    'GET /seats': seats,
    'GET /trapped': trapped,
    'GET /clock': time,
    'PUT /clock': ({ input }) => {
      const change = clockChange.parse(input);
      if ('at' in change) clock.set(fromInstant(change.at));
      else clock.advance(change.advanceMilliseconds);
      return time();
    },
    'GET /faults': () => faults.reports(),
    'POST /faults': ({ input }) => faults.order(faultOrder.parse(input)).report(),
    'DELETE /faults': () => faults.clear(),
    'GET /faults/:id': ({ id }) => faults.ordered(id).report(),
    'DELETE /faults/:id': ({ id }) => faults.ordered(id).cancel(),
    'POST /faults/:id/release': ({ id }) => faults.ordered(id).release(),
    // Answers once the fault has come about, so that nobody has to ask again and again.
    'GET /faults/:id/hit': async ({ id, query }) => {
      const ordered = faults.ordered(id);
      await ordered.hit(Number(query.get('hits') ?? 1));
      return ordered.report();
    },
  };
}

/** Entries of a log that come after the number in the query. */
function after<T extends { readonly n: number }>(
  query: URLSearchParams,
  entries: readonly T[],
): readonly T[] {
  const last = Number(query.get('after') ?? 0);
  return entries.filter(({ n }) => n > last);
}

function below(provider: string, name: string): string {
  return name.replace(' /', ` /${provider}/`).replace(/\/$/, '');
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    .end(`${JSON.stringify(body)}\n`);
}
