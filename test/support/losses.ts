import { readIntent } from '../../src/ledger/intents.ts';
import type { OrderedFault } from '../../src/sandbox/fault-registry.ts';
import { faultsIn, faultsInFurtherRun } from './judge.ts';
import type { Scenario } from './kill-matrix.ts';
import { until } from './until.ts';

/** What is lost at a request, while the worker lives. */
export const LOSSES = [
  'the request is lost',
  'its answer is lost',
  'Redis is killed after its effect',
] as const;
export type Loss = (typeof LOSSES)[number];

/** Runs until nothing is left to do: what was put off is tried again by the next run. */
const MOST_RUNS = 3;
const REDIS_IS_AWAY_MS = 300;

/**
 * Loses something at one request of a run, and sees what becomes of it. Returns what is wrong in the
 * end, and whether the run came to that request at all.
 * @param workers how many are at work.
 */
export async function loseAt(
  scenario: Scenario,
  request: number,
  loss: Loss,
  workers: number,
): Promise<{ readonly faults: readonly string[]; readonly reached: boolean }> {
  await using school = await scenario.start();
  const { sandbox, redis } = school;
  const staff = await Promise.all(Array.from({ length: workers }, () => school.worker()));
  const match = { provider: 'salable', nth: request };
  let back: Promise<void> = Promise.resolve();
  const orders: OrderedFault[] = [];
  if (loss === 'Redis is killed after its effect') {
    const killRedis = async () => {
      await redis.kill();
      back = new Promise<void>((resolve) => setTimeout(resolve, REDIS_IS_AWAY_MS)).then(() =>
        redis.restart(),
      );
      return undefined;
    };
    orders.push(sandbox.faults.hook(match, { after: killRedis }));
  } else {
    const when = loss === 'the request is lost' ? 'before' : 'after';
    orders.push(sandbox.faults.order({ match, fault: { kind: 'drop', when } }));
  }
  let faults: readonly string[] = [];
  for (let count = 0; count < MOST_RUNS; count++) {
    // Where Redis was killed at the end of a run, the next one can't be triggered at once.
    const { run } = await until('Redis', () => school.trigger().catch(() => null), 60_000);
    await school.ended(run, 60_000);
    await back;
    // This test's own way into Redis is made anew as well.
    await until('Redis', () =>
      school.service.context.queues.sync
        .getWorkersCount()
        .then(String)
        .catch(() => null),
    );
    await until('the ledger', () =>
      readIntent(school.service.context.store, 'teaching')
        .then(String)
        .catch(() => null),
    );
    faults = await faultsIn(school, scenario.goal);
    if (faults.length === 0) break;
  }
  const reached = orders.every((order) => order.report().hits > 0);
  for (const order of orders) order.cancel();
  const further = await faultsInFurtherRun(school);
  for (const worker of staff) await worker.kill();
  return { faults: [...faults, ...further], reached };
}
