import { expect, test } from 'vitest';
import { runCases } from '../support/cases.ts';
import { HEIRS, killAt, POINTS } from '../support/kill-matrix.ts';
import { seedOfToday, shuffledBy } from '../support/seed.ts';
import { UNREAD_SCENARIOS } from '../support/unread-scenarios.ts';

/** Of all that `npm run test:crash` goes through; others every day. */
const SLICE = 3;

test('a worker killed at any point costs a pool that can not be read nothing but time (a few points a day)', async () => {
  const seed = seedOfToday('KILL_SEED');
  const all = UNREAD_SCENARIOS.flatMap((scenario) =>
    [1, 2].flatMap((request) =>
      POINTS.flatMap((point) => HEIRS.map((heir) => ({ scenario, request, point, heir }))),
    ),
  );
  const failed = await runCases(
    `kills of a pool that can not be read, KILL_SEED=${seed}`,
    shuffledBy(all, seed).slice(0, SLICE),
    ({ scenario, request, point, heir }) => `${scenario.name}, request ${request}, ${point}, ${heir}`,
    async ({ scenario, request, point, heir }) => {
      const { faults, reached } = await killAt(scenario, request, point, heir);
      return reached ? faults : [...faults, 'the point was not reached'];
    },
    { atOnce: 3, quiet: true },
  );
  expect(failed).toEqual([]);
}, 90_000);
