import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { assignLicenses } from '../../jobs/assign-licenses.ts';
import { incrementSeats } from '../../jobs/increment-seats.ts';
import { JOB } from '../../jobs/payloads.ts';
import { checkPool, PurposeError, purposeOf } from '../../jobs/purpose.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { toInstant } from '../../src/dates.ts';
import { takeFence } from '../../src/ledger/fence.ts';
import { type RunHead, readHead, startRun } from '../../src/ledger/runs.ts';
import { noProgress, readOutcomes, roundOf, type Work, writeProgress } from '../../src/ledger/stages.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type School, startSchool, subscriptionUuid, taught, teaches } from '../support/school.ts';

vi.setConfig({ testTimeout: 60_000 });

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis({ appendfsync: 'always' });
});
afterAll(() => redis.stop());

const PEOPLE = ['ada@example.org', 'bo@example.org'];
const OPTIONS = {
  salable: { subscriptions: [{ seats: 1, assigned: ['lena@example.org'] }, { seats: 1 }] },
  roster: [...taught('lena@example.org'), ...teaches(...PEOPLE)],
};
const SIXTY_DAYS = 60 * 24 * 60 * 60 * 1_000;

/** Works on the school's queues by another configuration, as a process of somebody else would. */
function stranger({ service }: School, change: Partial<Config>) {
  const config = { ...service.context.config, ...change };
  const workers = startWorkers({ ...service.context, config }, service.connectWorker);
  return { [Symbol.asyncDispose]: () => workers.close(1_000) };
}

/** The school's pool at another account. */
function elsewhere({ service }: School, account: { subscriptionUuid?: string; baseUrl?: string }) {
  return { pools: service.context.config.pools.map((pool) => ({ ...pool, ...account })) };
}

test('a run of one roster is failed by a process that reads another: it neither reads it nor changes anything', async () => {
  await using school = await startSchool({ redis, ...OPTIONS });
  const { roster } = school.service.context.config;
  const other = { ...roster, path: path.join(school.folder, 'other.csv') };
  await using _worker = stranger(school, { roster: other });
  const { run, error, pools } = await school.sync();
  expect(error).toEqual({
    message: `Run ${run} was started for another roster than the one that the process is configured for which took it up. No roster was read and nothing was changed in teaching.`,
    advice: expect.stringContaining('must not share one Redis: give each its own redis.url'),
  });
  expect(pools).toMatchObject([{ pool: 'teaching', verdict: 'failed' }]);
  expect(school.sandbox.requests()).toEqual([]);
});

test.for<[string, { subscriptionUuid?: string; baseUrl?: string }]>([
  ['subscription', { subscriptionUuid: subscriptionUuid(2) }],
  ['address', { baseUrl: 'http://127.0.0.1:1/salable' }],
])(
  'a run of one account is failed by a process whose pool of that name has another %s',
  async ([, account]) => {
    await using school = await startSchool({ redis, ...OPTIONS });
    await using _worker = stranger(school, elsewhere(school, account));
    const { run, pools } = await school.sync();
    expect(pools).toMatchObject([
      {
        verdict: 'failed',
        error: {
          message: expect.stringContaining(`Pool teaching: run ${run} was started for another account`),
          advice: expect.stringContaining('must not share one Redis'),
        },
        done: { unassigned: [], incremented: 0, assigned: [], decremented: 0 },
      },
    ]);
    expect(school.sandbox.requests()).toEqual([]);
  },
);

const STAGES = [
  {
    job: incrementSeats,
    work: { stage: 'increment', lines: [], change: { observed: 1, expected: 2, reason: 'needed' } },
  },
  {
    job: assignLicenses,
    work: {
      stage: 'assign',
      change: null,
      lines: PEOPLE.map((who) => ({
        ...{ key: who, grantee: who, seat: null, reason: 'teaches', explained: true, keepsOne: false },
      })),
    },
  },
] satisfies { job: typeof assignLicenses; work: Work }[];

test.for(STAGES)(
  '$work.stage of one account is refused, unsent, by a process with another',
  async (stage) => {
    await using school = await startSchool({ redis, ...OPTIONS });
    const { context } = school.service;
    const { run } = await school.trigger();
    const fence = await takeFence(context.store, 'teaching');
    const progress = { ...noProgress, current: stage.work };
    await writeProgress(context.store, fence, run, 'set out', progress);
    const { signal } = new AbortController();
    const task = {
      ...{ id: 'job', name: stage.work.stage, attemptsMade: 0, attemptsStarted: 1 },
      data: { run, pool: 'teaching', token: fence.token, from: 0, to: 2 },
      parent: { id: 'job', queue: 'none' },
      waitForChildren: async () => false,
    };
    const config = { ...context.config, ...elsewhere(school, { subscriptionUuid: subscriptionUuid(2) }) };
    await stage.job(task, { ...context, config }, { waits: signal, calls: signal });
    const round = roundOf(stage.work.stage, progress);
    const outcomes = [...(await readOutcomes(context.store, run, 'teaching', round)).values()];
    expect(outcomes).toHaveLength(Math.max(1, stage.work.lines.length));
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining('another account'),
      });
    expect(school.sandbox.requests()).toEqual([]);
  },
);

async function startOldRun({ service }: School, clockOffset: number): Promise<string> {
  const { store, clock, queues } = service.context;
  const head = { run: 'r-old', trigger: 'cli', startedAt: toInstant(clock.now()), pools: ['teaching'] };
  await startRun(store, { ...head, clockOffset }, clock.now());
  await queues.sync.add(JOB.syncRoster, { run: head.run, pools: head.pools }, { jobId: head.run });
  return head.run;
}

test('a run with --at is refused by a process whose pools are real, whoever started it', async () => {
  await using school = await startSchool({ redis, ...OPTIONS });
  await using _worker = stranger(school, elsewhere(school, { baseUrl: 'https://salable.example' }));
  const { error, pools } = await school.ended(await startOldRun(school, SIXTY_DAYS));
  expect(error).toEqual({
    message: expect.stringMatching(/^Run r-old was started with --at .* pool teaching .* is real\. Nothing/),
    advice: expect.stringContaining('redis.url'),
  });
  expect(pools).toMatchObject([{ verdict: 'failed' }]);
});

test('a run that an older version started, which does not say what it is for, is worked on', async () => {
  await using school = await startSchool({ redis, ...OPTIONS });
  await using _worker = stranger(school, {});
  expect(await school.ended(await startOldRun(school, 0))).toMatchObject({ verdict: 'in-sync' });
});

test('a pool that the trigger of a run did not know, or by another roster, is worked on by nobody', async () => {
  await using school = await startSchool({ redis, ...OPTIONS });
  const { context } = school.service;
  const { run } = await school.trigger();
  const head = await readHead(context.store, run);
  const [pool] = context.config.pools;
  if (head === null || pool === undefined) throw new Error('no run');
  expect(() => checkPool(context, head, pool)).not.toThrow();
  const elsewhere: RunHead = {
    ...head,
    purpose: { roster: 'another', accounts: head.purpose?.accounts ?? {} },
  };
  expect(() => checkPool(context, elsewhere, pool)).toThrow('was started for another roster');
  const unknown: RunHead = { ...head, purpose: { roster: '', accounts: {} } };
  expect(() => checkPool(context, unknown, pool)).toThrow(PurposeError);
});

test('a pool that is renamed while its purchase is open buys nothing under its new id, until that is settled', async () => {
  await using school = await startSchool({
    redis,
    pools: [{ id: 'teaching', settleSeconds: 1 }],
    salable: {
      subscriptions: [{ seats: 1, assigned: ['ada@example.org'] }],
      settings: { events: { after: 'manual' } },
    },
    roster: teaches(...PEOPLE),
  });
  const { context } = school.service;
  const sync = async (id: string) => {
    const pools = context.config.pools.map((pool) => ({ ...pool, id }));
    const config = { ...context.config, pools };
    await using _worker = stranger(school, { pools });
    const { run } = await triggerSync({ ...context, config }, { by: 'cli', pools: [id], at: null });
    return await school.ended(run);
  };
  const bought = () => school.sandbox.requests().filter(({ method }) => method === 'POST').length;
  const first = await sync('teaching');
  expect(first).toMatchObject({ verdict: 'held', pools: [{ held: [{ guardrail: 'purchaseInDoubt' }] }] });
  const asked = school.sandbox.requests().length;
  for (const id of ['renamed', 'renamed-again'])
    expect((await sync(id)).pools).toMatchObject([
      {
        verdict: 'failed',
        error: {
          message: expect.stringContaining(
            `Pool ${id}: its account was managed as pool teaching until now, where the increment from 1 to 2 seats of run ${first.run} is still open (purchase in doubt`,
          ),
          advice: expect.stringContaining('Give the pool its old id teaching back'),
        },
      },
    ]);
  expect(school.sandbox.requests()).toHaveLength(asked);
  school.sandbox.salable.settle();
  expect(await sync('teaching')).toMatchObject({ verdict: 'in-sync' });
  expect(await sync('renamed')).toMatchObject({ verdict: 'in-sync' });
  expect(bought()).toBe(1);
});

test('one configuration is for the same from wherever it is used, and its hashes tell nothing', async () => {
  await using school = await startSchool({ redis, ...OPTIONS });
  mkdirSync(path.join(school.folder, 'below'));
  symlinkSync(school.folder, path.join(school.folder, 'below/link'));
  const ways = [
    { path: school.config, cwd: '/' },
    { cwd: school.folder },
    { path: '../cohort-sync.yaml', cwd: path.join(school.folder, 'below') },
    { path: 'link/cohort-sync.yaml', cwd: path.join(school.folder, 'below') },
  ];
  const purposes = ways.map((way) => purposeOf(loadConfig({ ...way, env: {} }), ['teaching']));
  expect(new Set(purposes.map((purpose) => JSON.stringify(purpose))).size).toBe(1);
  expect(purposes[0]).toEqual({
    roster: expect.stringMatching(/^[0-9a-f]{16}$/),
    accounts: { teaching: expect.stringMatching(/^[0-9a-f]{16}$/) },
  });
});
