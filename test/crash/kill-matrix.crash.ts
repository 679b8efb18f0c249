import { expect, test } from 'vitest';
import { percentile, runCases } from '../support/cases.ts';
import {
  BUYING,
  countRequests,
  HEIRS,
  type Heir,
  killAt,
  POINTS,
  type Point,
  SCENARIOS,
} from '../support/kill-matrix.ts';
import { UNREAD_SCENARIOS } from '../support/unread-scenarios.ts';

/** Three workers at every third point; one and two at each. */
function heirsAt(request: number, point: Point): readonly Heir[] {
  return (request + POINTS.indexOf(point)) % 3 === 0 ? HEIRS : HEIRS.slice(0, 2);
}

test.each([...SCENARIOS, ...UNREAD_SCENARIOS])(
  'a kill at any point of $name costs nothing but time',
  async (scenario) => {
    const requests = await countRequests(scenario);
    const all = Array.from({ length: requests }, (_, place) => place + 1).flatMap((request) =>
      POINTS.flatMap((point) => heirsAt(request, point).map((heir) => ({ request, point, heir }))),
    );
    const recoveries: number[] = [];
    const resumptions: number[] = [];
    let unreached = 0;
    const failed = await runCases(
      `kills while ${scenario.name}, ${requests} requests`,
      all,
      ({ request, point, heir }) => `request ${request}, ${point}, ${heir}`,
      async ({ request, point, heir }) => {
        const { faults, reached, resumed, recovery } = await killAt(scenario, request, point, heir);
        if (reached) {
          recoveries.push(recovery);
          resumptions.push(resumed);
        } else unreached += 1;
        return faults;
      },
      { atOnce: 4 },
    );
    const seconds = (times: readonly number[], share: number) =>
      (percentile(times, share) / 1_000).toFixed(1);
    const spread = (times: readonly number[]) =>
      `median ${seconds(times, 0.5)} s, p99 ${seconds(times, 0.99)} s`;
    process.stdout.write(
      `${scenario.name}, from the kill until the run goes on: ${spread(resumptions)}; until its end: ` +
        `${spread(recoveries)}; not reached: ${unreached}\n`,
    );
    expect(failed).toEqual([]);
  },
);

/** `queue.leaseSeconds` unless it is set. */
const DEFAULT_LEASE = 30;

test('with the default lease a run goes on within a minute of the kill', async () => {
  const kills = HEIRS.flatMap((heir, place) =>
    [5, 15].map((request) => ({ heir, request: request + place })),
  );
  const times = await Promise.all(
    kills.map(async ({ heir, request }) => {
      const { faults, reached, resumed } = await killAt(
        ...([BUYING, request, 'after its effect', heir, DEFAULT_LEASE] as const),
      );
      expect({ faults, reached }).toEqual({ faults: [], reached: true });
      return resumed / 1_000;
    }),
  );
  process.stdout.write(
    `with the default lease of ${DEFAULT_LEASE} s, from the kill until the run goes on: slowest of ${times.length} ` +
      `${Math.max(...times).toFixed(1)} s\n`,
  );
  expect(Math.max(...times)).toBeLessThan(60);
});
