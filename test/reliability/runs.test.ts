import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { scheduleRetry } from '../../jobs/retry-later.ts';
import { toInstant } from '../../src/dates.ts';
import { eventsAfter } from '../../src/ledger/events.ts';
import { readGrantees } from '../../src/ledger/grantees.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { startRun } from '../../src/ledger/runs.ts';
import { readWorkers } from '../../src/ledger/workers.ts';
import { runExitCode } from '../../src/runs/verdict.ts';
import { openSetting } from '../scenarios/setting.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type School, startSchool, taught, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';

const PEOPLE = ['ada@example.org', 'bo@example.org', 'cy@example.org', 'di@example.org', 'ed@example.org'];
const BAD = 'cy@example.org';

// Real processes on a machine that may be busy; nothing here waits for the limit.
vi.setConfig({ testTimeout: 60_000 });

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis({ appendfsync: 'always' });
});
afterAll(() => redis.stop());

function changing(school: School, method: string, path: RegExp): number {
  return school.sandbox.requests().filter((request) => request.method === method && path.test(request.path))
    .length;
}

test('one grantee whom the provider refuses keeps nobody else from a seat, within few calls', async () => {
  await using school = await startSchool({
    redis,
    salable: {
      subscriptions: [{ seats: 5 }],
      settings: { batchRefusal: 'all', refusedGrantees: [BAD] },
    },
    roster: teaches(...PEOPLE),
  });
  const worker = await school.worker();
  const run = await school.sync();
  await worker.kill();
  const [pool] = run.pools;
  expect(pool?.done.assigned.toSorted()).toEqual(PEOPLE.filter((who) => who !== BAD));
  expect(pool?.failed).toMatchObject([
    { grantee: BAD, action: 'assign', reason: expect.stringContaining('400') },
  ]);
  expect(changing(school, 'PUT', /licenses/)).toBeLessThan(10);
});

test('many whom the provider refuses in one batch keep nobody else from a seat, and are told from the others', async () => {
  const all = Array.from({ length: 100 }, (_, n) => `p${String(n).padStart(3, '0')}@example.org`);
  const bad = all.filter((_, n) => n % 8 === 3);
  await using school = await startSchool({
    redis,
    salable: {
      subscriptions: [{ seats: 100 }],
      settings: { batchRefusal: 'all', refusedGrantees: bad },
    },
    roster: teaches(...all),
  });
  const worker = await school.worker();
  const run = await school.sync(40_000);
  await worker.kill();
  const [pool] = run.pools;
  expect(pool?.failed.map(({ grantee }) => grantee).toSorted()).toEqual(bad);
  expect(pool?.failed.filter(({ reason }) => !reason.includes('400'))).toEqual([]);
  expect(pool?.done.assigned).toHaveLength(all.length - bad.length);
});

test.each([
  ['once', 1],
  ['twice', 2],
])(
  'a seat that a hand takes %s between the look and the assignment costs nobody the one that is left',
  async (_times, taken) => {
    await using school = await startSchool({
      redis,
      salable: { subscriptions: [{ seats: 4, assigned: ['ada@example.org'] }] },
      roster: teaches('ada@example.org', 'bo@example.org'),
    });
    takesFirst(school, taken);
    const worker = await school.worker();
    const run = await school.sync();
    await worker.kill();
    expect(run.pools[0]).toMatchObject({ done: { assigned: ['bo@example.org'] }, failed: [] });
  },
);

test('where a hand takes the last free seat first, the run that follows buys one', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 2, assigned: ['ada@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  takesFirst(school, 1);
  const worker = await school.worker();
  const run = await school.sync();
  const next = await school.sync();
  await worker.kill();
  expect(run.pools[0]?.failed).toMatchObject([{ grantee: 'bo@example.org', retryAt: expect.any(String) }]);
  expect(next.pools[0]).toMatchObject({ done: { incremented: 1, assigned: ['bo@example.org'] }, failed: [] });
});

test('a hand that takes each seat first keeps no run from its end, and who got none is told why and tried again', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 20, assigned: ['ada@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  takesFirst(school, 19);
  const worker = await school.worker();
  const run = await school.sync();
  await worker.kill();
  expect(run.pools[0]?.failed).toMatchObject([
    { grantee: 'bo@example.org', reason: expect.stringContaining('meanwhile'), retryAt: expect.any(String) },
  ]);
});

/** Gives a seat to a stranger right before each second look of a stage: after its plan, before its assignment. */
function takesFirst(school: School, times: number): void {
  let looks = 0;
  let taken = 0;
  school.sandbox.faults.hook(
    { method: 'GET', path: '/licenses' },
    {
      before: () => {
        looks += 1;
        if (looks % 2 !== 0 || taken >= times) return;
        taken += 1;
        school.sandbox.salable.edit({ assign: [`hand${taken}@example.org`] });
      },
    },
    'always',
  );
}

test('a provider that says "done" for five and did one is caught by reading back', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  school.sandbox.faults.hook(
    { method: 'PUT', path: '/licenses' },
    {
      after: (_, answer) => {
        // What the provider did for four of the five is gone again, whatever it answers.
        school.sandbox.salable.edit({ unassign: PEOPLE.slice(1) });
        return answer;
      },
    },
  );
  const worker = await school.worker();
  const run = await school.sync();
  const [pool] = run.pools;
  expect(pool?.done.assigned).toEqual(PEOPLE.slice(0, 1));
  expect(pool?.failed.map(({ grantee }) => grantee)).toEqual(PEOPLE.slice(1));
  expect(pool?.failed[0]?.reason).toMatch(/accepted this, but the person has no seat when read back/);
  const next = await school.sync();
  await worker.kill();
  expect(next.pools[0]?.done.assigned).toEqual(PEOPLE.slice(1));
});

test('whose seat it is stands in the ledger with the answer, also where the run fails as a whole right after it', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ type: 'none', seats: 3, assigned: ['stan@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org', 'stan@example.org'),
  });
  const lines = { provider: 'salable', method: 'PUT', path: '/licenses' };
  const unreadable = {
    match: { provider: 'salable', method: 'GET' },
    fault: { kind: 'status', status: 403 },
    times: 'always',
  } as const;
  const failAfterLines = () =>
    school.sandbox.faults.hook(lines, {
      after: () => {
        school.sandbox.faults.order(unreadable);
        return undefined;
      },
    });
  const ours = async () => {
    const known = [...(await readGrantees(school.service.context.store, 'teaching'))];
    return known
      .filter(([, { assigned }]) => assigned !== null)
      .map(([key]) => key)
      .sort();
  };
  const worker = await school.worker();
  failAfterLines();
  const run = await school.sync();
  expect(run.pools[0]).toMatchObject({ verdict: 'failed', error: expect.anything() });
  expect(await ours()).toEqual(['ada@example.org', 'bo@example.org']);

  // Freed, and failed again: nobody may take this for a seat that somebody else took away.
  school.sandbox.faults.clear();
  school.setRoster([...taught('ada@example.org'), ...teaches('bo@example.org', 'stan@example.org')]);
  failAfterLines();
  await school.sync();
  expect(school.sandbox.salable.report().subscriptions[0]?.assigned).not.toContain('ada@example.org');
  expect(await ours()).toEqual(['bo@example.org']);
  school.sandbox.faults.clear();
  const last = await school.sync();
  await worker.kill();
  expect(last.verdict).toBe('in-sync');
  expect((await school.audit()).filter(({ action }) => action === 'drift')).toEqual([]);
});

test('a second trigger joins the run that is under way', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  const first = await school.trigger();
  const second = await school.trigger();
  expect(second).toEqual({ run: first.run, joined: true, busy: [] });
});

test('a pool on which a run still stands that has ended, as after a failover, is freed for the next', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  const worker = await school.worker();
  const first = await school.sync();
  await redis.connect().set('{cohort-sync}:ledger:pool:teaching:active', first.run);
  const second = await school.sync();
  expect(second).toMatchObject({ verdict: 'in-sync' });
  expect(second.run).not.toBe(first.run);
  // Nor does one stand in the way that nobody knows.
  await redis.connect().set('{cohort-sync}:ledger:pool:teaching:active', 'r-20261122-060000-gone');
  expect((await school.sync()).verdict).toBe('in-sync');
  await worker.kill();
});

test('a run whose job was never added is taken up by whoever works', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  const { run } = await school.trigger();
  // As after the death of a process between the two writes.
  await (await school.service.context.queues.sync.getJob(run))?.remove();
  const worker = await school.worker();
  expect((await school.ended(run)).verdict).toBe('in-sync');
  await worker.kill();
});

test('a worker tells that it lives; one that was killed is silent, one that ended in order is gone', async () => {
  await using school = await startSchool({ redis, roster: teaches('ada@example.org') });
  const workers = [await school.worker(), await school.worker()];
  const { store } = school.service.context;
  const records = await until('two workers', async () => {
    const found = await readWorkers(store);
    return found.length === 2 ? found : null;
  });
  expect(records.map(({ pid }) => pid).toSorted()).toEqual(workers.map(({ pid }) => pid).toSorted());
  await workers[0]?.terminate();
  await workers[1]?.kill();
  expect((await readWorkers(store)).map(({ pid }) => pid)).toEqual([workers[1]?.pid]);
});

test('at SIGTERM a purchase in flight is recorded, and what waits for it to settle is handed over at once', async () => {
  await using school = await startSchool({
    redis,
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: { subscriptions: [{ seats: 1 }], settings: { events: { after: 'manual' } } },
    roster: teaches(...PEOPLE),
  });
  const worker = await school.worker();
  const held = school.sandbox.faults.order({
    match: { method: 'POST' },
    fault: { kind: 'hold', when: 'after' },
  });
  const { run } = await school.trigger();
  await held.hit();
  const started = performance.now();
  const gone = worker.terminate();
  held.release();
  await gone;
  expect(performance.now() - started).toBeLessThan(4_000);
  const intent = await school.redis.connect().get('{cohort-sync}:ledger:pool:teaching:intent');
  expect(intent).toContain('"state":"following"');

  school.sandbox.salable.settle();
  const heir = await school.worker();
  const ended = await school.ended(run);
  await heir.kill();
  expect(ended.pools[0]?.done).toMatchObject({ incremented: 4, assigned: expect.arrayContaining(PEOPLE) });
  expect(changing(school, 'POST', /seats/)).toBe(1);
});

test('a settle time that is lowered while a purchase has no answer does not shorten its own', async () => {
  await using school = await startSchool({
    redis,
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: { subscriptions: [{ seats: 1 }], settings: { events: { after: 'manual' } } },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  school.sandbox.faults.order({ match: { method: 'POST' }, fault: { kind: 'drop', when: 'after' } });
  const worker = await school.worker();
  const { run } = await school.trigger();
  const { store } = school.service.context;
  await until(
    'the answer to be missed',
    async () => (await readIntent(store, 'teaching'))?.state === 'unknown',
  );
  await worker.terminate();
  writeFileSync(
    school.config,
    readFileSync(school.config, 'utf8').replace('"settleSeconds":60', '"settleSeconds":1'),
  );
  const heir = await school.worker();
  // It is looked at after 1 s and after 2.5 s.
  await until('the third look', async () => {
    const events = await eventsAfter(store, run, '0');
    return events.some(({ event }) => JSON.stringify(event).includes('(look 3)'));
  });
  school.sandbox.salable.settle();
  expect((await school.ended(run)).pools[0]?.verdict).toBe('in-sync');
  await heir.kill();
  expect(changing(school, 'POST', /seats/)).toBe(1);
});

test('no path gets round the seats of a day, and what is below them is bought', async () => {
  await using school = await startSchool({
    redis,
    salable: { subscriptions: [{ seats: 1 }] },
    roster: teaches(...PEOPLE),
    guardrails: { seatsPerDay: 2 },
  });
  const worker = await school.worker();
  await school.sync();
  await school.sync();
  await worker.kill();
  const [subscription] = school.sandbox.salable.report().subscriptions;
  expect(subscription?.quantity).toBe(3);
  expect(subscription?.assigned).toHaveLength(3);
});

test.each([429, 503])(
  'a provider that asks by %i to be left alone for an hour is, and its run says until when',
  async (status) => {
    await using school = await startSchool({
      redis,
      roster: [...taught('lena@example.org'), ...teaches('ada@example.org')],
    });
    school.sandbox.faults.order({
      match: { provider: 'salable' },
      times: 'always',
      fault: { kind: 'status', status, headers: { 'retry-after': '3244' } },
    });
    const worker = await school.worker();
    const run = await school.sync();
    expect(run.pools[0]?.failed[0]?.retryAt).toBeTruthy();
    const asked = school.sandbox.requests().length;
    const again = await school.sync();
    await worker.kill();
    expect(again.pools[0]?.verdict).toBe('failed');
    expect(school.sandbox.requests()).toHaveLength(asked);
  },
);

test('a provider that asks to be left alone in the middle: each person whose seat was put off is named, with the time', async () => {
  await using school = await startSchool({
    redis,
    roster: [...taught('lena@example.org'), ...teaches('ada@example.org')],
  });
  school.sandbox.faults.order({
    match: { provider: 'salable', method: 'PUT', path: '/licenses' },
    times: 'always',
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '3244' } },
  });
  const worker = await school.worker();
  const run = await school.sync();
  await worker.kill();
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
    redis,
    salable: { subscriptions: [{ seats: 1, assigned: [PEOPLE[0] ?? ''] }] },
    roster: teaches(...PEOPLE.slice(0, 2)),
  });
  school.sandbox.faults.order({
    match: { method: 'POST' },
    fault: { kind: 'status', status: 408, when: 'after' },
  });
  const worker = await school.worker();
  const run = await school.sync();
  const again = await school.sync();
  await worker.kill();
  expect(run.pools[0]).toMatchObject({ done: { incremented: 1, assigned: [PEOPLE[1]] }, failed: [] });
  expect(again.verdict).toBe('in-sync');
  expect(changing(school, 'POST', /seats/)).toBe(1);
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
