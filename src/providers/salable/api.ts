import type { SalablePoolConfig } from '../../../config/schema.ts';
import { createHttpClient, type HttpAnswer, type ProviderDeps } from '../http/client.ts';
import type { SendGate, TotalChange } from '../provider.ts';
import { explainSalable } from './failures.ts';
import {
  type Event,
  eventBody,
  type License,
  type LicenseCount,
  licenseCount,
  licenseList,
  type Plan,
  planBody,
  readError,
  type Subscription,
  seatsAnswer,
  subscriptionBody,
  type UpdatedLicense,
  updatedLicenses,
} from './wire.ts';

/** The requests of Salable API v1 that we make, one function each. All throw ProviderError. */
export interface SalableApi {
  subscription(signal: AbortSignal): Promise<Subscription>;
  /** Of the whole organization, canceled ones too: v1 knows no filter by subscription, and no pages. */
  licenses(signal: AbortSignal): Promise<License[]>;
  count(signal: AbortSignal): Promise<LicenseCount>;
  plan(planUuid: string, signal: AbortSignal): Promise<Plan>;
  event(eventUuid: string, signal: AbortSignal): Promise<Event>;
  /** One batch. 206 means that some lines were not applied, and leaves them out. */
  updateLicenses(
    updates: readonly { readonly uuid: string; readonly granteeId: string | null }[],
    gate: SendGate,
    signal: AbortSignal,
  ): Promise<HttpAnswer<UpdatedLicense[]>>;
  /**
   * RELATIVE: computes the quantity from the two totals and must never be sent twice for one change. Answers the uuid
   * of the event to follow, or null where the change is made already.
   */
  changeSeats(change: TotalChange, gate: SendGate, signal: AbortSignal): Promise<string | null>;
}

export function createSalableApi(config: SalablePoolConfig, deps: ProviderDeps): SalableApi {
  const client = createHttpClient({
    ...deps,
    pool: config.id,
    baseUrl: config.baseUrl,
    // Without it, or with another version, PUT and the shape of lists mean something else.
    headers: { 'x-api-key': config.apiKey, version: config.version },
    secrets: [config.apiKey],
    readError,
    explain: explainSalable,
  });
  const subscriptionPath = `/subscriptions/${encodeURIComponent(config.subscriptionUuid)}`;
  const read = { method: 'GET', changes: false } as const;

  return {
    subscription: async (signal) => {
      const request = { ...read, path: subscriptionPath, schema: subscriptionBody, signal };
      return (await client.request(request)).data;
    },
    licenses: async (signal) => {
      return (await client.request({ ...read, path: '/licenses', schema: licenseList, signal })).data;
    },
    count: async (signal) => {
      const query = { subscriptionUuid: config.subscriptionUuid };
      const request = { ...read, path: '/licenses/count', query, schema: licenseCount, signal };
      return (await client.request(request)).data;
    },
    plan: async (planUuid, signal) => {
      const path = `/plans/${encodeURIComponent(planUuid)}`;
      return (await client.request({ ...read, path, schema: planBody, signal })).data;
    },
    event: async (eventUuid, signal) => {
      const path = `/events/${encodeURIComponent(eventUuid)}`;
      return (await client.request({ ...read, path, schema: eventBody, signal })).data;
    },
    updateLicenses: (updates, gate, signal) =>
      client.request({
        ...{ method: 'PUT', path: '/licenses', body: updates, changes: true },
        ...{ schema: updatedLicenses, empty: [], gate, signal },
      }),
    changeSeats: async ({ observed, expected }, gate, signal) => {
      const { proration } = config;
      const more = expected > observed;
      const body = more
        ? { increment: expected - observed, proration }
        : { decrement: observed - expected, proration };
      const answer = await client.request<{ readonly eventUuid: string | null }>({
        ...{ method: more ? 'POST' : 'PUT', path: `${subscriptionPath}/seats`, body, changes: true },
        ...{ schema: seatsAnswer, empty: { eventUuid: null }, gate, signal },
      });
      return answer.data.eventUuid;
    },
  };
}
