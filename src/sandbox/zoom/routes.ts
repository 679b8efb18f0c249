import type { Answer, ArrivedRequest } from '../stand-in.ts';
import { updateFeatures } from './bulk.ts';
import type { Scope } from './options.ts';
import { changePlan, readUsage } from './plans.ts';
import type { Label } from './rate-limits.ts';
import type { ChangeContext } from './seats.ts';
import { createUser, getSettings, getUser, listMeetings, listUsers, summarize, updateUser } from './users.ts';

/** What the handler of a route gets. */
export interface RouteCall {
  readonly context: ChangeContext;
  /** The parts of the path that the route's pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: ArrivedRequest['query'];
  /** The parsed JSON body; undefined for methods without one. */
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: RegExp;
  readonly scope: Scope;
  readonly label: Label;
  handle(call: RouteCall): Answer;
}

const USER = '/users/(?<user>[^/]+)';

/** Fixed paths come before `{userId}`. */
export const ROUTES: readonly Route[] = [
  route('GET', '/users', 'user:read:list_users:admin', 'Medium', listUsers),
  route('POST', '/users', 'user:write:user:admin', 'Light', createUser),
  route('GET', '/users/summary', 'user:read:summary:admin', 'Medium', summarize),
  route('POST', '/users/features', 'user:write:feature:admin', 'Medium', updateFeatures),
  route('GET', USER, 'user:read:user:admin', 'Light', getUser),
  route('PATCH', USER, 'user:update:user:admin', 'Light', updateUser),
  route('GET', `${USER}/settings`, 'user:read:settings:admin', 'Medium', getSettings),
  route('GET', `${USER}/meetings`, 'meeting:read:list_meetings:admin', 'Medium', listMeetings),
  route('GET', '/accounts/me/plans/usage', 'billing:read:plan_usage:admin', 'Heavy', readUsage),
  route('PUT', '/accounts/(?<account>[^/]+)/plans/base', 'billing:master', 'Heavy', changePlan),
];

function route(
  method: Route['method'],
  path: string,
  scope: Scope,
  label: Label,
  handle: Route['handle'],
): Route {
  return { method, path: new RegExp(`^${path}$`), scope, label, handle };
}
