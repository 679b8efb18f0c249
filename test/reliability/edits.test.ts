import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { PoolConfig } from '../../config/schema.ts';
import { incrementSeats } from '../../jobs/increment-seats.ts';
import { SETTLES_ONLY, settingsHash } from '../../jobs/planned-by.ts';
import { readAccount } from '../../src/ledger/account.ts';
import { readAssignedAt } from '../../src/ledger/assigned-at.ts';
import { eventsAfter } from '../../src/ledger/events.ts';
import { takeFence } from '../../src/ledger/fence.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { noProgress, readOutcomes, roundOf, writeProgress } from '../../src/ledger/stages.ts';
import { keys } from '../../src/ledger/store.ts';
import { requestsOf, taught, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { workEdited } from './edited.ts';
import { PEOPLE, schoolsOnOneRedis } from './schools.ts';

/** An operator who stops the processes, edits the configuration and starts them again, while work is set out. */

vi.setConfig({ testTimeout: 60_000 });
const startSchool = schoolsOnOneRedis();

test('a person who is protected while the taking of the seat is put off keeps it, and the others lose theirs', async () => {
  await using school = await startSchool({
    salable: {
      subscriptions: [{ seats: 3, assigned: ['ada@example.org', 'bo@example.org', 'lena@example.org'] }],
    },
    roster: [...teaches('ada@example.org'), ...taught('bo@example.org', 'lena@example.org')],
  });
  school.sandbox.faults.order({
    match: { method: 'PUT' },
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '2' }, when: 'before' },
  });
  const { run } = await school.trigger();
  {
    await using _before = await workEdited(school);
    await until('the refusal', () => requestsOf(school, 'PUT', /licenses/) === 1);
  }
  await using _after = await workEdited(school, (pool) => ({ ...pool, protect: ['lena@example.org'] }));
  const { pools } = await school.ended(run);
  expect(pools).toMatchObject([
    { done: { unassigned: ['bo@example.org'] }, unmanaged: ['lena@example.org'], failed: [] },
  ]);
});

test('a maximum that is set while a purchase waits is kept to by it', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1, assigned: ['ada@example.org'], type: 'none' }] },
    roster: teaches(...PEOPLE),
  });
  const { store } = school.service.context;
  await store.redis.set(keys.quiet, 'a failover', 'PX', 60_000);
  const { run } = await school.trigger();
  {
    await using _before = await workEdited(school);
    const waits = async () =>
      (await eventsAfter(store, run, '0')).some(({ event }) => event.text.startsWith('waiting'));
    await until('the wait', waits);
  }
  await store.redis.del(keys.quiet);
  await using _after = await workEdited(school, (pool) => ({ ...pool, seats: { min: 1, max: 2 } }));
  const { pools } = await school.ended(run);
  expect(pools).toMatchObject([
    { done: { incremented: 1 }, held: [{ action: 'increment', guardrail: 'seats.max' }], failed: [] },
  ]);
  expect(school.sandbox.salable.report().subscriptions[0]?.quantity).toBe(2);
});

test('a purchase that is on its way is settled, however the settings are edited', async () => {
  await using school = await startSchool({
    salable: {
      subscriptions: [{ seats: 1, assigned: ['ada@example.org'] }],
      settings: { events: { after: 'manual' } },
    },
    roster: teaches(...PEOPLE.slice(0, 3)),
  });
  const { store } = school.service.context;
  const { run } = await school.trigger();
  {
    await using _before = await workEdited(school);
    await until('the purchase', async () => (await readIntent(store, 'teaching'))?.state === 'following');
  }
  school.sandbox.salable.settle();
  await using _after = await workEdited(school, (pool) => ({ ...pool, seats: { min: 1, max: 2 } }));
  const { pools } = await school.ended(run);
  expect(pools).toMatchObject([{ verdict: 'in-sync', done: { incremented: 2 }, failed: [] }]);
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});

test('work that was set out to settle a change sends none, where the change is settled by now', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1, assigned: ['ada@example.org'], type: 'none' }] },
    roster: teaches(...PEOPLE.slice(0, 2)),
  });
  const { context } = school.service;
  const { run } = await school.trigger();
  const fence = await takeFence(context.store, 'teaching');
  const change = { observed: 1, expected: 2, reason: 'settling an open change of seats' };
  const current = { stage: 'increment' as const, lines: [], change, settings: SETTLES_ONLY };
  await writeProgress(context.store, fence, run, 'set out', { ...noProgress, current });
  const { signal } = new AbortController();
  const task = {
    ...{ id: 'job', name: 'increment', attemptsMade: 0, attemptsStarted: 1 },
    data: { run, pool: 'teaching', token: fence.token, from: 0, to: 1 },
    parent: { id: 'job', queue: 'none' },
    waitForChildren: async () => false,
  };
  await incrementSeats(task, context, { waits: signal, calls: signal });
  const outcomes = await readOutcomes(context.store, run, 'teaching', roundOf('increment', noProgress));
  expect([...outcomes.values()]).toMatchObject([{ outcome: 'lapsed' }]);
  expect(school.sandbox.requests()).toEqual([]);
});

test('settings have one hash in every process, whatever the keys are, and another once they are edited', async () => {
  await using school = await startSchool({ roster: [] });
  const { config, providerOf } = school.service.context;
  const [pool] = config.pools;
  if (pool?.provider !== 'salable') throw new Error('no pool');
  const hashOf = (edited: PoolConfig, guardrails = config.guardrails) =>
    settingsHash({ ...config, guardrails }, edited, providerOf(edited));
  const hash = hashOf(pool);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  const { seats } = pool;
  const { min, max, ...rest } = seats;
  expect(hashOf({ ...pool, seats: { ...rest, max, min } })).toBe(hash);
  expect(hashOf({ ...pool, apiKey: 'another' })).toBe(hash);
  expect(hashOf({ ...pool, protect: ['ada@example.org'] })).not.toBe(hash);
  expect(hashOf({ ...pool, seats: { ...seats, spare: 1 } })).not.toBe(hash);
  expect(hashOf(pool, { ...config.guardrails, seatIncrease: 1 })).not.toBe(hash);
});

describe('a pool that only the ledger knows who is assigned in', () => {
  const ELSEWHERE = 'ff3d3cf5-5388-40a0-915f-970c1d2d9700';
  const people = PEOPLE.slice(0, 2);
  const subscriptions = [{ licenses: 2 }, { licenses: 2, id: ELSEWHERE }];
  const moved = (pool: object) => ({ ...pool, subscriptionId: ELSEWHERE });
  const refusal = {
    message: expect.stringMatching(
      /^Pool teaching: .* another account .* 2 people assigned, .* Nothing was read/,
    ),
    advice: expect.stringContaining('Put the former account of teaching back'),
  };

  test('takes nobody for assigned at another account: it is refused until it is moved back or has another id', async () => {
    await using school = await startSchool({
      secureMailMerge: { subscriptions },
      roster: teaches(...people),
    });
    const given = () => school.sandbox.secureMailMerge.report().subscriptions.map(({ assigned }) => assigned);
    {
      await using before = await workEdited(school);
      expect(await before.sync()).toMatchObject({
        verdict: 'in-sync',
        pools: [{ done: { assigned: people } }],
      });
    }
    const asked = school.sandbox.requests().length;
    for (let time = 0; time < 2; time++) {
      await using after = await workEdited(school, moved);
      expect((await after.sync()).pools).toMatchObject([{ verdict: 'failed', error: refusal }]);
    }
    const plan = await school.cli('plan', '--config', 'edited.yaml', '--json').done;
    expect(plan.code).toBe(1);
    expect(JSON.parse(plan.out)).toMatchObject({ verdict: 'failed', pools: [{ error: refusal }] });
    const list = path.join(school.folder, 'roster.csv');
    const adopt = await school.cli(
      'adopt',
      '--pool',
      'teaching',
      '--from',
      list,
      '--config',
      'edited.yaml',
      '--yes',
    ).done;
    expect(adopt).toMatchObject({ code: 1, err: expect.stringContaining('Put the former account') });
    expect(school.sandbox.requests()).toHaveLength(asked);
    {
      await using back = await workEdited(school);
      expect(await back.sync()).toMatchObject({ verdict: 'in-sync' });
    }
    await using renamed = await workEdited(school, (pool) => ({ ...moved(pool), id: 'elsewhere' }));
    expect(await renamed.sync()).toMatchObject({
      verdict: 'in-sync',
      pools: [{ done: { assigned: people } }],
    });
    expect(given()).toEqual([people, people]);
  });

  test('moves with its id where nobody is assigned, and leaves the numbers of the account before', async () => {
    await using school = await startSchool({
      secureMailMerge: { subscriptions: [{ licenses: 1 }, ...subscriptions.slice(1)] },
      roster: teaches('ada@example.org'),
    });
    {
      await using before = await workEdited(school);
      await before.sync();
      school.setRoster(taught('ada@example.org'));
      expect((await before.sync()).pools).toMatchObject([{ done: { unassigned: ['ada@example.org'] } }]);
    }
    school.setRoster(teaches(...people));
    await using after = await workEdited(school, (pool) => ({ ...moved(pool), purchasedSeats: 2 }));
    expect(await after.sync()).toMatchObject({ verdict: 'in-sync', pools: [{ done: { assigned: people } }] });
    const { value } = await readAccount(school.service.context.store, 'teaching');
    // The first that this account has told.
    expect(value.answer).toMatchObject({ n: 1, assigned: 2 });
  });

  test('is adopted at the account that it has: a run goes on there, and not at the one before', async () => {
    await using school = await startSchool({ secureMailMerge: { subscriptions }, roster: [] });
    {
      await using before = await workEdited(school);
      await before.sync();
    }
    const list = path.join(school.folder, 'export.csv');
    writeFileSync(list, `Email\n${people.join('\n')}\n`);
    {
      await using after = await workEdited(school, moved);
      const named = ['--pool', 'teaching', '--from', list, '--config', 'edited.yaml', '--yes'];
      const adopt = await school.cli('adopt', ...named).done;
      expect(adopt.code, adopt.err).toBe(0);
      school.setRoster(teaches(...people));
      expect(await after.sync()).toMatchObject({ verdict: 'in-sync', pools: [{ seats: { assigned: 2 } }] });
    }
    school.workHere();
    expect((await school.sync()).pools).toMatchObject([{ verdict: 'failed', error: refusal }]);
  });

  test('is taken as it is where an older version worked on it', async () => {
    await using school = await startSchool({
      secureMailMerge: { subscriptions },
      roster: teaches(...people),
    });
    school.workHere();
    await school.sync();
    const { store } = school.service.context;
    await store.redis.del(keys.assignedAt('teaching'));
    expect(await school.sync()).toMatchObject({ verdict: 'in-sync' });
    expect(await readAssignedAt(store, 'teaching')).toMatch(/^[0-9a-f]{16}$/);
  });
});

test("what was bought under a pool's former id counts against the day's cap under the new one", async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1, assigned: ['ada@example.org'], type: 'none' }] },
    roster: teaches('ada@example.org', 'bo@example.org'),
    guardrails: { seatsPerDay: 1 },
  });
  {
    await using before = await workEdited(school);
    expect((await before.sync()).pools).toMatchObject([{ done: { incremented: 1 } }]);
  }
  school.setRoster(teaches('ada@example.org', 'bo@example.org', 'cy@example.org'));
  await using renamed = await workEdited(school, (pool) => ({ ...pool, id: 'renamed' }));
  expect((await renamed.sync()).pools).toMatchObject([
    { pool: 'renamed', held: [{ guardrail: 'seatsPerDay' }], done: { incremented: 0 } },
  ]);
});
