import type { IncomingHttpHeaders } from 'node:http';
import type { ZoomPoolConfig } from '../../../config/schema.ts';
import { zoned } from '../../dates.ts';
import { ProviderError } from '../../errors.ts';
import { parseRetryAfter } from '../../retry-after.ts';
import { createHttpClient, type HttpClient, type HttpRequest, type ProviderDeps } from '../http/client.ts';
import { localPace } from '../http/pace.ts';
import type { SendGate } from '../provider.ts';
import { explainZoom } from './failures.ts';
import { createTokens } from './token.ts';
import {
  type BulkAnswer,
  bulkBody,
  createdBody,
  meetingsBody,
  type PlanUsage,
  readCode,
  readError,
  settingsBody,
  summaryBody,
  type UserPage,
  type UserSettings,
  type UserSummary,
  usageBody,
  userPage,
} from './wire.ts';

export type UserStatus = 'active' | 'inactive' | 'pending';

/** Basic or Licensed. */
export type UserType = 1 | 2;

/** The requests of Zoom's API that we make, one function each. All throw ProviderError. */
export interface ZoomApi {
  /** What the app may do by its token; null where Zoom has not said so. */
  scopes(): readonly string[] | null;
  /** One page of the users of one status; `pageToken` is empty for the first. */
  users(status: UserStatus, pageToken: string, signal: AbortSignal): Promise<UserPage>;
  summary(signal: AbortSignal): Promise<UserSummary>;
  usage(signal: AbortSignal): Promise<PlanUsage>;
  settings(user: string, signal: AbortSignal): Promise<UserSettings>;
  /** How many meetings a user hosts at this moment. */
  liveMeetings(user: string, signal: AbortSignal): Promise<number>;
  /** At most 30 users. The answer tells who was left out and why. */
  setTypes(
    users: readonly string[],
    type: UserType,
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<BulkAnswer>;
  setType(user: string, type: UserType, gate: SendGate, signal: AbortSignal): Promise<void>;
  /** Sends an invitation to become a licensed user of the account. */
  invite(email: string, gate: SendGate, signal: AbortSignal): Promise<void>;
  /** ABSOLUTE: sets the number of licenses. For approved partner accounts only. */
  setHosts(
    plan: { readonly type: string; readonly hosts: number },
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<void>;
}

/** The most that every version of the reference allows. */
const PAGE_SIZE = 300;

/** Requests a second by label (developers.zoom.us/docs/api/rate-limits). They are the whole account's. */
const LIMITS = {
  pro: { Light: 30, Medium: 20, Heavy: 10 },
  business: { Light: 80, Medium: 60, Heavy: 40 },
} as const;

type Label = keyof (typeof LIMITS)['pro'];

export function createZoomApi(config: ZoomPoolConfig, deps: ProviderDeps): ZoomApi {
  const tokens = createTokens(config, deps);
  const pace = deps.pace ?? localPace(deps.clock);
  let current: { readonly token: string; readonly client: HttpClient } | null = null;

  const clientFor = (token: string): HttpClient => {
    if (current?.token === token) return current.client;
    const client = createHttpClient({
      ...deps,
      pool: config.id,
      baseUrl: config.baseUrl,
      headers: { authorization: `Bearer ${token}` },
      secrets: [config.clientSecret, token],
      ...{ readError, readCode, readRetryAt, explain: explainZoom },
    });
    current = { token, client };
    return client;
  };

  async function once<T>(label: Label, call: HttpRequest<T>): Promise<T> {
    const token = await tokens.get();
    await pace(
      { name: `zoom:${config.accountId}:${label}`, perSecond: LIMITS[config.tier][label] },
      call.signal,
    );
    try {
      return (await clientFor(token).request(call)).data;
    } catch (cause) {
      if (isStale(cause)) tokens.drop(token);
      throw cause;
    }
  }

  /** A token that has lapsed is replaced once: by 401 with code 124 Zoom says that it did nothing. */
  async function renewing<T>(label: Label, call: HttpRequest<T>): Promise<T> {
    try {
      return await once(label, call);
    } catch (cause) {
      if (!isStale(cause)) throw cause;
      return once(label, call);
    }
  }

  const read = { method: 'GET', changes: false } as const;
  const empty = { schema: createdBody.partial(), empty: {}, changes: true } as const;
  const pathOf = (user: string) => `/users/${encodeURIComponent(user)}`;

  return {
    scopes: tokens.scopes,
    users: (status, pageToken, signal) => {
      const page = { status, page_size: String(PAGE_SIZE) };
      const query = pageToken === '' ? page : { ...page, next_page_token: pageToken };
      return renewing('Medium', { ...read, path: '/users', query, schema: userPage, signal });
    },
    summary: (signal) => renewing('Medium', { ...read, path: '/users/summary', schema: summaryBody, signal }),
    usage: (signal) =>
      renewing('Heavy', { ...read, path: '/accounts/me/plans/usage', schema: usageBody, signal }),
    settings: (user, signal) =>
      renewing('Medium', { ...read, path: `${pathOf(user)}/settings`, schema: settingsBody, signal }),
    liveMeetings: async (user, signal) => {
      const request = { path: `${pathOf(user)}/meetings`, query: { type: 'live' }, schema: meetingsBody };
      return (await renewing('Medium', { ...read, ...request, signal })).meetings.length;
    },
    setTypes: (users, type, gate, signal) => {
      const body = {
        ...{ feature_type: 'user_type', feature_value: String(type) },
        users: users.map((id) => ({ id })),
      };
      const request = { method: 'POST', path: '/users/features', body, schema: bulkBody } as const;
      return renewing('Medium', { ...request, changes: true, gate, signal });
    },
    setType: async (user, type, gate, signal) => {
      const request = { method: 'PATCH', path: pathOf(user), body: { type } } as const;
      await renewing('Light', { ...request, ...empty, gate, signal });
    },
    invite: async (email, gate, signal) => {
      const body = { action: 'create', user_info: { email, type: 2 } };
      const request = { method: 'POST', path: '/users', body, schema: createdBody } as const;
      await renewing('Light', { ...request, changes: true, gate, signal });
    },
    setHosts: async (plan, gate, signal) => {
      const path = `/accounts/${encodeURIComponent(config.accountId)}/plans/base`;
      // Never sent twice, not even for a lapsed token: its intent is written for one request.
      await once('Heavy', { method: 'PUT', path, body: plan, ...empty, gate, signal });
    },
  };
}

function isStale(cause: unknown): boolean {
  return cause instanceof ProviderError && cause.status === 401 && cause.providerCode === 124;
}

/**
 * `Retry-After` is an ISO date, and comes with a day's limit only, not always even then. A day's limit ends at midnight
 * UTC, a second's at once.
 */
export function readRetryAt(headers: IncomingHttpHeaders, now: number): number | null {
  const told = parseRetryAfter(headers['retry-after'], now);
  const type = headers['x-ratelimit-type'];
  if (told !== null || typeof type !== 'string') return told;
  if (/daily/i.test(type)) return zoned(now, 'UTC').add({ days: 1 }).startOfDay().epochMilliseconds;
  return /qps/i.test(type) ? now + 1000 : null;
}
