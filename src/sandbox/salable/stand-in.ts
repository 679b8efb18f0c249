import type { Clock } from '../../dates.ts';
import type { Accounting } from '../accounting.ts';
import type { Effect, LogWriter } from '../log.ts';
import type { Answer, ArrivedRequest, StandIn } from '../stand-in.ts';
import { refuse } from './answers.ts';
import { makeSalableControl, type SalableControl } from './control.ts';
import { dueAt } from './events.ts';
import type { SalableOptions } from './options.ts';
import { ROUTES } from './routes.ts';
import { type ChangeContext, endSeatEvent } from './seats.ts';
import { keepForReads } from './stale.ts';
import { initialState, type SalableState } from './state.ts';

const PROVIDER = 'salable';
const PREFIX = '/salable';

export interface SalableStandIn extends StandIn {
  readonly control: SalableControl;
  readonly snapshots: SalableSnapshots;
}

/** For tests in the same process: a moment of the stand-in, to be brought back in another sandbox. */
export interface SalableSnapshots {
  /** A copy of all that it knows, changes under way included. */
  take(): SalableState;
  /** Takes a copy's place; nothing of it appears in the log of effects. Its times are by the clock that it was taken by. */
  restore(state: SalableState): void;
}

interface Parts {
  readonly clock: Clock;
  readonly log: LogWriter;
  readonly accounting: Accounting;
}

/** A stand-in for Salable API v1 at `/salable`, as strict as its reference. */
export function makeSalable(options: SalableOptions, { clock, log, accounting }: Parts): SalableStandIn {
  let state = start(options);
  const contextAt = (now: number, by: Effect['by']): ChangeContext => ({
    state,
    now,
    by,
    effect: (effect) => log.effect({ provider: PROVIDER, by, ...effect }, now),
    seatsChanged: (subscription, from, to) => {
      const kind = to < from ? 'decrement' : 'increment';
      log.effect({ provider: PROVIDER, by, kind, subscription, license: null, from, to }, now);
      accounting.changed(subscription, { at: now, by, from, to });
    },
    beforeChange: () => keepForReads(state, now),
  });
  const settleDue = () => {
    const due = state.events
      .map((event) => ({ event, at: dueAt(event) ?? Number.POSITIVE_INFINITY }))
      .filter(({ at }) => at <= clock.now())
      .toSorted((one, other) => one.at - other.at);
    for (const { event, at } of due) endSeatEvent(contextAt(at, 'api'), event, event.plan.outcome);
  };
  const control = makeSalableControl({
    context: (by) => {
      settleDue();
      return contextAt(clock.now(), by);
    },
    reset: (to) => {
      state = start(to);
    },
  });

  return {
    provider: PROVIDER,
    ownPath: (path) => (path.startsWith(`${PREFIX}/`) ? path.slice(PREFIX.length) : null),
    handle: (request) => {
      settleDue();
      return answer(request, contextAt(clock.now(), 'api'));
    },
    settleDue,
    errorBody: (status) => ({ error: `ordered error ${status}` }),
    controls: control.operations,
    control: control.methods,
    snapshots: {
      take: () => structuredClone(state),
      restore: (taken) => {
        state = structuredClone(taken);
      },
    },
  };

  function start(from: SalableOptions): SalableState {
    const fresh = initialState(from, clock.now());
    for (const { uuid, quantity } of fresh.subscriptions) accounting.opened(PROVIDER, uuid, quantity);
    return fresh;
  }
}

function answer(request: ArrivedRequest, context: ChangeContext): Answer {
  const { method, path, headers, query } = request;
  const scopes = scopesOf(context.state, headers['x-api-key']);
  if (scopes === undefined) return refuse(401, 'the API key is missing or not valid');
  if (headers.version !== 'v1') return refuse(400, 'the version header has to be v1');

  const atPath = ROUTES.filter((route) => route.path.test(path));
  const route = atPath.find((candidate) => candidate.method === method);
  if (atPath.length === 0) return refuse(404, 'no such path');
  if (route === undefined) {
    const allowed = atPath.map((candidate) => candidate.method).join(', ');
    return { ...refuse(405, `${method} is not allowed here`), headers: { allow: allowed } };
  }
  if (!scopes.has(route.scope)) return refuse(403, `the API key lacks the scope ${route.scope}`);

  const params = decoded(route.path.exec(path)?.groups);
  if (params === null) return refuse(400, 'the path is not well-formed');
  if (method === 'GET') return route.handle({ context, params, query, body: undefined });
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return refuse(400, 'the content type has to be application/json');
  }
  const body = parsed(request.body);
  return body === undefined
    ? refuse(400, 'the body is not JSON')
    : route.handle({ context, params, query, body: body.value });
}

function scopesOf(state: SalableState, key: string | string[] | undefined) {
  return typeof key === 'string' ? state.scopesByKey.get(key) : undefined;
}

function decoded(groups: Record<string, string> | undefined): Record<string, string> | null {
  try {
    return Object.fromEntries(
      Object.entries(groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    return null;
  }
}

function parsed(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}
