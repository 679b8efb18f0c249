import { expect, test } from 'vitest';
import { scheduleRetry } from '../../jobs/retry-later.ts';
import { toInstant } from '../../src/dates.ts';
import { startRun } from '../../src/ledger/runs.ts';
import { runExitCode } from '../../src/runs/verdict.ts';
import { openSetting } from '../scenarios/setting.ts';
import { requestsOf, taught, teaches } from '../support/school.ts';
import { PEOPLE, schoolsOnOneRedis } from './schools.ts';

/** What bounds the calls: the day's seats, and how long a provider asks to be left alone. */

const startSchool = schoolsOnOneRedis();

test('no path gets round the seats of a day, and what is below them is bought', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1 }] },
    roster: teaches(...PEOPLE),
    guardrails: { seatsPerDay: 2 },
  });
  school.workHere();
  await school.sync();
  await school.sync();
  const [subscription] = school.sandbox.salable.report().subscriptions;
  expect(subscription?.quantity).toBe(3);
  expect(subscription?.assigned).toHaveLength(3);
});

test.each([429, 503])(
  'a provider that asks by %i to be left alone for an hour is, and its run says until when',
  async (status) => {
    await using school = await startSchool({
      roster: [...taught('lena@example.org'), ...teaches('ada@example.org')],
    });
    school.sandbox.faults.order({
      match: { provider: 'salable' },
      times: 'always',
      fault: { kind: 'status', status, headers: { 'retry-after': '3244' } },
    });
    school.workHere();
    const run = await school.sync();
    expect(run.pools[0]?.failed[0]?.retryAt).toBeTruthy();
    const asked = school.sandbox.requests().length;
    const again = await school.sync();
    expect(again.pools[0]?.verdict).toBe('failed');
    expect(school.sandbox.requests()).toHaveLength(asked);
  },
);

test('a provider that asks to be left alone in the middle: each person whose seat was put off is named, with the time', async () => {
  await using school = await startSchool({
    roster: [...taught('lena@example.org'), ...teaches('ada@example.org')],
  });
  school.sandbox.faults.order({
    match: { provider: 'salable', method: 'PUT', path: '/licenses' },
    times: 'always',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '3244' } },
  });
  school.workHere();
  const run = await school.sync();
  const [pool] = run.pools;
  expect(pool?.failed.map(({ action }) => action)).toEqual([expect.stringMatching(/assign$/), 'read']);
  expect(pool?.failed[0]).toMatchObject({
    grantee: expect.stringContaining('@example.org'),
    reason: expect.stringContaining('429'),
    retryAt: expect.any(String),
  });
  expect(runExitCode(run)).toBe(4);
});

test('a purchase that a gateway answered with 408 is read back, and never made twice', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1, assigned: [PEOPLE[0] ?? ''] }] },
    roster: teaches(...PEOPLE.slice(0, 2)),
  });
  school.sandbox.faults.order({
    match: { method: 'POST' },
    fault: { kind: 'status', status: 408, when: 'after' },
  });
  school.workHere();
  const run = await school.sync();
  const again = await school.sync();
  expect(run.pools[0]).toMatchObject({ done: { incremented: 1, assigned: [PEOPLE[1]] }, failed: [] });
  expect(again.verdict).toBe('in-sync');
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});

test('of two retries of a pool the one that is due first stands, whichever was put off first', async () => {
  await using setting = await openSetting({ workers: false });
  const { context, queues } = setting.service;
  const now = context.clock.now();
  const head = { run: 'r-x', trigger: 'cli', startedAt: toInstant(now), pools: ['teaching'], clockOffset: 0 };
  await startRun(context.store, head, now);
  const due = async () => (await queues.sync.getDelayed()).map(({ timestamp, delay }) => timestamp + delay);
  for (const hours of [20, 1, 2]) await scheduleRetry(context, 'teaching', 'r-x', now + hours * 3_600_000);
  const [first = 0, ...others] = await due();
  expect(others).toEqual([]);
  expect(Math.abs(first - now - 3_600_000)).toBeLessThan(60_000);
});
