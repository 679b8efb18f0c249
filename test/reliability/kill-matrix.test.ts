import { expect, test } from 'vitest';
import { runCases } from '../support/cases.ts';
import { HEIRS, killAt, POINTS, SCENARIOS } from '../support/kill-matrix.ts';
import { seedOfToday, shuffledBy } from '../support/seed.ts';

/** Of all that `npm run test:crash` goes through; another few every day. */
const SLICE = 4;
const REQUESTS = 31;

test('a worker killed at any point of any request costs nothing but time (a few points a day)', async () => {
  const seed = seedOfToday('KILL_SEED');
  const all = SCENARIOS.flatMap((scenario) =>
    Array.from({ length: REQUESTS }, (_, place) => place + 1).flatMap((request) =>
      POINTS.flatMap((point) => HEIRS.map((heir) => ({ scenario, request, point, heir }))),
    ),
  );
  const failed = await runCases(
    `kills, KILL_SEED=${seed}`,
    shuffledBy(all, seed).slice(0, SLICE),
    ({ scenario, request, point, heir }) => `${scenario.name}, request ${request}, ${point}, ${heir}`,
    async ({ scenario, request, point, heir }) => (await killAt(scenario, request, point, heir)).faults,
    { atOnce: 3 },
  );
  expect(failed).toEqual([]);
}, 120_000);
