import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { HEADERS, license, salable, subscription } from './calls.ts';

const NOWHERE = '99999999-9999-4999-8999-999999999999';
const SUBSCRIPTION = '5a000000-0000-4000-8000-000000000001';
const LICENSE = '11000000-0000-4000-8000-000000000001';
const PLAN = '4d000000-0000-4000-8000-000000000001';

/** Canceled licenses come first in the stand-in's list, so that nothing relies on them being last. */
const options = {
  salable: {
    keys: [
      { key: 'test_sandbox' },
      { key: 'test_reader', scopes: ['subscriptions:read' as const, 'licenses:read' as const] },
    ],
    subscriptions: [
      { seats: 3, assigned: ['ann@x.org'], minSeats: 2, maxSeats: 5 },
      { seats: 2, assigned: ['bob@x.org', 'bob@x.org'], canceled: [null] },
    ],
    adHoc: ['owner@x.org'],
    settings: { refusedGrantees: ['bad@x.org'] },
  },
};

// The fields of the samples in the Salable API (v1) reference.
const LICENSE_FIELDS = [
  ...['uuid', 'productUuid', 'planUuid', 'subscriptionUuid', 'granteeId', 'purchaser', 'email', 'name'],
  ...[
    'paymentService',
    'type',
    'capabilities',
    'startTime',
    'endTime',
    'status',
    'metadata',
    'updatedAt',
    'isTest',
  ],
];
const SAMPLES = [
  {
    path: `/subscriptions/${SUBSCRIPTION}`,
    fields: [
      ...['uuid', 'productUuid', 'planUuid', 'organisation', 'paymentIntegrationSubscriptionId', 'type'],
      ...['quantity', 'email', 'expiryDate', 'lineItemIds', 'status', 'createdAt', 'updatedAt', 'isTest'],
    ],
  },
  { path: `/licenses/${LICENSE}`, fields: LICENSE_FIELDS },
  { path: '/licenses/count', fields: ['count', 'assigned', 'unassigned'] },
  {
    path: `/plans/${PLAN}`,
    fields: [
      ...[
        'uuid',
        'name',
        'description',
        'displayName',
        'status',
        'isTest',
        'trialDays',
        'evaluation',
        'evalDays',
      ],
      ...[
        'organisation',
        'visibility',
        'licenseType',
        'perSeatAmount',
        'interval',
        'length',
        'active',
        'planType',
      ],
      ...[
        'pricingType',
        'environment',
        'paddlePlanId',
        'productUuid',
        'salablePlan',
        'updatedAt',
        'maxSeatAmount',
      ],
    ],
  },
];

const SEATS = `/subscriptions/${SUBSCRIPTION}/seats`;
const { 'x-api-key': _key, ...NO_KEY } = HEADERS;
const { version: _version, ...NO_VERSION } = HEADERS;
const OF_READER = { ...HEADERS, 'x-api-key': 'test_reader' };
const AS_TEXT = { ...HEADERS, 'content-type': 'text/plain' };

interface Refusal {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly status: number;
}

const REFUSALS: readonly Refusal[] = [
  { what: 'a missing key', headers: NO_KEY, status: 401 },
  { what: 'a wrong key', headers: { ...HEADERS, 'x-api-key': 'test_other' }, status: 401 },
  { what: 'a missing version', headers: NO_VERSION, status: 400 },
  { what: 'another version', headers: { ...HEADERS, version: 'v2' }, status: 400 },
  { what: 'a key without the scope to write', method: 'POST', path: SEATS, headers: OF_READER, status: 403 },
  { what: 'a key without the scope for plans', path: `/plans/${PLAN}`, headers: OF_READER, status: 403 },
  { what: 'an unknown path', path: '/seats', status: 404 },
  { what: 'an unknown subscription', path: `/subscriptions/${NOWHERE}`, status: 404 },
  { what: 'an unknown license', path: `/licenses/${NOWHERE}`, status: 404 },
  { what: 'an unknown event', path: `/events/${NOWHERE}`, status: 404 },
  { what: 'an unknown plan', path: `/plans/${NOWHERE}`, status: 404 },
  { what: 'a verb that the path does not know', method: 'DELETE', path: '/licenses', status: 405 },
  { what: 'a status in upper case', path: '/licenses?status=ACTIVE', status: 400 },
  { what: 'a body that is not JSON', method: 'POST', path: SEATS, body: '{"increment":', status: 400 },
  {
    what: 'a body that is not sent as JSON',
    method: 'POST',
    path: SEATS,
    body: '{"increment":1}',
    headers: AS_TEXT,
    status: 400,
  },
  { what: 'an increment of nothing', method: 'POST', path: SEATS, body: { increment: 0 }, status: 400 },
  { what: 'a negative increment', method: 'POST', path: SEATS, body: { increment: -1 }, status: 400 },
  { what: 'half an increment', method: 'POST', path: SEATS, body: { increment: 1.5 }, status: 400 },
  { what: 'an increment as text', method: 'POST', path: SEATS, body: { increment: '1' }, status: 400 },
  {
    what: 'a decrement by the verb of increments',
    method: 'POST',
    path: SEATS,
    body: { decrement: 1 },
    status: 400,
  },
  {
    what: 'an increment by the verb of decrements',
    method: 'PUT',
    path: SEATS,
    body: { increment: 1 },
    status: 400,
  },
  {
    what: 'an unknown proration',
    method: 'POST',
    path: SEATS,
    body: { increment: 1, proration: 'no' },
    status: 400,
  },
  {
    what: 'more seats than the plan allows',
    method: 'POST',
    path: SEATS,
    body: { increment: 3 },
    status: 400,
  },
  {
    what: 'fewer seats than the plan needs',
    method: 'PUT',
    path: SEATS,
    body: { decrement: 2 },
    status: 400,
  },
  { what: 'a batch of nothing', method: 'PUT', path: '/licenses', body: [], status: 400 },
  {
    what: 'a batch that is no list',
    method: 'PUT',
    path: '/licenses',
    body: { uuid: LICENSE, granteeId: null },
    status: 400,
  },
  {
    what: 'a batch line without a grantee',
    method: 'PUT',
    path: '/licenses',
    body: [{ uuid: LICENSE }],
    status: 400,
  },
  {
    what: 'a batch that names no uuid',
    method: 'PUT',
    path: '/licenses',
    body: [{ uuid: 'x', granteeId: null }],
    status: 400,
  },
  {
    what: 'a batch that names a license twice',
    method: 'PUT',
    path: '/licenses',
    body: [
      { uuid: LICENSE, granteeId: null },
      { uuid: LICENSE, granteeId: 'ann@x.org' },
    ],
    status: 400,
  },
  {
    what: 'a grantee that it refuses',
    method: 'PUT',
    path: `/licenses/${LICENSE}`,
    body: { granteeId: 'bad@x.org' },
    status: 400,
  },
  {
    what: 'an unknown license to update',
    method: 'PUT',
    path: `/licenses/${NOWHERE}`,
    body: { granteeId: null },
    status: 404,
  },
];

describe('the Salable stand-in', () => {
  it.each(SAMPLES)('answers $path with the fields of the reference', async ({ path, fields }) => {
    await using sandbox = await startSandbox(options);
    const { status, body, headers } = await salable(sandbox, 'GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(Object.keys(Object(body)).sort()).toEqual([...fields].sort());
  });

  it.each(REFUSALS)('refuses $what with $status and changes nothing', async (refusal) => {
    await using sandbox = await startSandbox(options);
    const before = sandbox.salable.report();
    const { method = 'GET', path = `/subscriptions/${SUBSCRIPTION}` } = refusal;
    const { status, body } = await salable(sandbox, method, path, refusal.body, refusal.headers);
    expect(status).toBe(refusal.status);
    expect(body).toSatisfy((error: object) => 'error' in error || 'validationErrors' in error);
    expect(sandbox.salable.report()).toEqual(before);
    expect(sandbox.effects()).toEqual([]);
    expect(sandbox.requests()).toMatchObject([{ status: refusal.status, changed: false }]);
  });

  it('names the property of a validation error', async () => {
    await using sandbox = await startSandbox(options);
    const { body } = await salable(sandbox, 'POST', SEATS, { increment: 0 });
    expect(body).toEqual({ validationErrors: [{ property: 'increment', error: expect.any(String) }] });
  });

  it('lists the licenses of all subscriptions in a bare array, canceled ones too, whatever page is asked for', async () => {
    await using sandbox = await startSandbox(options);
    const { body } = await salable(sandbox, 'GET', `/licenses?take=1&subscriptionUuid=${SUBSCRIPTION}`);
    expect(body).toMatchObject([
      { subscriptionUuid: SUBSCRIPTION, granteeId: 'ann@x.org', status: 'ACTIVE' },
      { subscriptionUuid: SUBSCRIPTION, granteeId: null, status: 'ACTIVE' },
      { subscriptionUuid: SUBSCRIPTION, granteeId: null, status: 'ACTIVE' },
      { subscriptionUuid: subscription(sandbox, 1).uuid, granteeId: null, status: 'CANCELED' },
      { granteeId: 'bob@x.org', status: 'ACTIVE' },
      { granteeId: 'bob@x.org', status: 'ACTIVE' },
      {
        subscriptionUuid: null,
        granteeId: 'owner@x.org',
        status: 'ACTIVE',
        paymentService: 'ad-hoc',
        type: 'licensed',
      },
    ]);
  });

  it('filters by a status in lower case and answers with it in upper case', async () => {
    await using sandbox = await startSandbox(options);
    const { body } = await salable(sandbox, 'GET', '/licenses?status=canceled');
    expect(body).toMatchObject([{ status: 'CANCELED' }]);
  });

  it('counts the licenses of one subscription', async () => {
    await using sandbox = await startSandbox(options);
    const path = `/licenses/count?subscriptionUuid=${SUBSCRIPTION}&status=active`;
    expect((await salable(sandbox, 'GET', path)).body).toEqual({ count: 3, assigned: 1, unassigned: 2 });
  });

  it('finds licenses by a grantee whose id needs encoding', async () => {
    await using sandbox = await startSandbox(options);
    const granteeId = 'ann+ü/1@x.org';
    await salable(sandbox, 'PUT', `/licenses/${license(sandbox, 1).uuid}`, { granteeId });
    const { body } = await salable(sandbox, 'GET', `/licenses/granteeId/${encodeURIComponent(granteeId)}`);
    expect(body).toMatchObject([{ granteeId }]);
  });

  it('keeps the plan maximum to itself if told so', async () => {
    await using sandbox = await startSandbox(options);
    sandbox.salable.change({ showsMaxSeats: false });
    const { body } = await salable(sandbox, 'GET', `/plans/${PLAN}`);
    expect(body).toMatchObject({ perSeatAmount: 2 });
    expect(body).not.toHaveProperty('maxSeatAmount');
  });

  it('lists the same licenses in another order if told so', async () => {
    await using sandbox = await startSandbox({ salable: { subscriptions: [{ seats: 20 }] } });
    const orders = new Set<string>();
    const contents = new Set<string>();
    for (const listOrder of ['oldest-first', 'newest-first', 'scattered'] as const) {
      sandbox.salable.change({ listOrder });
      const uuids = (await salable(sandbox, 'GET', '/licenses')).text.match(/(?<="uuid":")[^"]+/g) ?? [];
      orders.add(uuids.join());
      contents.add(uuids.sort().join());
    }
    expect([orders.size, contents.size]).toEqual([3, 1]);
  });

  it('does not assign a canceled license', async () => {
    await using sandbox = await startSandbox({
      salable: { subscriptions: [{ seats: 2, canceled: [null] }] },
    });
    const canceled = license(sandbox, 0);
    expect(canceled.status).toBe('CANCELED');
    const { status } = await salable(sandbox, 'PUT', `/licenses/${canceled.uuid}`, {
      granteeId: 'ann@x.org',
    });
    expect(status).toBe(400);
  });
});
