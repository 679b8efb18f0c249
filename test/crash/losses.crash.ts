import { expect, test } from 'vitest';
import { runCases } from '../support/cases.ts';
import { countRequests, SCENARIOS } from '../support/kill-matrix.ts';
import { LOSSES, loseAt } from '../support/losses.ts';

test.each(SCENARIOS)('a loss at any request of $name is made good', async (scenario) => {
  const requests = await countRequests(scenario);
  const all = Array.from({ length: requests }, (_, place) => place + 1).flatMap((request) =>
    LOSSES.map((loss) => ({ request, loss })),
  );
  const failed = await runCases(
    `losses while ${scenario.name}, ${requests} requests`,
    all,
    ({ request, loss }) => `request ${request}: ${loss}`,
    ({ request, loss }) => loseAt(scenario, request, loss),
    { atOnce: 3 },
  );
  expect(failed).toEqual([]);
});
