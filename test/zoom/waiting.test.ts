import { describe, expect, it } from 'vitest';
import { troublesOf } from '../../src/notify/message.ts';
import { emails, joins, left, openAccount } from './account.ts';

const BULK = 'POST /users/features';
const basics = (...people: string[]) => emails(...people).map((email) => ({ email }));
const licensed = (...people: string[]) => emails(...people).map((email) => ({ email, type: 2 as const }));

describe('a Zoom account whose seats a person buys', () => {
  it('fills what is free in order of cohort start, says what to buy and by when, and finishes as seats appear', async () => {
    const { sandbox, sync } = await openAccount({
      zoom: {
        plan: { hosts: 3 },
        users: [...licensed('owner', 'old'), ...basics('ann', 'bob', 'cid', 'dee')],
      },
      roster: [
        ...joins('bob', 'cid', 'dee'),
        'ann@example.org,2026-11,2026-11-20,2026-12-24',
        ...left('old'),
      ],
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 3, writes: [BULK, BULK] });
    expect(first.zoom).toMatchObject({
      verdict: 'waiting',
      seats: { total: 3, assigned: 3, from: "the usage of Zoom's plan (plan_base)" },
      done: { unassigned: emails('old'), assigned: emails('ann', 'bob') },
      waiting: [
        { grantee: 'cid@example.org', reason: 'no free seat: buy 2' },
        { grantee: 'dee@example.org', reason: 'no free seat: buy 2' },
      ],
    });
    expect(first.zoom.notes).toEqual([
      "buy 2 seats by 2026-11-23, in Zoom's web portal (Plans and Billing, Plan Management): zoom has 3 and needs 5",
    ]);

    // The next day it is urgent, which is no reason to tell everybody again.
    const nextDay = await sync('2026-11-23T11:00:00Z');
    expect(nextDay).toMatchObject({ code: 3, writes: [] });
    expect(nextDay.zoom.notes[0]).toContain('buy 2 seats now');
    expect(troublesOf(nextDay.zoom)).toEqual(troublesOf(first.zoom));

    sandbox.zoom.edit({ seats: 1 });
    const second = await sync();
    expect(second).toMatchObject({ code: 3, writes: [BULK] });
    expect(second.zoom).toMatchObject({
      done: { assigned: emails('cid') },
      waiting: [{ reason: 'no free seat: buy 1' }],
    });

    sandbox.zoom.edit({ seats: 1 });
    const third = await sync();
    expect(third).toMatchObject({ code: 0, writes: [BULK] });
    expect(third.zoom).toMatchObject({ verdict: 'in-sync', done: { assigned: emails('dee') } });
    expect(sandbox.zoom.report().assigned).toEqual(emails('ann', 'bob', 'cid', 'dee', 'owner'));
    expect(await sync()).toMatchObject({ code: 0, writes: [] });
  });

  it('finds whoever was assigned by hand, and does nothing about it', async () => {
    const { sandbox, sync } = await openAccount({
      zoom: { plan: { hosts: 1 }, users: basics('ann', 'bob') },
      roster: joins('ann', 'bob'),
    });
    expect((await sync()).zoom.waiting).toHaveLength(1);
    sandbox.zoom.edit({ seats: 1, assign: emails('bob') });
    const after = await sync();
    expect(after).toMatchObject({ code: 0, writes: [] });
    expect(after.zoom).toMatchObject({ verdict: 'in-sync', waiting: [], notes: [] });
  });

  it('tells how many seats to drop before the renewal', async () => {
    const { sync } = await openAccount({
      zoom: { plan: { hosts: 4 }, users: [...basics('ann')] },
      roster: joins('ann'),
    });
    const run = await sync();
    expect(run).toMatchObject({ code: 0, writes: [BULK] });
    expect(run.zoom.notes).toEqual([
      "3 seats not needed: drop them before the renewal, in Zoom's web portal (Plans and Billing, Plan Management)",
    ]);
  });

  it('goes by purchasedSeats where the usage is not for this account to read, and says so', async () => {
    const { sync } = await openAccount({
      zoom: {
        plan: { kind: 'plan_zoom_one', hosts: 2 },
        users: basics('ann', 'bob'),
        settings: { usage: false },
      },
      roster: joins('ann', 'bob'),
      pool: { purchasedSeats: 2 },
    });
    const run = await sync();
    expect(run.zoom).toMatchObject({
      seats: { total: 2, assigned: 2, from: 'purchasedSeats of the configuration' },
      done: { assigned: emails('ann', 'bob') },
    });
  });
});

describe('a Zoom account that gives no more licenses than it likes', () => {
  const nine = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8', 'p9'] as const;

  it('stops at the fourth of nine by its quota: five wait, nobody is made Basic for them, the other pool goes on', async () => {
    const { sandbox, sync, setRoster } = await openAccount({
      zoom: {
        plan: { hosts: 10 },
        users: [...licensed('gap'), ...basics(...nine)],
        settings: { assignmentsLeft: 4 },
      },
      roster: joins(...nine),
      salable: { subscriptions: [{ seats: 9, type: 'none' }] },
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 3, writes: [BULK] });
    expect(first.zoom).toMatchObject({
      verdict: 'waiting',
      done: { assigned: emails('p1', 'p2', 'p3', 'p4') },
      failed: [],
    });
    expect(first.zoom.waiting).toEqual(
      emails('p5', 'p6', 'p7', 'p8', 'p9').map((grantee) => ({
        grantee,
        reason: 'Zoom lets the account move no more licenses between users for now: tried again once a day',
      })),
    );
    expect(first.zoom.notes).toEqual([]);
    expect(first.document.pools.find(({ pool }) => pool === 'salable')?.done.assigned).toHaveLength(9);

    // One who teaches again soon would give up the seat for those who wait: but nobody could have it now.
    sandbox.zoom.edit({ seats: -5 });
    setRoster([...joins(...nine), 'gap@example.org,2027-01,2026-12-03,2027-01-06']);
    expect(await sync()).toMatchObject({ code: 3, writes: [] });

    sandbox.zoom.change({ assignmentsLeft: 1 });
    sandbox.zoom.edit({ seats: 6 });
    const bought = await sync();
    expect(bought.zoom.done.assigned).toEqual(emails('p5'));

    sandbox.zoom.change({ assignmentsLeft: null });
    expect(await sync()).toMatchObject({ code: 3, writes: [] });
    expect(await sync('2026-11-23T11:00:00Z')).toMatchObject({ code: 0, writes: [BULK] });
  });

  it('asks for nobody of a later batch once one was told that there is nothing left', async () => {
    const people = Array.from({ length: 70 }, (_, n) => `p${String(n).padStart(2, '0')}`);
    const { sync } = await openAccount({
      zoom: { plan: { hosts: 35 }, users: basics(...people), settings: { usage: false } },
      roster: joins(...people),
      pool: { purchasedSeats: 70 },
    });
    const run = await sync();
    expect(run).toMatchObject({ code: 3, writes: [BULK, BULK] });
    expect(run.zoom.done.assigned).toHaveLength(35);
    expect(run.zoom.waiting).toHaveLength(35);
    expect(run.zoom.failed).toEqual([]);
  });

  it.each([
    ['says so in the answer to many', {}],
    ['says 3412 for one', { bulk: false, fullCode: 3412 as const }],
    ['says 2034 for one', { bulk: false, fullCode: 2034 as const }],
    ['says 2038 for one', { bulk: false, fullCode: 2038 as const }],
  ])(
    'is full before its count says so, and %s: the rest wait for the exact number',
    async (_what, settings) => {
      const { sandbox, sync } = await openAccount({
        zoom: { plan: { hosts: 4 }, users: basics(...nine), settings: { usage: false, ...settings } },
        roster: joins(...nine),
        pool: { purchasedSeats: 9 },
      });
      const first = await sync();
      expect(first.code).toBe(3);
      expect(first.zoom).toMatchObject({ done: { assigned: emails('p1', 'p2', 'p3', 'p4') }, failed: [] });
      expect(first.zoom.waiting).toEqual(
        emails('p5', 'p6', 'p7', 'p8', 'p9').map((grantee) => ({
          grantee,
          reason: 'Zoom has no free license: buy 5',
        })),
      );
      expect(first.zoom.notes[0]).toContain('buy 5 seats by 2026-11-23');
      const singles = ['PATCH', 'PATCH', 'PATCH', 'PATCH', 'PATCH'];
      const expected = 'bulk' in settings ? [BULK, ...singles] : [BULK];
      expect(first.writes.map((call) => (call === BULK ? call : call.split(' ')[0]))).toEqual(expected);

      expect(await sync()).toMatchObject({ code: 3, writes: [] });
      sandbox.zoom.edit({ seats: 5 });
      const nextDay = await sync('2026-11-23T11:00:00Z');
      expect(nextDay).toMatchObject({
        code: 0,
        zoom: { done: { assigned: emails('p5', 'p6', 'p7', 'p8', 'p9') } },
      });
    },
  );
});

describe('a partner account', () => {
  it('has the missing seats bought in one call, as a total, and given back when nobody needs them', async () => {
    const { sandbox, sync, setRoster } = await openAccount({
      zoom: {
        plan: { type: 'business_monthly', hosts: 1 },
        users: [...licensed('owner'), ...basics('ann', 'bob')],
        settings: { partner: true },
      },
      roster: joins('ann', 'bob'),
      pool: { seatChanges: 'partner', seats: { settleSeconds: 1 } },
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 0, writes: ['PUT /accounts/sandbox-account/plans/base', BULK] });
    expect(first.zoom).toMatchObject({
      seats: { total: 3 },
      done: { incremented: 2, assigned: emails('ann', 'bob') },
    });
    expect(await sync()).toMatchObject({ code: 0, writes: [] });

    setRoster([...left('ann', 'bob')]);
    const after = await sync('2027-01-15T11:00:00Z');
    expect(after).toMatchObject({ code: 0, writes: [BULK, 'PUT /accounts/sandbox-account/plans/base'] });
    expect(after.zoom.done).toMatchObject({ unassigned: emails('ann', 'bob'), decremented: 2 });
    const account = sandbox.seats().find(({ provider }) => provider === 'zoom');
    expect(account).toMatchObject({ bought: 2, givenBack: 2, peak: 3 });
  });

  it('that Zoom does not know as one is told so, and nobody is assigned beyond what is free', async () => {
    const { sync } = await openAccount({
      zoom: { plan: { hosts: 1 }, users: basics('ann', 'bob') },
      roster: joins('ann', 'bob'),
      pool: { seatChanges: 'partner' },
    });
    const run = await sync();
    expect(run.code).toBe(4);
    expect(run.zoom.failed).toMatchObject([
      { action: 'increment', grantee: null, reason: expect.stringContaining('`seatChanges: manual`') },
    ]);
    expect(run.zoom.done.assigned).toEqual(emails('ann'));
  });
});
