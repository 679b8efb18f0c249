import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { JobContext } from '../../jobs/context.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { newestRuns } from '../../src/ledger/runs.ts';
import { requestsOf, type School, taught, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { schoolsOnOneRedis } from './schools.ts';

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
        /^Pool teaching: run r-\S+ was interrupted .* the roster that it read is from \d{4}-\d\d-\d\dT.* Nothing more was done/,
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
