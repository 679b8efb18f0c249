import { expect, test } from 'vitest';
import { runCases } from '../support/cases.ts';
import { countRequests, SCENARIOS } from '../support/kill-matrix.ts';
import { LOSSES, loseAt } from '../support/losses.ts';

test.each(SCENARIOS)('a loss at any request of $name is made good', async (scenario) => {
  const requests = await countRequests(scenario);
  const all = Array.from({ length: requests }, (_, place) => place + 1).flatMap((request) =>
    LOSSES.map((loss, kind) => ({ request, loss, workers: 1 + ((request + kind) % 3) })),
  );
  let unreached = 0;
  const failed = await runCases(
    `losses while ${scenario.name}, ${requests} requests`,
    all,
    ({ request, loss, workers }) => `request ${request}: ${loss}, workers: ${workers}`,
    async ({ request, loss, workers }) => {
      const { faults, reached } = await loseAt(scenario, request, loss, workers);
      if (!reached) unreached += 1;
      return faults;
    },
    { atOnce: 4 },
  );
  process.stdout.write(`not reached: ${unreached}\n`);
  expect(failed).toEqual([]);
});
