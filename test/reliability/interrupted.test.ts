import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { JobContext } from '../../jobs/context.ts';
import { endComplete, endOrphans } from '../../jobs/orphans.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { toInstant } from '../../src/dates.ts';
import { decideHold, readHold } from '../../src/ledger/holds.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { activeRun, listRuns, newestRuns, readRun } from '../../src/ledger/runs.ts';
import { beat, lookOut } from '../../src/ledger/workers.ts';
import { requestsOf, type School, taught, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { purchaseIsFollowed, schoolsOnOneRedis } from './schools.ts';

/** What becomes of a run whose process ended in the middle: it is ended with a word, or gone on with by what is true now. */

const startSchool = schoolsOnOneRedis();

const SCHOOL = {
  salable: { subscriptions: [{ seats: 2, assigned: ['ada@example.org'] }] },
  roster: teaches('ada@example.org', 'bo@example.org'),
};

/** Another process that works on the school's jobs. */
function worker({ service }: School, more: Partial<JobContext> = {}) {
  const log = pino({ level: 'silent' });
  const workers = startWorkers({ ...service.context, log, ...more }, service.connectWorker);
  return { [Symbol.asyncDispose]: () => workers.close(1_000) };
}

/** The queues of a process that dies as it is about to put off a retry; `dead` when it has. */
function dyingAtRetry({ queues }: JobContext) {
  const dead = Promise.withResolvers<void>();
  const sync: typeof queues.sync = {
    add: async (name, data, opts) => {
      if (opts?.deduplication === undefined) return queues.sync.add(name, data, opts);
      dead.resolve();
      throw new Error('Connection is closed.');
    },
    addBulk: (jobs) => queues.sync.addBulk(jobs),
    getJob: (id) => queues.sync.getJob(id),
    getDeduplicationJobId: (id) => queues.sync.getDeduplicationJobId(id),
    getWorkersCount: () => queues.sync.getWorkersCount(),
  };
  return { dead: dead.promise, queues: { sync, notify: queues.notify, pool: queues.pool } };
}

test('the next try of a pool that failed is not lost with the process that was about to put it off', async () => {
  await using school = await startSchool(SCHOOL);
  const fault = { kind: 'status', status: 503, headers: { 'retry-after': '600' } } as const;
  school.sandbox.faults.order({ match: { method: 'GET' }, fault });
  const { context } = school.service;
  const { dead, queues } = dyingAtRetry(context);
  const { run } = await school.trigger();
  {
    await using _doomed = worker(school, { queues });
    await dead;
  }
  await using _heir = worker(school);
  const [pool] = (await school.ended(run)).pools;
  expect(pool?.failed).toMatchObject([{ action: 'read', retryAt: expect.any(String) }]);
  const retry = await context.queues.sync.getDeduplicationJobId('retry-teaching');
  expect(retry).not.toBeNull();
});

/** The store of a process that dies as it is about to end a run; `dead` when it has. */
function dyingAtEnd({ store }: JobContext) {
  const dead = Promise.withResolvers<void>();
  const redis = new Proxy(store.redis, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const isEnd = args.some((arg) => typeof arg === 'string' && /:op:run:.*:end:/.test(arg));
        if (!isEnd) return Reflect.apply(value, target, args);
        dead.resolve();
        return Promise.reject(new Error('Connection is closed.'));
      };
    },
  });
  return { dead: dead.promise, store: { ...store, redis } };
}

/** A school whose process was killed between the end of a run's last pool and that of the run. */
async function leftWithoutEnd(school: School): Promise<string> {
  const { dead, store } = dyingAtEnd(school.service.context);
  const { run } = await school.trigger();
  await using _doomed = worker(school, { store });
  await dead;
  return run;
}

test('a run whose process is killed after its last pool has ended comes to its end', async () => {
  await using school = await startSchool(SCHOOL);
  const run = await leftWithoutEnd(school);
  await using _heir = worker(school);
  expect((await school.ended(run, 10_000)).verdict).toBe('in-sync');
});

test('the monitor is told of such a run, and what was approved meanwhile follows; once', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1 }] },
    roster: teaches('ada@example.org', 'bo@example.org', 'cy@example.org'),
    guardrails: { seatIncrease: 1 },
  });
  const { context } = school.service;
  const { store, clock, queues } = context;
  const run = await leftWithoutEnd(school);
  const hold = await readHold(store, 'teaching');
  if (hold === null) throw new Error('no hold');
  const at = toInstant(clock.now());
  await decideHold(store, hold, { decision: 'approved', by: 'a person', note: null, at });
  const told = { ...context, config: { ...context.config, heartbeat: { url: 'https://monitor.example' } } };
  await endComplete(told);
  await endComplete(told);
  expect((await readRun(store, run))?.document.verdict).toBe('held');
  expect(await queues.notify.getJob(`${run}.heartbeat`)).toBeDefined();
  const runs = await listRuns(store, 5);
  expect(runs.map(({ trigger }) => trigger)).toEqual(['approval', 'cli']);
  await using _heir = worker(school);
  expect((await school.ended(runs[0]?.run ?? '')).pools).toMatchObject([{ done: { incremented: 2 } }]);
});

const DAYS = 24 * 60 * 60 * 1_000;

/** One who taught until three days ago and keeps the seat for as long as that. */
const LEAVER = { who: 'ada@example.org', startedDaysAgo: 37, cohort: 'last' };
const COMES_BACK = { who: 'ada@example.org', startedDaysAgo: -4, cohort: 'next' };
const OTHERS = teaches('bo@example.org', 'cy@example.org');
const PEOPLE = ['ada@example.org', 'bo@example.org', 'cy@example.org'];

/** On Monday, by the clock of a process that starts then. */
function daysLater({ service }: School, days: number): Pick<JobContext, 'clock'> {
  return { clock: { now: () => service.context.clock.now() + days * DAYS } };
}

test('a run that is gone on with days later decides nothing by the roster of then: a new one reads it anew', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 3, assigned: PEOPLE }] },
    roster: [...OTHERS, LEAVER],
  });
  const { context } = school.service;
  const hung = school.sandbox.faults.order({
    match: { method: 'GET' },
    fault: { kind: 'hold', when: 'before' },
  });
  const { run } = await school.trigger();
  const friday = await school.worker();
  await hung.hit();
  await friday.kill();
  hung.release();
  school.setRoster([...OTHERS, LEAVER, COMES_BACK]);
  const monday = daysLater(school, 4);
  await using _monday = worker(school, monday);
  const tick = await triggerSync({ ...context, ...monday }, { by: 'cron', pools: ['teaching'], at: null });
  expect(tick).toMatchObject({ run, joined: true });
  const [pool] = (await school.ended(run)).pools;
  expect(pool).toMatchObject({
    verdict: 'failed',
    changes: [],
    error: {
      message: expect.stringMatching(
        /^Pool teaching: run r-\S+ is gone on with more than 6 hours after it began; the roster that it read is from \d{4}-\d\d-\d\dT.* Nothing more was done/,
      ),
      advice: expect.stringContaining('reads the roster anew'),
    },
    failed: [{ action: 'read', retryAt: expect.any(String) }],
  });
  const again = await until('the new run', async () =>
    (await newestRuns(context.store, 1)).find((id) => id !== run),
  );
  expect(await school.ended(again)).toMatchObject({ trigger: 'retry', verdict: 'in-sync' });
  expect(school.sandbox.salable.report().subscriptions[0]?.assigned).toHaveLength(3);
});

test.for([
  { stage: 'unassign', assigned: PEOPLE, before: taught, now: teaches },
  { stage: 'increment', assigned: PEOPLE.slice(1), before: teaches, now: taught },
])('$stage that was set out days ago is not worked on', async ({ assigned, before, now }) => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: assigned.length, assigned }] },
    roster: [...OTHERS, ...before('ada@example.org')],
  });
  // The first is the plan's, the second the stage's.
  const held = school.sandbox.faults.order({
    match: { method: 'GET', path: '/licenses', nth: 2 },
    fault: { kind: 'hold', when: 'before' },
  });
  const { run } = await school.trigger();
  const friday = await school.worker();
  await held.hit();
  await friday.kill();
  held.release();
  school.setRoster([...OTHERS, ...now('ada@example.org')]);
  await using _monday = worker(school, daysLater(school, 4));
  expect(await school.ended(run)).toMatchObject({ verdict: 'failed' });
  expect(requestsOf(school, 'PUT', /./) + requestsOf(school, 'POST', /./)).toBe(0);
});

test('the age of the roster of a run with --at is by the real clock', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1 }] },
    roster: teaches('bo@example.org'),
  });
  school.workHere();
  const { context } = school.service;
  const at = context.clock.now() - 10 * DAYS;
  const { run } = await triggerSync(context, { by: 'cli', pools: ['teaching'], at });
  expect(await school.ended(run)).toMatchObject({ verdict: 'in-sync' });
});

const TWO_POOLS = {
  pools: [{ id: 'teaching', settleSeconds: 60 }, { id: 'other' }],
  salable: {
    subscriptions: [{ seats: 1, assigned: ['ada@example.org'] }, { seats: 2 }],
    settings: { events: { after: 'manual' as const } },
  },
  roster: teaches('ada@example.org', 'bo@example.org'),
};

/** By a configuration that has these pools alone. */
function having({ service }: School, ...ids: string[]) {
  const { config } = service.context;
  return { config: { ...config, pools: config.pools.filter(({ id }) => ids.includes(id)) } };
}

/** Starts a run, and ends the process that works on it once its purchase is under way. */
async function leftInPurchase(school: School): Promise<string> {
  const { store } = school.service.context;
  const { run } = await school.trigger();
  await using _old = worker(school);
  const open = async () => (await readIntent(store, 'teaching'))?.state === 'following';
  await until('the purchase', open);
  return run;
}

test('a run ends whose pool was taken out of the configuration while it waited for a purchase', async () => {
  await using school = await startSchool(TWO_POOLS);
  const { store } = school.service.context;
  const run = await leftInPurchase(school);
  {
    await using _new = worker(school, having(school, 'other'));
    const [pool] = (await school.ended(run)).pools;
    expect(pool).toMatchObject({
      pool: 'teaching',
      verdict: 'failed',
      error: {
        message: expect.stringContaining('no pool teaching'),
        advice: expect.stringMatching(/one config/),
      },
    });
  }
  // What is open is settled once the pool is back.
  expect(await readIntent(store, 'teaching')).not.toBeNull();
  school.sandbox.salable.settle();
  await using _back = worker(school);
  expect((await school.sync()).verdict).toBe('in-sync');
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});

test('a pool that a worker which lives has, or may have, is left to that one', async () => {
  await using school = await startSchool(TWO_POOLS);
  const { context } = school.service;
  const { run } = await school.trigger();
  await using _old = worker(school);
  await purchaseIsFollowed(school);
  const fewer = { ...context, ...having(school, 'other') };
  const left = async () => endOrphans(fewer, await endOrphans(fewer, new Set([`${run}.teaching`])));
  expect(await left()).toEqual(new Set());
  // One of an older version does not say what it has.
  await school.redis.connect().del('{cohort-sync}:ledger:worker-pools');
  expect(await left()).toEqual(new Set());
  expect(await activeRun(context.store, 'teaching')).toBe(run);
  school.sandbox.salable.settle();
  expect((await school.ended(run)).verdict).toBe('in-sync');
});

test('a pool whose worker lives is left to it by a process whose clock is minutes ahead', async () => {
  await using school = await startSchool(TWO_POOLS);
  const { context } = school.service;
  const { run } = await school.trigger();
  await using _old = worker(school);
  await purchaseIsFollowed(school);
  const clock = { now: () => context.clock.now() + 2 * 60_000 };
  const fewer = { ...context, clock, ...having(school, 'other') };
  expect(await endOrphans(fewer, new Set([`${run}.teaching`]))).toEqual(new Set());
  expect(await activeRun(context.store, 'teaching')).toBe(run);
});

test('a worker lives until its beat stays the same, look after look, whatever its clock says', async () => {
  await using school = await startSchool(TWO_POOLS);
  const { store } = school.service.context;
  let elapsed = 0;
  const lookout = lookOut({ elapsed: () => elapsed });
  const beats = (beatAt: string) => {
    const record = { worker: 'w', host: 'h', pid: 1, startedAt: beatAt, beatAt, silentAfter: 90 };
    return beat(store, record, ['teaching']);
  };
  const livesAfter = async (seconds: number) => {
    elapsed += seconds * 1_000;
    return (await lookout.look(store)).length === 1;
  };
  await beats('2036-11-28T06:00:00Z');
  // Nobody can tell at the first look, and a long time without a look tells little.
  expect([await livesAfter(600), await livesAfter(600), await livesAfter(30)]).toEqual([true, true, true]);
  expect(await livesAfter(30)).toBe(false);
  // Its clock was set back.
  await beats('2026-11-28T06:00:00Z');
  expect([await livesAfter(30), await livesAfter(30), await livesAfter(30)]).toEqual([true, true, true]);
  expect(await livesAfter(30)).toBe(false);
});

test('a pool whose only process is just starting again is not given up at the first look', async () => {
  await using school = await startSchool(TWO_POOLS);
  const { context } = school.service;
  const run = await leftInPurchase(school);
  const fewer = { ...context, ...having(school, 'other') };
  expect(await endOrphans(fewer, new Set())).toEqual(new Set([`${run}.teaching`]));
  expect(await activeRun(context.store, 'teaching')).toBe(run);
  expect(await endOrphans(fewer, new Set([`${run}.teaching`]))).toEqual(new Set());
  expect(await activeRun(context.store, 'teaching')).toBeNull();
});
