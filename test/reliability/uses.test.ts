import { expect, test, vi } from 'vitest';
import type { JobContext } from '../../jobs/context.ts';
import { scheduleRetry } from '../../jobs/retry-later.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { ProviderError } from '../../src/errors.ts';
import { requestsOf, type School, teaches } from '../support/school.ts';
import { approveHeld, schoolsOnOneRedis } from './schools.ts';

/** What is used up by what was done stays so, however the run ends. */

vi.setConfig({ testTimeout: 60_000 });
const startSchool = schoolsOnOneRedis();

/** Works here with a key that is refused at the first reading after so many requests of this kind. */
function workUntilRefused({ service }: School, isDue: () => Promise<boolean>) {
  const { context, connectWorker } = service;
  let refused = false;
  const providerOf: JobContext['providerOf'] = (pool) => {
    const provider = context.providerOf(pool);
    return {
      ...provider,
      read: async (signal) => {
        if (refused || !(await isDue())) return provider.read(signal);
        refused = true;
        const facts = { pool: pool.id, failure: 'auth', request: 'read' } as const;
        throw new ProviderError(facts, 'the key was refused', 'Correct it.');
      },
    };
  };
  const workers = startWorkers({ ...context, providerOf }, connectWorker);
  return { [Symbol.asyncDispose]: () => workers.close(1_000) };
}

test('an approved purchase is made once, also where its run fails before it could look at what it bought', async () => {
  const emails = (...names: readonly string[]) => names.map((name) => `${name}@example.org`);
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1, assigned: emails('ada'), type: 'none' }] },
    roster: teaches(...emails('ada', 'bo', 'cy', 'di')),
    guardrails: { seatIncrease: 1 },
  });
  const redis = school.redis.connect();
  const isBought = async () => {
    const noted = await redis.keys('{cohort-sync}:ledger:run:*:results:teaching');
    const outcomes = await Promise.all(noted.map((key) => redis.hvals(key)));
    return outcomes.flat().some((outcome) => outcome.includes('"applied"'));
  };
  await using _work = workUntilRefused(school, isBought);
  expect((await school.sync()).verdict).toBe('held');
  await approveHeld(school);
  expect((await school.sync()).pools).toMatchObject([
    {
      error: { message: 'the key was refused' },
      done: { incremented: 3 },
      changes: [{ action: 'increment' }],
    },
  ]);
  school.setRoster(teaches(...emails('ada', 'bo', 'cy', 'di', 'ed', 'flo', 'gus')));
  expect((await school.sync()).pools).toMatchObject([
    { verdict: 'held', held: [{ guardrail: 'seatIncrease', seats: 3 }], done: { incremented: 0 } },
  ]);
  expect(requestsOf(school, 'POST', /seats/)).toBe(1);
});

test('surprises count against the day, also where their run fails before it could look at them', async () => {
  const all = ['ada', 'bo', 'cy', 'di', 'ed', 'flo', 'gus'].map((name) => `${name}@example.org`);
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 7, assigned: all, type: 'none' }] },
    roster: teaches(...all),
    guardrails: { unexplainedRemovals: { count: 2, share: 0.1 } },
  });
  await using _work = workUntilRefused(school, async () => requestsOf(school, 'PUT', /licenses/) > 0);
  expect((await school.sync()).verdict).toBe('in-sync');
  school.setRoster(teaches(...all.slice(2)));
  expect((await school.sync()).pools).toMatchObject([
    { error: { message: 'the key was refused' }, done: { unassigned: all.slice(0, 2) } },
  ]);
  school.setRoster(teaches(...all.slice(4)));
  expect((await school.sync()).pools).toMatchObject([{ verdict: 'held', done: { unassigned: [] } }]);
});

test('a retry that is due already waits for the end of its run, which it would join otherwise', async () => {
  await using school = await startSchool({ leaseSeconds: 30, roster: teaches('ada@example.org') });
  const { context } = school.service;
  const { run } = await school.trigger();
  await scheduleRetry(context, 'teaching', run, context.clock.now() - 60_000);
  const id = await context.queues.sync.getDeduplicationJobId('retry-teaching');
  const job = id === null ? undefined : await context.queues.sync.getJob(id);
  expect(job?.delay).toBe(30_000);
});
