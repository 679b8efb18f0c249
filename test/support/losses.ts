import { faultsIn, faultsInFurtherRun } from './judge.ts';
import type { Scenario } from './kill-matrix.ts';

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

/** Loses something at one request of a run, and sees what becomes of it. Returns what is wrong in the end. */
export async function loseAt(scenario: Scenario, request: number, loss: Loss): Promise<readonly string[]> {
  await using school = await scenario.start();
  const { sandbox, redis } = school;
  const worker = await school.worker();
  const match = { provider: 'salable', nth: request };
  let back: Promise<void> = Promise.resolve();
  if (loss === 'Redis is killed after its effect') {
    sandbox.faults.hook(match, {
      after: async () => {
        await redis.kill();
        back = new Promise<void>((resolve) => setTimeout(resolve, REDIS_IS_AWAY_MS)).then(() =>
          redis.restart(),
        );
        return undefined;
      },
    });
  } else {
    const when = loss === 'the request is lost' ? 'before' : 'after';
    sandbox.faults.order({ match, fault: { kind: 'drop', when } });
  }
  let faults: readonly string[] = [];
  for (let count = 0; count < MOST_RUNS; count++) {
    const { run } = await school.trigger();
    await school.ended(run, 60_000);
    await back;
    faults = await faultsIn(school, scenario.goal);
    if (faults.length === 0) break;
  }
  const further = await faultsInFurtherRun(school);
  await worker.kill();
  return [...faults, ...further];
}
