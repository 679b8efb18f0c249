import { expect, test, vi } from 'vitest';
import type { JobContext } from '../../jobs/context.ts';
import { incrementSeats } from '../../jobs/increment-seats.ts';
import { manageAccount } from '../../jobs/manage-account.ts';
import { purposeOf } from '../../jobs/purpose.ts';
import type { JobQueues, Task } from '../../jobs/task.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { toInstant } from '../../src/dates.ts';
import { takeFence } from '../../src/ledger/fence.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { finishPool, startRun } from '../../src/ledger/runs.ts';
import { noProgress, readOutcomes, roundOf, type Work, writeProgress } from '../../src/ledger/stages.ts';
import { failedPlan } from '../../src/runs/preview.ts';
import { requestsOf, type School, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';
import { workEdited } from './edited.ts';
import { schoolsOnOneRedis } from './schools.ts';

vi.setConfig({ testTimeout: 60_000 });

const startSchool = schoolsOnOneRedis();

const SEAT_MISSING = {
  pools: [{ id: 'teaching', settleSeconds: 1 }],
  salable: { subscriptions: [{ seats: 1, assigned: ['ada@example.org'], type: 'none' as const }] },
  roster: teaches('ada@example.org', 'bo@example.org'),
};
const { signal } = new AbortController();
const NEVER_STOPPED = { waits: signal, calls: signal };

const bought = (school: School) => requestsOf(school, 'POST', /seats/);
const totalOf = ({ sandbox }: School) => sandbox.salable.report().subscriptions[0]?.quantity;

/** A run as it stands when the job that buys its missing seat is about to begin. */
async function aboutToBuy({ service }: School) {
  const { context } = service;
  const { store, clock, config } = context;
  const [pool] = config.pools;
  if (pool === undefined) throw new Error('the school has no pool');
  const head = {
    ...{ run: 'r-stalled', trigger: 'cli', startedAt: toInstant(clock.now()), clockOffset: 0 },
    ...{ pools: [pool.id], purpose: purposeOf(config, [pool.id]) },
  };
  await startRun(store, head, clock.now());
  const fence = await takeFence(store, pool.id);
  await manageAccount(context, fence, pool);
  const work: Work = {
    stage: 'increment',
    lines: [],
    change: { observed: 1, expected: 2, reason: 'needed' },
  };
  const progress = { ...noProgress, current: work };
  await writeProgress(store, fence, head.run, 'set out', progress);
  const task: Task = {
    ...{ id: 'job', name: 'increment-seats', attemptsMade: 0, attemptsStarted: 1 },
    data: { run: head.run, pool: pool.id, token: fence.token, from: 0, to: 1 },
    parent: { id: 'job', queue: 'none' },
    waitForChildren: async () => false,
  };
  const result = { done: noProgress.done, changes: [], failed: [] };
  const end = () =>
    finishPool(
      store,
      head.run,
      { ...failedPlan(pool, { message: 'ended', advice: '' }), ...result },
      { fence, at: toInstant(clock.now()), writes: [], problems: [] },
    );
  return { run: head.run, task, progress, end };
}

/** A process that stands still between its reading of the pool and whatever it does by that. */
function standingStill(context: JobContext) {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const providerOf: JobContext['providerOf'] = (pool) => {
    const provider = context.providerOf(pool);
    return {
      ...provider,
      read: async (stopped) => {
        const state = await provider.read(stopped);
        reached.resolve();
        await release.promise;
        return state;
      },
    };
  };
  return { context: { ...context, providerOf }, reached: reached.promise, wake: () => release.resolve() };
}

/** An execution of the job that has read the pool and stands still. */
async function stalledIn(task: Task, context: JobContext) {
  const { wake, reached, context: own } = standingStill(context);
  const first = incrementSeats(task, own, NEVER_STOPPED).catch(String);
  await reached;
  return { first, wake };
}

test('an execution that wakes when another one has bought by the same fence buys nothing', async () => {
  await using school = await startSchool({ ...SEAT_MISSING, leaseSeconds: 30 });
  const { context } = school.service;
  const { task } = await aboutToBuy(school);
  const { first, wake } = await stalledIn(task, context);
  await incrementSeats({ ...task, attemptsStarted: 2 }, context, NEVER_STOPPED);
  expect([totalOf(school), await readIntent(context.store, 'teaching')]).toEqual([2, null]);
  wake();
  expect(await first).toContain('last change of seats of teaching was changed by another process');
  expect([bought(school), totalOf(school)]).toEqual([1, 2]);
});

test('a purchase goes out also where reading the pool takes longer than a lease', async () => {
  await using school = await startSchool(SEAT_MISSING);
  const { context } = school.service;
  const { task } = await aboutToBuy(school);
  const slow = standingStill(context);
  const first = incrementSeats(task, slow.context, NEVER_STOPPED);
  await slow.reached;
  const over = context.timer.elapsed() + 1_100;
  await until('the end of the lease', () => context.timer.elapsed() > over);
  slow.wake();
  await first;
  expect([bought(school), totalOf(school)]).toEqual([1, 2]);
});

test('an execution that wakes when its run is over buys nothing', async () => {
  await using school = await startSchool({ ...SEAT_MISSING, leaseSeconds: 30 });
  const { task, end } = await aboutToBuy(school);
  const { first, wake } = await stalledIn(task, school.service.context);
  await end();
  wake();
  expect(await first).toContain('LedgerConflict');
  await incrementSeats({ ...task, attemptsStarted: 2 }, school.service.context, NEVER_STOPPED);
  expect(bought(school)).toBe(0);
});

test('a machine that was put to sleep, so that no time has passed by its timer, sends nothing when it wakes', async () => {
  await using school = await startSchool({ ...SEAT_MISSING, leaseSeconds: 30 });
  const { context } = school.service;
  const { task } = await aboutToBuy(school);
  let asleep = 0;
  const clock = { now: () => context.clock.now() + asleep };
  const { continuity } = context.store;
  if (continuity === undefined) throw new Error('the store only looks');
  // The last thing before the request leaves is to ask for what was announced.
  const breaks = () => {
    if (asleep === 0 && continuity.seats.intents().some(({ state }) => state === 'sending')) asleep = 60_000;
    return continuity.breaks();
  };
  const store = { ...context.store, continuity: { ...continuity, breaks } };
  const sleeping = incrementSeats(task, { ...context, clock, store }, NEVER_STOPPED).catch(String);
  expect(await sleeping).toContain('longer than a request may be on its way');
  expect([asleep, bought(school)]).toEqual([60_000, 0]);
});

test('two processes that know one account by two ids buy once', async () => {
  await using school = await startSchool({ ...SEAT_MISSING, leaseSeconds: 30 });
  const { context } = school.service;
  const { task } = await aboutToBuy(school);
  const { first, wake } = await stalledIn(task, context);
  await using other = await workEdited(school, (pool) => ({ ...pool, id: 'renamed' }));
  const { run } = await triggerSync(other.service.context, { by: 'cli', pools: ['renamed'], at: null });
  await until('the purchase of the other', () => bought(school) === 1);
  wake();
  expect(await first).toContain('manager of the account of teaching was changed by another process');
  expect((await school.ended(run)).pools).toMatchObject([{ pool: 'renamed', done: { incremented: 1 } }]);
  expect([bought(school), totalOf(school)]).toEqual([1, 2]);
});

test('what was bought is known to the run from the moment at which the purchase is over', async () => {
  await using school = await startSchool(SEAT_MISSING);
  const { context } = school.service;
  const { task, run, progress } = await aboutToBuy(school);
  const { redis } = context.store;
  const died = Promise.withResolvers<void>();
  const dying = new Proxy(redis, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const isEnd = args.some((arg) => typeof arg === 'string' && /:op:total:.*:ended$/.test(arg));
        if (!isEnd) return value.apply(target, args);
        died.resolve();
        return new Promise(() => undefined);
      };
    },
  });
  void incrementSeats(task, { ...context, store: { ...context.store, redis: dying } }, NEVER_STOPPED);
  await died.promise;
  const outcomes = await readOutcomes(context.store, run, 'teaching', roundOf('increment', progress));
  expect([...outcomes.values()]).toMatchObject([{ outcome: 'applied' }]);
});

/** The queues of a process, of which the first command that adds work to a pool, or its reply, is lost. */
function losing({ queues }: JobContext, what: 'command' | 'reply'): JobQueues {
  let lost = false;
  return {
    ...{ sync: queues.sync, notify: queues.notify },
    pool: (id) => ({
      rateLimit: (milliseconds) => queues.pool(id).rateLimit(milliseconds),
      addBulk: async (jobs) => {
        if (lost) return queues.pool(id).addBulk(jobs);
        lost = true;
        if (what === 'command')
          throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
        await queues.pool(id).addBulk(jobs);
        throw new Error('Command timed out');
      },
    }),
  };
}

test.for(['command', 'reply'] as const)('a run goes on after a lost %s of the queue', async (what) => {
  await using school = await startSchool(SEAT_MISSING);
  const { context, connectWorker } = school.service;
  const workers = startWorkers({ ...context, queues: losing(context, what) }, connectWorker);
  const ended = await school.sync();
  await workers.close(1_000);
  expect(ended).toMatchObject({ verdict: 'in-sync', pools: [{ done: { incremented: 1 } }] });
  expect([bought(school), totalOf(school)]).toEqual([1, 2]);
});

test('a run goes on whose only worker stood still for longer than its lease', async () => {
  await using school = await startSchool({ ...SEAT_MISSING, leaseSeconds: 2 });
  const worker = await school.worker();
  const reading = school.sandbox.faults.order({
    match: { method: 'GET' },
    fault: { kind: 'hold', when: 'before' },
  });
  const { run } = await school.trigger();
  await reading.hit();
  worker.signal('SIGSTOP');
  const lock = school.redis.connect();
  await until(
    'the end of its lease',
    async () => (await lock.exists(`{cohort-sync}:sync:${run}.teaching:lock`)) === 0,
  );
  reading.release();
  worker.signal('SIGCONT');
  expect(await school.ended(run)).toMatchObject({
    verdict: 'in-sync',
    pools: [{ done: { incremented: 1 } }],
  });
  await worker.kill();
  expect([bought(school), totalOf(school)]).toEqual([1, 2]);
});
