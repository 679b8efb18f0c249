import { describe, expect, it } from 'vitest';
import { seatsInUsage, summaryProblem } from '../../../src/providers/zoom/pool.ts';
import type { ZoomUser } from '../../../src/providers/zoom/roll.ts';
import { basic, licensed, openZoom, soon } from './stage.ts';

const many = Array.from({ length: 650 }, (_, n) => `p${String(n).padStart(3, '0')}@x.org`);

describe('reading a Zoom account', () => {
  it('takes all pages of all statuses, and whoever is licensed in any of them', async () => {
    const { provider, asked } = await openZoom({
      plan: { hosts: 9 },
      users: [
        ...basic(...many),
        ...licensed('ann@x.org'),
        { email: 'off@x.org', type: 2, status: 'inactive' },
        { email: 'new@x.org', type: 2, status: 'pending' },
        { email: 'room@x.org', type: 99 },
      ],
    });
    const state = await provider.read(soon());
    expect(state.holders).toEqual([
      { grantee: 'ann@x.org', seats: [], count: 1 },
      { grantee: 'new@x.org', seats: [], count: 1, locked: expect.stringContaining('still pending') },
      { grantee: 'off@x.org', seats: [], count: 1 },
    ]);
    expect([...(state.barred?.keys() ?? [])]).toEqual(['new@x.org', 'off@x.org', 'room@x.org']);
    expect(state.users?.keys.size).toBe(654);
    expect(asked().filter((call) => call === 'GET /users')).toHaveLength(5);
    expect(provider.keyOf('\u200bANN@X.org\u00a0')).toBe('ann@x.org');
  });

  it('begins a list anew where its page token expires on the way', async () => {
    const { sandbox, provider, asked } = await openZoom({ users: basic(...many) });
    sandbox.faults.hook({ path: '/users' }, { after: () => void sandbox.clock.advance(901_000) });
    // The token of the API lives for an hour, that of a page for 15 minutes.
    expect((await provider.read(soon())).users?.keys.size).toBe(650);
    expect(asked().filter((call) => call === 'GET /users').length).toBeGreaterThan(5);
  });

  it('gives up on page tokens that always expire', async () => {
    const { provider } = await openZoom({ users: basic(...many), settings: { pageTokenSeconds: 0 } });
    await expect(provider.read(soon())).rejects.toMatchObject({ failure: 'refused' });
  });

  it.each([
    ['cut short', (body: object) => ({ ...body, users: [] })],
    ['without its later pages', (body: object) => ({ ...body, next_page_token: '' })],
    ['with one user twice', (body: object) => ({ ...body, users: twice(body), total_records: null })],
  ])('never takes a list %s for the whole, read twice', async (_what, spoil) => {
    const { sandbox, provider } = await openZoom({
      plan: { hosts: 9 },
      users: licensed('ann@x.org', 'bob@x.org'),
    });
    let spoiled = 1;
    sandbox.faults.hook(
      { path: '/users' },
      {
        after: (_request, answer) => {
          const body = Object(answer.body);
          if (body.users[0]?.status !== 'active' || spoiled-- <= 0) return undefined;
          return { ...answer, body: spoil({ ...body, total_records: 700 }) };
        },
      },
      'always',
    );
    expect((await provider.read(soon())).holders).toHaveLength(2);
    spoiled = Number.POSITIVE_INFINITY;
    await expect(provider.read(soon())).rejects.toMatchObject({ failure: 'contradiction' });
  });

  it('reads once more where the summary does not agree, then gives up with both numbers', async () => {
    const { sandbox, provider } = await openZoom({ plan: { hosts: 9 }, users: licensed('ann@x.org') });
    const body = {
      licensed_users_count: 40,
      basic_users_count: 2,
      pending_users_count: 0,
      total_users_count: 42,
    };
    const fault = { kind: 'status', status: 200, body } as const;
    sandbox.faults.order({ match: { path: '/users/summary' }, fault });
    expect((await provider.read(soon())).holders).toHaveLength(1);
    sandbox.faults.order({ match: { path: '/users/summary' }, times: 'always', fault });
    const call = provider.read(soon());
    await expect(call).rejects.toMatchObject({ failure: 'contradiction' });
    await expect(call).rejects.toThrow(
      'the lists have 1 licensed and 0 Basic users, the summary counts 40 and 2',
    );
  });
});

describe('the number of seats', () => {
  it.each([
    ['plan_base', "the usage of Zoom's plan (plan_base)"],
    ['plan_zoom_one', "the usage of Zoom's plan (plan_zoom_one)"],
  ] as const)('is that of %s', async (kind, totalFrom) => {
    const { provider } = await openZoom({ plan: { kind, hosts: 7 } });
    expect(await provider.read(soon())).toMatchObject({ total: 7, usable: 7, totalFrom });
    expect(await provider.check(soon())).toContain(`7 seats by ${totalFrom}`);
  });

  it('is that of the configuration where the usage is not for this account, and never below what is assigned', async () => {
    const { sandbox, provider } = await openZoom(
      { plan: { hosts: 9 }, users: basic('ann@x.org', 'bob@x.org'), settings: { usage: false } },
      { purchasedSeats: 1 },
    );
    expect(await provider.read(soon())).toMatchObject({
      total: 1,
      totalFrom: 'purchasedSeats of the configuration',
    });
    sandbox.zoom.edit({ assign: ['ann@x.org', 'bob@x.org'] });
    expect(await provider.read(soon())).toMatchObject({
      total: 2,
      totalFrom: expect.stringContaining('above'),
    });
  });

  it('says what to set where nobody tells it', async () => {
    const { provider } = await openZoom({ settings: { usage: false } });
    const error = await provider.read(soon()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: 'refused', advice: expect.stringContaining('`purchasedSeats`') });
  });

  it('does not fall back where the usage failed to be read', async () => {
    const { sandbox, provider } = await openZoom({}, { purchasedSeats: 5 });
    const match = { path: '/accounts/me/plans/usage' };
    sandbox.faults.order({ match, fault: { kind: 'status', status: 503 } });
    await expect(provider.read(soon())).rejects.toMatchObject({ failure: 'unavailable' });
  });

  it.each([
    [{ plan_base: { type: 'monthly', hosts: 5 } }, 5],
    [{ plan_base: { hosts: 0 }, plan_zoom_one: [{ hosts: 3 }, { hosts: 4 }] }, 7],
    [{ plan_zoom_one_premier: [{ hosts: 2 }], plan_united: { hosts: 1 } }, 3],
    [{ plan_base: { hosts: 0 } }, 0],
    [{}, undefined],
  ])('of %j is %s', (usage, total) => {
    expect(seatsInUsage(usage)?.total).toBe(total);
  });
});

describe('the summary', () => {
  const users: ZoomUser[] = [
    { email: 'a', type: 2, status: 'active' },
    { email: 'b', type: 1, status: 'active' },
    { email: 'c', type: 2, status: 'inactive' },
    { email: 'd', type: 2, status: 'pending' },
  ];
  it.each([
    [{ licensed_users_count: 1, basic_users_count: 1 }, true],
    [{ licensed_users_count: 2, basic_users_count: 1, pending_users_count: 1 }, true],
    [{ licensed_users_count: 3 }, true],
    [{ licensed_users_count: 4, basic_users_count: 1 }, false],
    [{ licensed_users_count: 1, basic_users_count: 0 }, false],
    [{ licensed_users_count: 1, pending_users_count: 0 }, false],
  ])('%j agrees: %s', (summary, agrees) => {
    expect(summaryProblem(users, summary) === null).toBe(agrees);
  });
});

function twice(body: object): unknown[] {
  const { users } = Object(body);
  return [...users, users[0]];
}
