import { Temporal } from 'temporal-polyfill';
import type { FaultOrder, RequestMatch } from '../../src/sandbox/faults.ts';
import { faultsIn, faultsInFurtherRun, faultsInTotals } from './judge.ts';
import { SCENARIOS, type Scenario } from './kill-matrix.ts';
import { startRedisProxy } from './redis-proxy.ts';
import type { School, WorkerProcess } from './school.ts';
import { until } from './until.ts';

/** One fault of the list, brought about while a run is under way. */
export interface FaultCase {
  readonly name: string;
  /** Ordered before the run is triggered. */
  readonly arm?: (school: School, workers: readonly WorkerProcess[]) => void | Promise<void>;
  /** Done while the run is under way. */
  readonly meanwhile?: (school: School, workers: readonly WorkerProcess[]) => Promise<void>;
  /** The first run ends in a hold; what a person then does about it. */
  readonly person?: (school: School) => void | Promise<void>;
  readonly workers?: number;
  /** The workers reach Redis by a proxy that loses the answers of so many commits. */
  readonly lostReplies?: number;
  /** The run itself may be lost, as when Redis is emptied: another one is triggered. */
  readonly runIsLost?: boolean;
}

const SEATS: RequestMatch = { provider: 'salable', path: '/subscriptions/*/seats' };
const LINES: RequestMatch = { provider: 'salable', method: 'PUT', path: '/licenses' };
const LIST: RequestMatch = { provider: 'salable', method: 'GET', path: '/licenses' };

function once(name: string, match: RequestMatch, fault: FaultOrder['fault'], times = 1): FaultCase {
  return { name, arm: ({ sandbox }) => void sandbox.faults.order({ match, fault, times }) };
}

function limited(name: string, headers: () => Record<string, string>): FaultCase {
  return {
    name: `429, ${name}`,
    arm: ({ sandbox }) => {
      for (const match of [SEATS, LINES]) {
        sandbox.faults.order({ match, fault: { kind: 'status', status: 429, headers: headers() } });
      }
    },
  };
}

const inOneSecond = () => Temporal.Now.instant().add({ seconds: 1 });
const httpDate = (at: Temporal.Instant) => new Date(at.epochMilliseconds).toUTCString();

/** What can go wrong between us, the provider and Redis; kills have a table of their own. */
export const FAULTS: readonly FaultCase[] = [
  once('time-out, the effect comes later', SEATS, { kind: 'delay', milliseconds: 1_500 }),
  once('5xx after the effect on seats', SEATS, { kind: 'status', status: 503, when: 'after' }),
  once('5xx without an effect on seats', SEATS, { kind: 'status', status: 503 }),
  once('the answer about seats is lost', SEATS, { kind: 'drop', when: 'after' }),
  once('the request about seats is lost', SEATS, { kind: 'drop', when: 'before' }),
  once('5xx after the effect on people', LINES, { kind: 'status', status: 503, when: 'after' }),
  once('the answers about people are lost', LINES, { kind: 'drop', when: 'after' }, 2),
  once('the requests about people are lost', LINES, { kind: 'drop', when: 'before' }, 2),
  {
    name: 'reads lag behind every change',
    arm: ({ sandbox }) => void sandbox.salable.change({ lag: { milliseconds: 800 } }),
  },
  limited('Retry-After in seconds', () => ({ 'retry-after': '1' })),
  limited('Retry-After as an HTTP date', () => ({ 'retry-after': httpDate(inOneSecond()) })),
  limited('Retry-After as an ISO date', () => ({ 'retry-after': inOneSecond().toString() })),
  limited('Retry-After in the past', () => ({ 'retry-after': 'Sun, 22 Nov 2020 11:00:00 GMT' })),
  limited('no Retry-After', () => ({})),
  {
    name: 'the event does not end',
    arm: ({ sandbox }) => void sandbox.salable.planNextEvents([{ outcome: 'never' }]),
    person: ({ sandbox }) => void sandbox.salable.settle({ outcome: 'success' }),
  },
  {
    name: 'the event is incomplete',
    arm: ({ sandbox }) => void sandbox.salable.planNextEvents([{ outcome: 'incomplete' }]),
    person: async ({ sandbox }) => {
      const [seats] = sandbox.salable
        .report()
        .events.map(({ type, amount }) => (type === 'Create seats' ? amount : -amount));
      sandbox.salable.edit({ seats: seats ?? 0 });
    },
  },
  {
    name: 'a success without seats',
    arm: ({ sandbox }) => void sandbox.salable.planNextEvents([{ seats: 'none' }]),
    person: async ({ sandbox }) => {
      const [seats] = sandbox.salable
        .report()
        .events.map(({ type, amount }) => (type === 'Create seats' ? amount : -amount));
      sandbox.salable.edit({ seats: seats ?? 0 });
    },
  },
  {
    name: 'the event fails',
    arm: ({ sandbox }) => void sandbox.salable.planNextEvents([{ outcome: 'failed' }]),
  },
  once('the list of seats is empty', LIST, { kind: 'shorten', keep: 0 }, 3),
  once('the list of seats is cut in the middle', LIST, { kind: 'cut' }, 2),
  once('a login page in place of the answer about seats', SEATS, { kind: 'html', when: 'after' }),
  once('a login page in place of the answer about people', LINES, { kind: 'html', when: 'after' }),
  {
    name: 'a redirect to another origin',
    arm: ({ sandbox }) => {
      sandbox.faults.order({ match: SEATS, fault: { kind: 'redirect' } });
      sandbox.faults.order({ match: LIST, fault: { kind: 'redirect' } });
    },
  },
  once('the key is not accepted in the middle', LINES, { kind: 'status', status: 401 }),
  once('the scope is missing in the middle', SEATS, { kind: 'status', status: 403 }),
  {
    name: 'two triggers at once',
    meanwhile: async (school) => void (await school.trigger()),
    workers: 2,
  },
  {
    name: 'a worker stands still while its request is on its way, and another takes over',
    workers: 2,
    arm: ({ sandbox }, workers) => {
      sandbox.faults.hook(SEATS, {
        after: async () => {
          for (const worker of workers.slice(0, 1)) worker.signal('SIGSTOP');
          setTimeout(() => workers[0]?.signal('SIGCONT'), 4_000);
          return undefined;
        },
      });
    },
  },
  { name: 'Redis loses the answers of five commits', lostReplies: 5 },
  {
    name: 'Redis is restarted after the effect on seats',
    arm: ({ sandbox, redis }) => {
      sandbox.faults.hook(SEATS, {
        after: async () => {
          await redis.kill();
          setTimeout(() => void redis.restart(), 700);
          return undefined;
        },
      });
    },
  },
  {
    name: 'Redis is killed before the effect on seats, which is not made',
    arm: ({ sandbox, redis }) => {
      sandbox.faults.hook(SEATS, {
        before: async () => {
          await redis.kill();
          setTimeout(() => void redis.restart(), 700);
        },
      });
      sandbox.faults.order({ match: SEATS, fault: { kind: 'drop', when: 'before' } });
    },
  },
  {
    name: "Redis's memory is full for a while",
    arm: ({ sandbox, redis }) => {
      const admin = redis.connect();
      sandbox.faults.hook(LINES, {
        after: async () => {
          await admin.config('SET', 'maxmemory', '1');
          setTimeout(() => void admin.config('SET', 'maxmemory', '0'), 1_500);
          return undefined;
        },
      });
    },
  },
  {
    name: 'Redis is emptied while seats are on their way',
    runIsLost: true,
    arm: ({ sandbox, redis }) => {
      const admin = redis.connect();
      sandbox.faults.hook(SEATS, {
        after: async () => {
          await admin.flushall();
          return undefined;
        },
      });
    },
  },
];

export const FAULT_CASES = SCENARIOS.flatMap((scenario) => FAULTS.map((fault) => ({ scenario, fault })));

/** How many runs it may take until everything is as it should be. */
const MOST_RUNS = 4;

/** Brings one fault about; then it stops, and everything has to come right. Returns what does not. */
export async function sufferFault(scenario: Scenario, fault: FaultCase): Promise<readonly string[]> {
  await using school = await scenario.start();
  const proxy = fault.lostReplies === undefined ? null : await startRedisProxy(school.redis.socket);
  const workers: WorkerProcess[] = [];
  for (let count = 0; count < (fault.workers ?? 1); count++) {
    workers.push(await school.worker(proxy === null ? {} : { redisUrl: proxy.url }));
  }
  proxy?.loseReplies(fault.lostReplies ?? 0);
  await fault.arm?.(school, workers);
  const { run } = await school.trigger();
  await fault.meanwhile?.(school, workers);
  if (fault.runIsLost)
    await until('a change of seats', () => school.sandbox.effects().some(({ license }) => license === null));
  else await school.ended(run, 90_000);
  const during = faultsInTotals(
    school.sandbox.effects().filter(({ by }) => by === 'api'),
    scenario.goal,
  );

  school.sandbox.faults.clear();
  school.sandbox.salable.change({ lag: null });
  await fault.person?.(school);
  let faults: readonly string[] = [];
  for (let count = 0; count < MOST_RUNS; count++) {
    await until(
      'Redis',
      () =>
        school
          .trigger()
          .then((begun) => school.ended(begun.run, 60_000))
          .catch(() => null),
      90_000,
    );
    faults = await faultsIn(school, scenario.goal, { ledgerWasLost: fault.runIsLost === true });
    if (faults.length === 0) break;
  }
  const secrets = school.sandbox.trapped().filter((visit) => visit.secrets.length > 0);
  const further = await faultsInFurtherRun(school);
  for (const worker of workers) await worker.kill();
  await proxy?.[Symbol.asyncDispose]();
  return [
    ...during,
    ...faults,
    ...further,
    ...secrets.map(({ path }) => `the key went to another origin: ${path}`),
  ];
}
