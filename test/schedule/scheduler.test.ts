import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Config } from '../../config/schema.ts';
import { configSchema } from '../../config/schema.ts';
import type { JobContext } from '../../jobs/context.ts';
import { syncRosterPayload } from '../../jobs/payloads.ts';
import { toInstant } from '../../src/dates.ts';
import { lastReadWrites } from '../../src/ledger/last-read.ts';
import { finishPool, listRuns } from '../../src/ledger/runs.ts';
import { commit, type Store } from '../../src/ledger/store.ts';
import { failedPlan } from '../../src/runs/preview.ts';
import { createScheduler, type Scheduler } from '../../src/schedule/scheduler.ts';
import { upcomingRuns } from '../../src/schedule/upcoming.ts';
import { systemTimer } from '../../src/timer.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
let store: Store & { readonly redis: Redis };
beforeAll(async () => {
  redis = await startTestRedis();
  store = { redis: redis.connect() };
});
afterAll(() => redis.stop());
afterEach(() => store.redis.flushall());

const MINUTE = 60_000;
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

function configOf(timeZone: string, schedule: Config['schedule'], pools = ['teaching']): Config {
  return configSchema.parse({
    timeZone,
    roster: { source: 'csv', path: 'roster.csv' },
    pools: pools.map((id) => ({ id, provider: 'salable', apiKey: 'x', subscriptionUuid: 'a' })),
    schedule,
  });
}

/** A school whose days pass as fast as the test goes. Its runs end as soon as they are started. */
function createSchool(config: Config, start: string) {
  let now = at(start);
  const started: { readonly run: string; readonly pools: readonly string[] }[] = [];
  const clock = { now: () => now };
  const add = async (_name: string, data: object) => {
    const { run, pools } = syncRosterPayload.parse(data);
    if (run === null) return;
    started.push({ run, pools });
    for (const pool of pools) {
      const plan = failedPlan({ id: pool, provider: 'salable' }, { message: 'a stand-in', advice: '' });
      const done = { unassigned: [], incremented: 0, assigned: [], decremented: 0 };
      const result = { ...plan, done, changes: [], failed: [] };
      await finishPool(store, run, result, { fence: null, at: toInstant(now), writes: [], problems: [] });
    }
  };
  const unused = async (): Promise<never> => {
    throw new Error('not part of this test');
  };
  const context: JobContext = {
    config,
    store,
    queues: {
      sync: { add, addBulk: unused, getJob: unused, getDeduplicationJobId: unused, getWorkersCount: unused },
      notify: { addBulk: unused, getJob: unused },
      pool: () => ({ addBulk: unused, rateLimit: unused }),
    },
    providerOf: () => {
      throw new Error('no provider is needed to start runs');
    },
    readRoster: unused,
    clock,
    timer: systemTimer,
    log: pino({ level: 'silent' }),
    random: () => 0.5,
  };
  return {
    replica: () => createScheduler(context),
    started,
    /** The scheduled local times of the runs so far, as their ids tell them. */
    times: () => started.map(({ run }) => run.slice(2, 17)),
    set: (text: string) => {
      now = at(text);
    },
    /** Lets time pass up to a moment; at each step every replica looks, all at once. */
    passTo: async (text: string, replicas: readonly Scheduler[], step = 31 * MINUTE) => {
      const end = at(text);
      while (now < end) {
        now = Math.min(end, now + step);
        await Promise.all(replicas.map((replica) => replica.look()));
      }
    },
    now: () => now,
  };
}

const CHANGES = [
  { zone: 'America/New_York', change: '2026-03-08', time: '30 2 * * *' },
  { zone: 'America/New_York', change: '2026-11-01', time: '30 1 * * *' },
  { zone: 'Europe/London', change: '2026-03-29', time: '30 1 * * *' },
  { zone: 'Europe/London', change: '2026-10-25', time: '30 1 * * *' },
  { zone: 'Pacific/Auckland', change: '2026-09-27', time: '30 2 * * *' },
  { zone: 'Pacific/Auckland', change: '2026-04-05', time: '30 2 * * *' },
] as const;

test.each(CHANGES)(
  'three replicas and a restart over $change in $zone: one run a scheduled local time',
  async (change) => {
    const day = Temporal.PlainDate.from(change.change);
    const midnight = (days: number) => day.add({ days }).toZonedDateTime(change.zone).toInstant().toString();
    const school = createSchool(configOf(change.zone, [{ cron: change.time }]), midnight(-1));
    const replicas = [school.replica(), school.replica(), school.replica()];
    await school.passTo(midnight(0), replicas);
    await school.passTo(midnight(1), [school.replica(), school.replica(), ...replicas.slice(1)], 29 * MINUTE);
    await school.passTo(midnight(2), [school.replica()]);
    const [minute = '', hour = ''] = change.time.split(' ');
    const local = `${hour.padStart(2, '0')}${minute}00`;
    const days = [-1, 0, 1].map((days) => day.add({ days }).toString().replaceAll('-', ''));
    expect(school.times()).toEqual(days.map((each) => `${each}-${local}`));
  },
);

test('after a day without anybody one run makes up for all that was missed', async () => {
  const school = createSchool(configOf('America/New_York', [{ cron: '0 * * * *' }]), '2026-11-20T10:30:00Z');
  await school.passTo('2026-11-20T12:30:00Z', [school.replica()]);
  expect(school.times()).toEqual(['20261120-060000', '20261120-070000']);
  school.set('2026-11-21T12:30:00Z');
  const replicas = [school.replica(), school.replica(), school.replica()];
  await Promise.all(replicas.map((replica) => replica.look()));
  expect(school.times().slice(2)).toEqual(['20261121-070000']);
  await school.passTo('2026-11-21T13:05:00Z', replicas);
  expect(school.times().slice(3)).toEqual(['20261121-080000']);
  expect((await listRuns(store, 10)).map((run) => run.trigger)).toEqual(['cron', 'cron', 'cron', 'cron']);
});

test('a schedule that has never run makes nothing up', async () => {
  const school = createSchool(configOf('America/New_York', [{ cron: '0 6 * * *' }]), '2026-11-20T10:30:00Z');
  await school.replica().look();
  school.set('2026-11-20T20:00:00Z');
  await school.replica().look();
  expect(school.times()).toEqual([]);
  await school.passTo('2026-11-21T12:00:00Z', [school.replica()]);
  expect(school.times()).toEqual(['20261121-060000']);
});

test('a changed time counts as a new schedule', async () => {
  const start = '2026-11-20T10:30:00Z';
  const before = createSchool(configOf('America/New_York', [{ cron: '0 6 * * *' }]), start);
  await before.passTo('2026-11-20T12:00:00Z', [before.replica()]);
  expect(before.times()).toHaveLength(1);
  const after = createSchool(configOf('America/New_York', [{ cron: '0 5 * * *' }]), '2026-11-21T12:00:00Z');
  await after.replica().look();
  expect(after.times()).toEqual([]);
});

test('pools have schedules of their own', async () => {
  const config = configOf(
    'America/New_York',
    [{ cron: '0 6 * * *', pools: ['zoom'] }, { cron: '0 7 * * *' }],
    ['teaching', 'zoom'],
  );
  const school = createSchool(config, '2026-11-20T10:30:00Z');
  await school.passTo('2026-11-20T13:00:00Z', [school.replica()]);
  expect(school.started.map(({ pools }) => pools)).toEqual([['zoom'], ['teaching', 'zoom']]);
});

/** What a run has read: a cohort from 1 December to 4 January, its seats due to 7 January. */
async function rememberCohort(pool: string) {
  const entries = [
    {
      person: 'a@example.org',
      grantee: 'a@example.org',
      cohort: '12',
      startsOn: '2026-12-01',
      to: '2027-01-07',
    },
  ];
  await commit(store, {
    id: `test:${pool}`,
    writes: lastReadWrites(pool, { assigned: 1, roster: { entries } }),
  });
}

test('a cohort’s days are not slept through between weekly runs', async () => {
  const school = createSchool(configOf('America/New_York', [{ cron: '0 6 * * 1' }]), '2026-11-26T12:00:00Z');
  await rememberCohort('teaching');
  const replicas = [school.replica(), school.replica()];
  await school.passTo('2026-12-04T12:00:00Z', replicas);
  await school.passTo('2027-01-08T12:00:00Z', replicas, 6 * 60 * MINUTE);
  expect(school.times()).toEqual([
    '20261129-000000',
    '20261130-000000',
    '20261130-060000',
    ...['20261207', '20261214', '20261221', '20261228', '20270104'].map((day) => `${day}-060000`),
    '20270108-000000',
  ]);
});

test('a cohort’s day that passed while everything was down is made up once', async () => {
  const school = createSchool(configOf('America/New_York', [{ cron: '0 6 * * 1' }]), '2026-11-26T12:00:00Z');
  await rememberCohort('teaching');
  await school.replica().look();
  school.set('2026-12-02T12:00:00Z');
  await Promise.all([school.replica().look(), school.replica().look()]);
  expect(school.times()).toEqual(['20261130-000000']);
});

test('without a schedule nothing runs by itself', async () => {
  const school = createSchool(configOf('America/New_York', []), '2026-11-26T12:00:00Z');
  await rememberCohort('teaching');
  await school.passTo('2026-12-02T12:00:00Z', [school.replica()], 60 * MINUTE);
  expect(school.times()).toEqual([]);
});

test('the coming runs are told with their reasons', async () => {
  const config = configOf('America/New_York', [{ cron: '0 6 * * 1' }]);
  await rememberCohort('teaching');
  const coming = await upcomingRuns(config, store, at('2026-11-26T12:00:00Z'), 3);
  expect(coming).toEqual([
    {
      at: '2026-11-29T00:00:00-05:00[America/New_York]',
      why: 'a cohort begins or ends',
      pools: ['teaching'],
    },
    {
      at: '2026-11-30T00:00:00-05:00[America/New_York]',
      why: 'a cohort begins or ends',
      pools: ['teaching'],
    },
    { at: '2026-11-30T06:00:00-05:00[America/New_York]', why: 'cron 0 6 * * 1', pools: ['teaching'] },
  ]);
});
