import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/dates.ts';
import { localPace } from '../../../src/providers/http/pace.ts';
import { readRetryAt } from '../../../src/providers/zoom/api.ts';
import { capacityOf } from '../../../src/providers/zoom/capacity.ts';
import { refusalResult } from '../../../src/providers/zoom/lines.ts';
import { basic, calm, licensed, openZoom, soon, toLines } from './stage.ts';

const NOW = Date.parse('2026-11-22T11:00:00Z');

describe('capacity', () => {
  it.each([
    [3412, 'You have reached the maximum number of paying users. Upgrade.', 'full'],
    [3412, 'Maximum Basic users reached, downgrade is not possible for paid users', 'basic-full'],
    [3412, 'You can add no more No Meetings users', null],
    [2034, 'anything', 'full'],
    [2038, 'anything', 'full'],
    [2033, 'anything', 'basic-full'],
    [2039, 'anything', 'basic-full'],
    [200, "You can't add paid users.", 'full'],
    [200, 'You can add max 9 free users.', 'basic-full'],
    [200, 'No permission.', null],
    [200, 'You have exceeded the limit of license assignments for your account.', 'quota'],
    [null, 'You have exceeded the limit of license assignment for your account.', 'quota'],
    [1001, 'User does not exist', null],
  ])('%s "%s" is %s', (code, text, expected) => {
    expect(capacityOf(code, text)).toBe(expected);
  });
});

describe('why a bulk update leaves somebody out', () => {
  it.each([
    ['Not enough seats', 'no-seats', 'no-seats'],
    ['No need to update', 'already', 'already'],
    ['Users not found', 'refused', 'refused'],
    ['Unpaid user', 'refused', 'refused'],
    ['Not allowed to add basic users', 'refused', 'refused'],
    ['Have upcoming events', 'refused', 'locked'],
    ["Can't update for Zoom One users", 'refused', 'locked'],
    ["Can't update for Zoom United users", 'refused', 'locked'],
    ["Can't update for Zoom Room users", 'refused', 'locked'],
    ["Can't update for non-SSO users", 'refused', 'locked'],
    ["Can't update for free users", 'refused', 'refused'],
    ['a reason of next year', 'refused', 'refused'],
  ] as const)('%s', (reason, assigning, unassigning) => {
    expect(refusalResult('ann@x.org', null, reason, 'assign').outcome).toBe(assigning);
    expect(refusalResult('ann@x.org', null, reason, 'unassign').outcome).toBe(unassigning);
  });
});

describe('changing Zoom users', () => {
  it('never patches a pending user, and finds an effect that Zoom only claims by reading', async () => {
    const { sandbox, provider, asked } = await openZoom({
      plan: { hosts: 3 },
      users: [{ email: 'new@x.org', status: 'pending' }, ...basic('ann@x.org')],
    });
    const results = await provider.assign(toLines('new@x.org', 'ann@x.org'), calm, soon());
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'applied']);
    expect(asked().filter((call) => !call.startsWith('GET'))).toEqual(['POST /users/features']);
    expect(sandbox.requests().at(-1)?.summary).toBe('make 1 users type 2: 1 done');
    expect(sandbox.zoom.report().assigned).toEqual(['ann@x.org']);
  });

  it('gives one person one license, whatever the spelling and the number of lines', async () => {
    const { provider } = await openZoom({ plan: { hosts: 3 }, users: basic('ann@x.org') });
    const results = await provider.assign(toLines('Ann@X.org', 'ann@x.org', ' '), calm, soon());
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'already', 'refused']);
  });

  it('says that an answer tells nothing of somebody', async () => {
    const { sandbox, provider } = await openZoom({ plan: { hosts: 3 }, users: basic('ann@x.org') });
    const fault = { kind: 'status', status: 201, body: {}, when: 'after' } as const;
    sandbox.faults.order({ match: { path: '/users/features' }, fault });
    expect(await provider.assign(toLines('ann@x.org'), calm, soon())).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('takes back a license where the account can not tell of meetings or add-ons', async () => {
    const { sandbox, provider } = await openZoom({ plan: { hosts: 3 }, users: licensed('ann@x.org') });
    const body = { code: 2300, message: 'This API endpoint is not recognized.' };
    for (const path of ['/users/*/settings', '/users/*/meetings']) {
      sandbox.faults.order({ match: { path }, fault: { kind: 'status', status: 404, body } });
    }
    expect(await provider.unassign(toLines('ann@x.org'), calm, soon())).toMatchObject([
      { outcome: 'applied' },
    ]);
  });

  it('leaves alone who can not be looked at, and frees the others', async () => {
    const { sandbox, provider } = await openZoom({
      plan: { hosts: 3 },
      users: licensed('ann@x.org', 'bob@x.org'),
    });
    const body = { code: 1000, message: 'Can not access pending user settings.' };
    const match = { path: '/users/zu000001/settings' };
    sandbox.faults.order({ match, fault: { kind: 'status', status: 400, body } });
    const results = await provider.unassign(toLines('ann@x.org', 'bob@x.org'), calm, soon());
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'applied']);
    expect(sandbox.zoom.report().assigned).toEqual(['ann@x.org']);
  });

  it('says of an invited person who is in another account that they have to leave it', async () => {
    const { sandbox, provider } = await openZoom({ plan: { hosts: 3 } }, { createUsers: true });
    const body = { code: 1005, message: 'Email has already been used.' };
    const match = { method: 'POST', path: '/users' };
    sandbox.faults.order({ match, fault: { kind: 'status', status: 409, body } });
    const results = await provider.assign(toLines('eve@x.org', 'new@x.org'), calm, soon());
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'applied']);
    expect(results[0]?.reason).toContain('another account');
  });

  it('invites nobody once the licenses are gone', async () => {
    const { sandbox, provider, asked } = await openZoom({ plan: { hosts: 1 } }, { createUsers: true });
    const results = await provider.assign(toLines('a@x.org', 'b@x.org', 'c@x.org'), calm, soon());
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'no-seats', 'no-seats']);
    expect(asked().filter((call) => call === 'POST /users')).toHaveLength(2);
    expect(sandbox.effects().map(({ kind }) => kind)).toEqual(['invite', 'assign']);
  });
});

describe('the partner API', () => {
  it('sets an absolute total of the plan that the account has', async () => {
    const { sandbox, provider } = await openZoom(
      { plan: { type: 'business_yearly', hosts: 10 }, settings: { partner: true } },
      { seatChanges: 'partner' },
    );
    const answer = await provider.changeTotal({ observed: 10, expected: 12 }, calm, soon());
    expect(answer).toEqual({ kind: 'accepted' });
    expect(sandbox.zoom.report().seats.total).toBe(12);
    expect(provider.capabilities).toMatchObject({ changesTotal: true, buyAt: null });
  });

  it('says that it is for partners', async () => {
    const { provider } = await openZoom({ plan: { hosts: 10 } }, { seatChanges: 'partner' });
    const error = await provider
      .changeTotal({ observed: 10, expected: 12 }, calm, soon())
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      failure: 'refused',
      advice: expect.stringContaining('`seatChanges: manual`'),
    });
  });

  it('is asked once, even with a token that has lapsed', async () => {
    const { sandbox, provider, asked } = await openZoom(
      { plan: { hosts: 10 }, settings: { partner: true } },
      { seatChanges: 'partner' },
    );
    await provider.read(soon());
    sandbox.zoom.expireTokens();
    const call = provider.changeTotal({ observed: 10, expected: 12 }, calm, soon());
    await expect(call).rejects.toMatchObject({ failure: 'auth', effectUnknown: false });
    expect(asked().filter((each) => each.startsWith('PUT'))).toHaveLength(1);
  });
});

describe('rate limits', () => {
  it.each([
    ['a day, with its end as an ISO date', { 'retry-after': '2026-11-22T20:00:00Z' }, '2026-11-22T20:00:00Z'],
    ['a day, without its end', { 'x-ratelimit-type': 'Daily-limit' }, '2026-11-23T00:00:00Z'],
    ['a second', { 'x-ratelimit-type': 'QPS' }, '2026-11-22T11:00:01Z'],
    ['seconds', { 'retry-after': '30' }, '2026-11-22T11:00:30Z'],
    ['an HTTP date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:00 GMT' }, '2026-11-22T12:00:00Z'],
  ])('by %s', (_what, headers, until) => {
    expect(readRetryAt(headers, NOW)).toBe(Date.parse(until));
    expect(readRetryAt({}, NOW)).toBeNull();
  });

  it('of the account are kept to, so that not one request is refused', async () => {
    const people = Array.from({ length: 60 }, (_, n) => `p${n}@x.org`);
    const { sandbox, provider } = await openZoom(
      { plan: { hosts: 60 }, users: basic(...people), settings: { rateLimits: 'pro', bulk: false } },
      { tier: 'pro' },
      { pace: localPace(systemClock) },
    );
    const started = performance.now();
    for (let from = 0; from < 60; from += 30) {
      await provider.assign(toLines(...people.slice(from, from + 30)), calm, soon());
    }
    const seconds = (performance.now() - started) / 1000;
    // 60 single updates at 30 a second; lists and bulk requests are limited apart, and add little.
    expect(sandbox.zoom.report().seats.taken).toBe(60);
    expect(sandbox.requests().filter(({ status }) => status === 429)).toEqual([]);
    expect(seconds).toBeGreaterThan(60 / 30);
  });
});
