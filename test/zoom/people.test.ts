import { describe, expect, it } from 'vitest';
import { run as runCli } from '../cli/workspace.ts';
import { DAY, emails, joins, left, openAccount } from './account.ts';

const BULK = 'POST /users/features';
const basics = (...people: string[]) => emails(...people).map((email) => ({ email }));
const licensed = (...people: string[]) => emails(...people).map((email) => ({ email, type: 2 as const }));

describe('people whom Zoom can give no license', () => {
  it('reports who has no user, has not accepted, or is deactivated, and assigns the others', async () => {
    const { sandbox, sync } = await openAccount({
      zoom: {
        plan: { hosts: 9 },
        users: [
          ...basics('ann'),
          { email: 'pia@example.org', status: 'pending' },
          { email: 'ida@example.org', status: 'inactive' },
          { email: 'sue@example.org', type: 4 },
        ],
      },
      roster: joins('ann', 'nia', 'pia', 'ida', 'sue'),
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 4, writes: [BULK] });
    expect(first.zoom).toMatchObject({ verdict: 'failed', done: { assigned: emails('ann') }, waiting: [] });
    expect(first.zoom.failed).toEqual([
      { ...failed('nia'), reason: expect.stringContaining('has no user in the Zoom account') },
      { ...failed('pia'), reason: expect.stringContaining('has not accepted the invitation to Zoom yet') },
      { ...failed('ida'), reason: expect.stringContaining('deactivated') },
      { ...failed('sue'), reason: expect.stringContaining('special type 4') },
    ]);
    // Nobody is patched who can't use it, and nobody is asked about twice.
    expect(await sync()).toMatchObject({ code: 4, writes: [] });

    sandbox.zoom.edit({ accept: emails('pia'), add: basics('nia') });
    const later = await sync();
    expect(later.writes).toEqual([BULK]);
    expect(later.zoom.done.assigned).toEqual(emails('nia', 'pia'));
  });

  it('invites with createUsers, waits for the acceptance, and asks nobody twice', async () => {
    const { sandbox, sync } = await openAccount({
      zoom: { plan: { hosts: 3 }, users: basics('ann') },
      roster: joins('ann', 'nia'),
      pool: { createUsers: true },
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 4, writes: [BULK, 'POST /users'] });
    expect(first.zoom).toMatchObject({ seats: { assigned: 2 }, done: { assigned: emails('ann', 'nia') } });
    expect(first.zoom.failed).toEqual([
      { ...failed('nia'), reason: expect.stringContaining('a license waits for them') },
    ]);
    expect(await sync()).toMatchObject({ code: 4, writes: [] });
    sandbox.zoom.edit({ accept: emails('nia') });
    expect(await sync()).toMatchObject({ code: 0, writes: [] });
  });

  it('stops inviting at the limit of the day, and tells when it may go on', async () => {
    const { sync } = await openAccount({
      zoom: { plan: { hosts: 9 }, users: basics('ann'), settings: { invitationsLeft: 1 } },
      roster: joins('ann', 'may', 'nia', 'ola'),
      pool: { createUsers: true },
    });
    const run = await sync();
    expect(run.writes).toEqual([BULK, 'POST /users', 'POST /users']);
    expect(run.zoom.done.assigned).toEqual(emails('ann', 'may'));
    const limited = {
      reason: 'Zoom takes no more invitations of new users for now',
      retryAt: expect.any(String),
    };
    expect(run.zoom.failed).toEqual(
      expect.arrayContaining([
        { ...failed('nia'), ...limited },
        { ...failed('ola'), ...limited },
      ]),
    );
  });
});

describe('people from whom a license can not be taken', () => {
  it('leaves them alone with the reason: add-ons, a meeting, an event to come, an open invitation', async () => {
    const { sandbox, sync } = await openAccount({
      zoom: {
        plan: { hosts: 5 },
        users: [
          { email: 'web@example.org', type: 2, addOns: ['webinar'] },
          { email: 'now@example.org', type: 2, inMeeting: true },
          { email: 'fest@example.org', type: 2, upcomingEvents: true },
          { email: 'new@example.org', type: 2, status: 'pending' },
          { email: 'old@example.org', type: 2, status: 'inactive' },
        ],
      },
      roster: left('web', 'now', 'fest', 'new', 'old'),
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 0, writes: [BULK] });
    expect(first.zoom.done.unassigned).toEqual(emails('old'));
    const why = 'cohort 2026-10 ended 2026-11-15, but ';
    expect(first.zoom.kept).toEqual([
      { grantee: 'fest@example.org', reason: `${why}hosts an event of Zoom Events that is still to come` },
      { grantee: 'new@example.org', reason: expect.stringContaining('invitation to Zoom is still pending') },
      {
        grantee: 'now@example.org',
        reason: `${why}is in a meeting as its host: the license is taken back after it`,
      },
      { grantee: 'web@example.org', reason: expect.stringContaining('has Webinar') },
    ]);
    // Nothing is deleted or deactivated, whatever becomes of the license.
    expect(sandbox.zoom.report().users).toHaveLength(5);

    sandbox.zoom.edit({
      change: [
        { email: 'now@example.org', inMeeting: false },
        { email: 'fest@example.org', upcomingEvents: false },
        { email: 'web@example.org', addOns: [] },
      ],
    });
    const second = await sync();
    expect(second.zoom.done.unassigned).toEqual(emails('fest', 'now', 'web'));
    expect(sandbox.zoom.report().assigned).toEqual(emails('new'));
  });

  it('says whom Zoom allows no more Basic users for, and frees nobody else in vain', async () => {
    const { sync } = await openAccount({
      zoom: {
        plan: { hosts: 3 },
        users: licensed('a', 'b', 'c'),
        settings: { bulk: false, maxBasic: 1, basicCode: 3412 },
      },
      roster: left('a', 'b', 'c'),
    });
    const run = await sync();
    expect(run.code).toBe(4);
    expect(run.writes.map((call) => call.split(' ')[0])).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(run.zoom).toMatchObject({
      done: { unassigned: emails('a') },
      failed: emails('b', 'c').map((grantee) => ({
        ...{ grantee, action: 'unassign', reason: 'the Zoom account may have no more Basic users' },
      })),
    });
  });
});

it('a read that fails at Zoom is never nobody, and is not hammered', async () => {
  const { sandbox, sync } = await openAccount({
    zoom: { plan: { hosts: 2 }, users: licensed('ann') },
    roster: joins('ann'),
    salable: { subscriptions: [{ seats: 1, type: 'none' }] },
  });
  const headers = { 'retry-after': '3244' };
  const fault = { kind: 'status', status: 429, headers } as const;
  sandbox.faults.order({ match: { provider: 'zoom', path: '/users' }, times: 'always', fault });
  const run = await sync();
  expect(run.code).toBe(4);
  expect(run.document.pools.find(({ pool }) => pool === 'salable')).toMatchObject({ verdict: 'in-sync' });
  expect(run.zoom.failed).toMatchObject([{ action: 'read', retryAt: expect.any(String) }]);
  expect(run.calls.filter((call) => call === 'GET /users').length).toBeLessThanOrEqual(3);
  expect(run.writes).toEqual([]);
});

it('the command line says it all: exit code, number, and no secret', async () => {
  const { sandbox, config, folder } = await openAccount({
    zoom: { plan: { hosts: 1 }, users: basics('ann', 'bob') },
    roster: joins('ann', 'bob'),
  });
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli([...args, '--config', config], { cwd: folder });
    return { code, out: stdout + stderr };
  };
  const plan = await run('plan', '--at', DAY);
  expect(plan.code).toBe(3);
  expect(plan.out).toContain('buy 1 seat by 2026-11-23');
  expect(plan.out).toContain("1 seat by the usage of Zoom's plan (plan_base)");
  const sync = await run('sync', '--wait', '--at', DAY);
  expect(sync.code).toBe(3);
  expect(sync.out).toContain('no free seat: buy 1');
  expect(sync.out).not.toContain('sandbox-secret');
  expect(sandbox.zoom.report().assigned).toEqual(emails('ann'));
});

it('a run with nothing to do for 1,200 users takes nine calls, the token included', async () => {
  const people = Array.from({ length: 1198 }, (_, n) => `p${n}`);
  const { sync } = await openAccount({
    zoom: {
      plan: { hosts: 40 },
      users: [
        ...licensed(...people.slice(0, 40)),
        ...basics(...people.slice(40)),
        { email: 'x@example.org', status: 'inactive' },
        { email: 'y@example.org', status: 'pending' },
      ],
    },
    roster: joins(...people.slice(0, 40)),
  });
  const run = await sync();
  expect(run).toMatchObject({ code: 0, writes: [] });
  expect(run.calls).toHaveLength(9);
  expect((await sync()).calls).toHaveLength(8);
});

function failed(who: string) {
  return { grantee: `${who}@example.org`, action: 'assign', retryAt: null };
}
