import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { JobContext } from '../../jobs/context.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { type School, teaches } from '../support/school.ts';
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
