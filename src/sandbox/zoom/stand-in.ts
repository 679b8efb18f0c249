import type { Clock } from '../../dates.ts';
import type { Accounting } from '../accounting.ts';
import type { Effect, LogWriter } from '../log.ts';
import type { Answer, ArrivedRequest, StandIn } from '../stand-in.ts';
import { refuse } from './answers.ts';
import { makeZoomControl, type ZoomControl } from './control.ts';
import { isAuthorized, issueToken } from './oauth.ts';
import type { ZoomOptions } from './options.ts';
import { overLimit } from './rate-limits.ts';
import { ROUTES } from './routes.ts';
import type { ChangeContext } from './seats.ts';
import { initialState, type ZoomState } from './state.ts';

const PROVIDER = 'zoom';
const API = '/zoom/v2';
const TOKEN = '/zoom/oauth/token';

export interface ZoomStandIn extends StandIn {
  readonly control: ZoomControl;
}

interface Parts {
  readonly clock: Clock;
  readonly log: LogWriter;
  readonly accounting: Accounting;
}

/** A stand-in for Zoom: its API at `/zoom/v2`, its token endpoint at `/zoom/oauth/token`. */
export function makeZoom(options: ZoomOptions, { clock, log, accounting }: Parts): ZoomStandIn {
  let state = start(options);
  const contextAt = (now: number, by: Effect['by']): ChangeContext => ({
    state,
    now,
    by,
    effect: (effect) => log.effect({ provider: PROVIDER, by, subscription: state.accountId, ...effect }, now),
    seatsChanged: (from, to) => {
      const kind = to < from ? 'decrement' : 'increment';
      const subscription = state.accountId;
      log.effect({ provider: PROVIDER, by, kind, subscription, license: null, from, to }, now);
      accounting.changed(subscription, { at: now, by, from, to });
    },
  });
  const control = makeZoomControl({
    context: (by) => contextAt(clock.now(), by),
    reset: (to) => {
      state = start(to);
    },
  });

  return {
    provider: PROVIDER,
    ownPath: (path) => {
      if (path === TOKEN) return '/oauth/token';
      return path.startsWith(`${API}/`) ? path.slice(API.length) : null;
    },
    handle: (request) => {
      const now = clock.now();
      return request.path === '/oauth/token'
        ? issueToken(request, state, now)
        : traced(answer(request, contextAt(now, 'api')), request.n);
    },
    settleDue: () => {},
    errorBody: (status) => ({ code: status, message: `ordered error ${status}` }),
    controls: control.operations,
    control: control.methods,
  };

  function start(from: ZoomOptions): ZoomState {
    const fresh = initialState(from, clock.now());
    // An account that nobody asked for is on no invoice.
    if (Object.keys(from).length > 0) accounting.opened(PROVIDER, fresh.accountId, fresh.plan.hosts);
    return fresh;
  }
}

function answer(request: ArrivedRequest, context: ChangeContext): Answer {
  const { method, path, headers, query } = request;
  const { state, now } = context;
  if (!isAuthorized(request, state, now)) return refuse(401, 124, 'Access token is expired.');

  const atPath = ROUTES.filter((route) => route.path.test(path));
  const route = atPath.find((candidate) => candidate.method === method);
  if (route === undefined) return refuse(404, 2300, 'This API endpoint is not recognized.');
  const limited = overLimit(state, route.label, now);
  if (limited !== null) return limited;
  const { scopes, scopeCode } = state.settings;
  if (!scopes.includes(route.scope)) {
    const message = `Invalid access token, does not contain scopes:[${route.scope}].`;
    return refuse(400, scopeCode, message);
  }
  const params = decoded(route.path.exec(path)?.groups);
  if (params === null) return refuse(400, 300, 'The path is not well-formed.');
  if (method === 'GET') return route.handle({ context, params, query, body: undefined });
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return refuse(415, 300, 'The content type has to be application/json.');
  }
  const body = parsed(request.body);
  return body === undefined
    ? refuse(400, 300, 'The body is not JSON.')
    : route.handle({ context, params, query, body: body.value });
}

function traced(given: Answer, n: number): Answer {
  return { ...given, headers: { 'x-zm-trackingid': `sandbox-${n}`, ...given.headers } };
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
