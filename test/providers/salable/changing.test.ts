import { describe, expect, it } from 'vitest';
import type { PoolConfig } from '../../../config/schema.ts';
import { systemClock } from '../../../src/dates.ts';
import { loadProviders } from '../../../src/providers/registry.ts';
import { KEY, OURS, openSalable } from './stage.ts';

const soon = () => AbortSignal.timeout(15_000);
const calm = async () => {};
const BUY = { observed: 4, expected: 7 };

describe('changing the total of a Salable subscription', () => {
  it.each([
    ['more', BUY, 'POST', 'increment 3, proration none'],
    ['fewer', { observed: 4, expected: 2 }, 'PUT', 'decrement 2, proration none'],
  ])('asks for the difference: %s', async (_what, change, method, summary) => {
    const { sandbox, provider } = await openSalable(
      { subscriptions: [{ uuid: OURS, seats: 4 }] },
      { proration: 'none' },
    );
    expect(await provider.changeTotal(change, calm, soon())).toEqual({
      kind: 'pending',
      reference: expect.stringMatching(/^e0/),
    });
    expect(sandbox.requests()).toMatchObject([{ method, path: `/subscriptions/${OURS}/seats`, summary }]);
  });

  it.each([200, 201, 204] as const)('takes an empty %i for done', async (emptyStatus) => {
    const { sandbox, provider } = await openSalable({
      subscriptions: [{ uuid: OURS, seats: 4, type: 'none' }],
      settings: { emptyStatus },
    });
    expect(await provider.changeTotal(BUY, calm, soon())).toEqual({ kind: 'accepted' });
    expect(sandbox.salable.report().subscriptions[0]?.quantity).toBe(7);
  });

  it('passes on why the plan does not allow it', async () => {
    const { provider } = await openSalable({ subscriptions: [{ uuid: OURS, seats: 4, maxSeats: 5 }] });
    const call = provider.changeTotal(BUY, calm, soon());
    await expect(call).rejects.toMatchObject({ failure: 'refused', effectUnknown: false });
    await expect(call).rejects.toThrow(/refused to change the number of seats.*at most 5 seats/);
  });
});

describe('following a change', () => {
  it('goes from pending to done', async () => {
    const { sandbox, provider } = await openSalable({
      subscriptions: [{ uuid: OURS, seats: 4 }],
      settings: { events: { after: { polls: 2 }, retrying: true } },
    });
    const answer = await provider.changeTotal(BUY, calm, soon());
    const reference = answer.kind === 'pending' ? answer.reference : '';
    const seen = [];
    for (let look = 0; look < 3; look++) seen.push(await provider.followChange(reference, soon()));
    expect(seen).toEqual([
      { status: 'pending', detail: 'queued' },
      { status: 'pending', detail: 'retrying' },
      { status: 'done', detail: 'success' },
    ]);
    expect(sandbox.salable.report().subscriptions[0]?.quantity).toBe(7);
  });

  it.each([
    [
      { status: 'failed', errorMessage: 'card declined', errorCode: 'E17' },
      'failed',
      'failed: card declined (E17)',
    ],
    [{ status: 'failed', errorCode: 'E17' }, 'failed', 'failed (E17)'],
    [{ status: 'incomplete', errorMessage: null }, 'stuck', 'incomplete'],
    [{ status: 'PENDING', type: 'Change plan', organisation: 'another' }, 'pending', 'PENDING'],
    [{ status: 'paused' }, 'stuck', "paused: a status that Salable's reference doesn't know"],
    [{ status: 'failed', errorMessage: `key ${KEY} is bad` }, 'failed', 'failed: key *** is bad'],
  ])('reads %j as %s', async (body, status, detail) => {
    const { sandbox, provider } = await openSalable({ subscriptions: [{ uuid: OURS, seats: 4 }] });
    sandbox.faults.order({ fault: { kind: 'status', status: 200, body } });
    expect(await provider.followChange('some-event', soon())).toEqual({ status, detail });
  });

  it('says that it does not know an event', async () => {
    const { provider } = await openSalable({ subscriptions: [{ uuid: OURS, seats: 4 }] });
    const call = provider.followChange('no-such-event', soon());
    await expect(call).rejects.toMatchObject({ failure: 'not-found' });
    await expect(call).rejects.toThrow(/does not know the event no-such-event/);
  });
});

describe('assigning Salable licenses', () => {
  const FIRST = '11000000-0000-4000-8000-000000000001';
  const SECOND = '11000000-0000-4000-8000-000000000002';
  const two = {
    subscriptions: [
      { uuid: OURS, seats: 2 },
      { seats: 1, assigned: ['other@x.org'] },
    ],
  };
  const lines = [
    { grantee: 'ann@x.org', seat: FIRST },
    { grantee: 'bob@x.org', seat: SECOND },
  ];

  it.each([
    ['leaves one out', 200, [{ uuid: FIRST, granteeId: 'ann@x.org' }], ['applied', 'unknown']],
    ['says that it left one out', 206, [{ uuid: FIRST, granteeId: 'ANN@x.org' }], ['applied', 'refused']],
    ['is empty', 204, '', ['unknown', 'unknown']],
    [
      'shows another grantee, and none',
      200,
      [
        { uuid: FIRST, granteeId: 'eve@x.org' },
        { uuid: SECOND, granteeId: null },
      ],
      ['unknown', 'unknown'],
    ],
  ])('compares an answer that %s', async (_what, status, body, outcomes) => {
    const { sandbox, provider } = await openSalable(two);
    sandbox.faults.order({
      match: { method: 'PUT' },
      fault: { kind: 'status', status, body, when: 'after' },
    });
    const results = await provider.assign(lines, calm, soon());
    expect(results.map(({ grantee }) => grantee)).toEqual(['ann@x.org', 'bob@x.org']);
    expect(results.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(results.every(({ outcome, reason }) => (reason === null) === (outcome === 'applied'))).toBe(true);
  });

  it('touches no license of another subscription, and none that is gone', async () => {
    const { sandbox, provider } = await openSalable(two);
    const foreign = '11000000-0000-4000-8000-000000000003';
    const gone = '11000000-0000-4000-8000-000000000099';
    const odd = [
      { grantee: 'other@x.org', seat: foreign },
      { grantee: 'new@x.org', seat: gone },
      { grantee: 'none@x.org', seat: null },
      { grantee: ' ', seat: FIRST },
    ];
    const assigned = await provider.assign(odd, calm, soon());
    expect(assigned.map(({ outcome }) => outcome)).toEqual(['lapsed', 'lapsed', 'refused', 'refused']);
    const unassigned = await provider.unassign(odd, calm, soon());
    expect(unassigned.map(({ outcome }) => outcome)).toEqual(['refused', 'already', 'refused', 'already']);
    expect(sandbox.requests().map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('gives one seat to one grantee, one grantee one seat', async () => {
    const { sandbox, provider } = await openSalable(two);
    const results = await provider.assign(
      [
        { grantee: 'ann@x.org', seat: FIRST },
        { grantee: 'bob@x.org', seat: FIRST },
        { grantee: 'Ann@x.org', seat: SECOND },
      ],
      calm,
      soon(),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'refused', 'already']);
    expect(sandbox.salable.report().subscriptions[0]?.assigned).toEqual(['ann@x.org']);
  });
});

describe('loadProviders', () => {
  const ours = {
    id: 'ours',
    seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14, settleSeconds: 900 },
    protect: [],
  };
  const client = { accountId: 'a', clientId: 'c', clientSecret: 's' };
  const subscription = { subscriptionType: 'Paddle', subscriptionId: 's', apiKey: 'k' } as const;

  it.each<PoolConfig>([
    {
      ...ours,
      ...{ provider: 'salable', baseUrl: 'https://salable.example', version: 'v1', apiKey: 'k' },
      ...{ subscriptionUuid: 'u', proration: 'none', grantee: 'email' },
    },
    {
      ...ours,
      ...{ provider: 'zoom', baseUrl: 'https://zoom.example', oauthUrl: 'https://zoom.example/token' },
      ...{ ...client, tier: 'pro', seatChanges: 'manual', purchasedSeats: null, createUsers: false },
    },
    {
      ...ours,
      ...{ provider: 'securemailmerge', baseUrl: 'https://licensing.example' },
      ...{ ...subscription, purchasedSeats: null },
    },
  ])('makes the provider that a pool is configured for: $provider', async (pool) => {
    const createProvider = await loadProviders([pool]);
    expect(createProvider(pool, { clock: systemClock })).toMatchObject({ pool: 'ours', kind: pool.provider });
  });
});
