import { expect, test, vi } from 'vitest';
import { readIntent } from '../../src/ledger/intents.ts';
import { requestsOf, type School, subscriptionUuid, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { workEdited } from './edited.ts';
import { purchaseIsFollowed, schoolsOnOneRedis } from './schools.ts';

vi.setConfig({ testTimeout: 60_000 });

const startSchool = schoolsOnOneRedis();

const ADA = { seats: 1, assigned: ['ada@example.org'] };
const ROSTER = teaches('ada@example.org', 'bo@example.org');

const bought = (school: School) => requestsOf(school, 'POST', /seats/);

test('a purchase without an answer, whose pool can not be read in time either, is settled by the first reading', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 1 }],
    salable: { subscriptions: [{ ...ADA, type: 'none' }] },
    roster: ROSTER,
  });
  const { faults } = school.sandbox;
  const refused = { kind: 'status', status: 502, when: 'before' } as const;
  const buying = faults.order({ match: { method: 'POST' }, fault: { ...refused, kind: 'status' } });
  school.workHere();
  const { run } = await school.trigger();
  await buying.hit();
  const reading = faults.order({ match: { method: 'GET' }, fault: refused, times: 2 });
  expect((await school.ended(run)).pools).toMatchObject([
    { verdict: 'in-sync', held: [], done: { incremented: 1, assigned: ['bo@example.org'] } },
  ]);
  await reading.hit();
  // The first had no effect.
  expect(bought(school)).toBe(2);
});

test('where the event of a purchase can not be asked for, the total is read at once', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 600 }],
    salable: { subscriptions: [ADA], settings: { events: { after: { polls: 0 } } } },
    roster: ROSTER,
  });
  school.sandbox.faults.order({
    match: { method: 'GET', path: '/events/*' },
    fault: { kind: 'status', status: 404, when: 'before' },
    times: 'always',
  });
  school.workHere();
  const { run } = await school.trigger();
  await purchaseIsFollowed(school);
  school.sandbox.salable.settle();
  expect(await school.ended(run, 20_000)).toMatchObject({ verdict: 'in-sync' });
});

test('a purchase under way is not settled by what is read at an account that its pool has got since', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: {
      // The other one has just as many seats as the purchase is to bring.
      subscriptions: [ADA, { seats: 2, assigned: ['ada@example.org', 'bo@example.org'] }],
      settings: { events: { after: 'manual' } },
    },
    roster: ROSTER,
  });
  const { store } = school.service.context;
  const { run } = await school.trigger();
  {
    await using _before = await workEdited(school);
    await purchaseIsFollowed(school);
  }
  {
    await using moved = await workEdited(school, (pool) => ({
      ...pool,
      subscriptionUuid: subscriptionUuid(2),
    }));
    expect(await school.ended(run)).toMatchObject({ verdict: 'failed' });
    expect((await moved.sync()).pools).toMatchObject([
      {
        verdict: 'held',
        held: [{ reason: expect.stringContaining('sent'), seats: 1 }],
      },
    ]);
    const open = await readIntent(store, 'teaching');
    expect(open?.state).toBe('in-doubt');
    expect(open?.detail).toContain('to the account that pool teaching had before');
  }
  school.sandbox.salable.settle();
  await using back = await workEdited(school);
  expect((await back.sync()).pools).toMatchObject([{ verdict: 'in-sync', held: [] }]);
  expect([bought(school), await readIntent(store, 'teaching')]).toEqual([1, null]);
});

test('a purchase at an account that is gone is given up by a person, and no longer stands in the way', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: {
      subscriptions: [ADA, { ...ADA }],
      settings: { events: { after: 'manual' } },
    },
    roster: ROSTER,
  });
  const { run } = await school.trigger();
  {
    await using _before = await workEdited(school);
    await purchaseIsFollowed(school);
  }
  school.sandbox.salable.change({ events: { after: { polls: 0 } } });
  const other = subscriptionUuid(2);
  await using moved = await workEdited(school, (pool) => ({ ...pool, subscriptionUuid: other }));
  await school.ended(run);
  const held = await moved.sync();
  expect(held.verdict).toBe('held');
  expect(
    (await school.cli('approve', held.run, '--yes', '--json', '--config', 'edited.yaml').done).code,
  ).toBe(0);
  await until('nothing is open', async () => (await moved.sync()).verdict === 'in-sync');
  const [first, second] = school.sandbox.salable.report().subscriptions;
  expect([first?.quantity, second?.quantity]).toEqual([1, 2]);
});

test('a purchase that failed while its pool was at another account is settled once the pool is back', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: {
      subscriptions: [ADA, { seats: 2, assigned: ['ada@example.org', 'bo@example.org'] }],
      settings: { events: { after: 'manual', outcome: 'failed' } },
    },
    roster: ROSTER,
  });
  const { run } = await school.trigger();
  {
    await using _before = await workEdited(school);
    await purchaseIsFollowed(school);
  }
  {
    const other = subscriptionUuid(2);
    await using moved = await workEdited(school, (pool) => ({ ...pool, subscriptionUuid: other }));
    await school.ended(run);
    expect((await moved.sync()).verdict).toBe('held');
  }
  school.sandbox.salable.settle();
  school.sandbox.salable.change({ events: { after: { polls: 0 } } });
  await using back = await workEdited(school);
  await until('nothing is open', async () => (await back.sync()).verdict === 'in-sync');
  expect(school.sandbox.salable.report().subscriptions[0]?.quantity).toBe(2);
});
