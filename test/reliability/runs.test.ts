import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventsAfter } from '../../src/ledger/events.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { readWorkers } from '../../src/ledger/workers.ts';
import { requestsOf, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { PEOPLE, schoolsOnOneRedis } from './schools.ts';

const startSchool = schoolsOnOneRedis();

test('a second trigger joins the run that is under way', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  const first = await school.trigger();
  const second = await school.trigger();
  expect(second).toEqual({ run: first.run, joined: true, busy: [] });
});

test('a pool on which a run still stands that has ended, as after a failover, is freed for the next', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  school.workHere();
  const first = await school.sync();
  await school.redis.connect().set('{cohort-sync}:ledger:pool:teaching:active', first.run);
  const second = await school.sync();
  expect(second).toMatchObject({ verdict: 'in-sync' });
  expect(second.run).not.toBe(first.run);
  // Nor does one stand in the way that nobody knows.
  await school.redis.connect().set('{cohort-sync}:ledger:pool:teaching:active', 'r-20261122-060000-gone');
  expect((await school.sync()).verdict).toBe('in-sync');
});

test('a run whose job was never added is taken up by whoever works', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  const { run } = await school.trigger();
  // As after the death of a process between the two writes.
  await (await school.service.context.queues.sync.getJob(run))?.remove();
  school.workHere();
  expect((await school.ended(run)).verdict).toBe('in-sync');
});

test('a worker tells that it lives; one that was killed is silent, one that ended in order is gone', async () => {
  await using school = await startSchool({ roster: teaches('ada@example.org') });
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
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});

test('a settle time that is lowered while a purchase has no answer does not shorten its own', async () => {
  await using school = await startSchool({
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
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});
