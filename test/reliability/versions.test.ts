import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { JobContext } from '../../jobs/context.ts';
import { keepGoing } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { readGrantees } from '../../src/ledger/grantees.ts';
import { readHold } from '../../src/ledger/holds.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { readPeople } from '../../src/ledger/people.ts';
import { activeRun, newestRuns, readRun } from '../../src/ledger/runs.ts';
import { keys, type Store } from '../../src/ledger/store.ts';
import { requestsOf, type School, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { approveHeld, schoolsOnOneRedis } from './schools.ts';

/** Old and new versions on one ledger: what one has written the other works on, or ends with a word. */

const startSchool = schoolsOnOneRedis();

/** Another process that works on the school's jobs. */
function worker({ service }: School) {
  const log = pino({ level: 'silent' });
  const workers = startWorkers({ ...service.context, log }, service.connectWorker);
  return { [Symbol.asyncDispose]: () => workers.close(1_000) };
}

/** Objects that hold names of anybody's choosing, so that a field more would be a name more. */
const NAMES = ['granteeIds', 'troubles', 'locked', 'accounts'];

/** With a field more in each object, as a newer version would have it. */
function extended(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(extended);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    NAMES.includes(name) ? field : extended(field),
  ]);
  return { ...Object.fromEntries(fields), addedLater: { by: 'a newer version' } };
}

function extendedJson(text: string): string {
  try {
    return JSON.stringify(extended(JSON.parse(text)));
  } catch {
    return text;
  }
}

/** Puts such a field into all that stands in the ledger. @returns into how many values. */
async function extendLedger({ redis }: School): Promise<number> {
  const connection = redis.connect();
  let changed = 0;
  const write = async (text: string, put: (longer: string) => Promise<unknown>) => {
    const longer = extendedJson(text);
    if (longer === text) return;
    changed += 1;
    await put(longer);
  };
  for (const key of await connection.keys('{cohort-sync}:ledger:*')) {
    const type = await connection.type(key);
    if (type === 'string')
      await write((await connection.get(key)) ?? '', (longer) => connection.set(key, longer));
    if (type !== 'hash') continue;
    for (const [field, text] of Object.entries(await connection.hgetall(key)))
      await write(text, (longer) => connection.hset(key, field, longer));
  }
  connection.disconnect();
  return changed;
}

const intentState = async (store: Store) => (await readIntent(store, 'teaching'))?.state;

test('a run in the middle of a purchase, by a newer version that knows more, is worked on to its end by an older one', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: {
      subscriptions: [{ seats: 1, assigned: ['ada@example.org'] }],
      settings: { events: { after: 'manual' } },
    },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  const { store } = school.service.context;
  const { run } = await school.trigger();
  {
    await using _newer = worker(school);
    await until('the purchase', async () => (await intentState(store)) === 'following');
  }
  expect(await extendLedger(school)).toBeGreaterThan(5);
  school.sandbox.salable.settle();
  await using _older = worker(school);
  expect((await school.ended(run)).pools).toMatchObject([
    { verdict: 'in-sync', done: { incremented: 1, assigned: ['bo@example.org'] }, failed: [] },
  ]);
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
  // And all that the run left behind, by the next one.
  await extendLedger(school);
  expect((await school.sync()).verdict).toBe('in-sync');
  const kept = expect.objectContaining({ addedLater: { by: 'a newer version' } });
  expect((await readPeople(store)).get('ada@example.org')).toEqual(kept);
  expect([...(await readGrantees(store, 'teaching')).values()]).toEqual([kept, kept]);
});

test('what a newer version holds is decided by an older one', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1 }] },
    roster: teaches('ada@example.org', 'bo@example.org', 'cy@example.org'),
    guardrails: { seatIncrease: 1 },
  });
  await using _worker = worker(school);
  expect((await school.sync()).verdict).toBe('held');
  await extendLedger(school);
  await approveHeld(school);
  expect((await school.sync()).pools).toMatchObject([{ verdict: 'in-sync', done: { incremented: 2 } }]);
});

test.for(['line', 'price'])(
  'what a newer version knows more of the %s in a hold is met again, and decided, by an older one',
  async (where) => {
    await using school = await startSchool({
      salable: { subscriptions: [{ seats: 1 }] },
      roster: teaches('ada@example.org', 'bo@example.org', 'cy@example.org'),
      guardrails: { seatIncrease: 1 },
    });
    const { store } = school.service.context;
    await using _worker = worker(school);
    expect((await school.sync()).verdict).toBe('held');
    // As one writes it that has a field more at the end of a held line, or of its price; the line's id comes last.
    const newer = async () => {
      const hold = await readHold(store, 'teaching');
      if (hold === null) throw new Error('no hold');
      const price = { amount: 1, currency: 'USD', per: 'month', addedLater: 1 };
      const more = where === 'price' ? { money: price } : { addedLater: 1 };
      const lines = hold.lines.map(({ id, ...line }) => ({ ...line, ...more, id }));
      await store.redis.set(keys.hold(hold.id), JSON.stringify({ ...hold, lines }));
    };
    await newer();
    expect((await school.sync()).verdict).toBe('held');
    await newer();
    await approveHeld(school);
    expect((await school.sync()).pools).toMatchObject([{ verdict: 'in-sync', done: { incremented: 2 } }]);
  },
);

test.for(['roster', 'stage:teaching'])(
  'a run of whose notes this version can not read the %s ends with a word, and the next one starts',
  async (part) => {
    await using school = await startSchool({
      salable: { subscriptions: [{ seats: 2, assigned: ['ada@example.org'] }] },
      roster: teaches('ada@example.org', 'bo@example.org'),
    });
    const { run } = await school.trigger();
    const key = `{cohort-sync}:ledger:run:${run}:${part}`;
    await school.redis.connect().set(key, '{"version":2}');
    await using _worker = worker(school);
    const [pool] = (await school.ended(run)).pools;
    expect(pool).toMatchObject({
      verdict: 'failed',
      error: {
        message: expect.stringContaining('was stored by another version of cohort-sync'),
        advice: expect.any(String),
      },
    });
    expect((await school.sync()).verdict).toBe('in-sync');
  },
);

/** A process that can't read the roster that a run has stored, as one of an older version. */
function older({ context }: School['service'], run: string): JobContext {
  const redis = new Proxy(context.store.redis, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown =>
        args[0] === keys.runRoster(run)
          ? Promise.resolve('{"version":2}')
          : Reflect.apply(value, target, args);
    },
  });
  return { ...context, store: { ...context.store, redis } };
}

test('a run that a worker of another version is at is left to it by one that can not read its notes', async () => {
  await using school = await startSchool({
    pools: [{ id: 'teaching', settleSeconds: 60 }],
    salable: {
      subscriptions: [{ seats: 1, assigned: ['ada@example.org'] }],
      settings: { events: { after: 'manual' } },
    },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  const { service } = school;
  const { store } = service.context;
  const { run } = await school.trigger();
  {
    await using _newer = worker(school);
    await until('the purchase', async () => (await intentState(store)) === 'following');
    expect(await keepGoing(older(service, run), run)).toBe(true);
    expect(await activeRun(store, 'teaching')).toBe(run);
  }
  // Now nobody is left who could go on with it; another try is put off.
  expect(await keepGoing(older(service, run), run)).toBe(false);
  const [pool] = (await school.ended(run)).pools;
  expect(pool).toMatchObject({
    verdict: 'failed',
    failed: [{ action: 'read', retryAt: expect.any(String) }],
  });
  school.sandbox.salable.settle();
  await using _older = worker(school);
  await until('the next try', async () => {
    const [last] = await newestRuns(store, 1);
    return last !== run && (await readRun(store, last ?? ''))?.document.verdict === 'in-sync';
  });
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});

test('a run that none of several workers can go on with ends all the same', async () => {
  await using school = await startSchool({ roster: teaches('ada@example.org') });
  const { run } = await school.trigger();
  await school.redis.connect().set(keys.runRoster(run), '{"version":2}');
  await using _one = worker(school);
  await using _two = worker(school);
  expect((await school.ended(run)).verdict).toBe('failed');
});

test('a trigger ends such a run and starts its own, with nobody at work', async () => {
  await using school = await startSchool({ roster: teaches('ada@example.org') });
  const first = await school.trigger();
  await school.redis.connect().set(`{cohort-sync}:ledger:run:${first.run}:roster`, 'cut o');
  const second = await school.trigger();
  expect(second).toMatchObject({ joined: false, busy: [] });
  expect((await school.ended(first.run)).pools[0]?.error?.message).toMatch(
    /^Pool teaching: run r-\S+ can't be gone on with: the roster that run r-\S+ has read was stored by another version of cohort-sync, which this one can't read\. Nothing more was done in it\.$/,
  );
});
