import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkSchedules } from '../support/model/check.ts';
import type { Schedule } from '../support/model/schedule.ts';
import { play } from '../support/model/world.ts';

/** `npm run test:crash` plays a hundred times as many. */
const COUNT = Number(process.env.SCHEDULES ?? 1_000);

test('no schedule of kills, faults and hands buys twice, loses a purchase, or takes a seat from someone who teaches', async () => {
  const seed = Number(process.env.SCHEDULES_SEED ?? randomInt(2 ** 31));
  const { counterexample, quarantined } = await checkSchedules(seed, COUNT);
  process.stdout.write(`${COUNT} schedules, SCHEDULES_SEED=${seed}, ${quarantined} ended in a hold\n`);
  expect(counterexample).toBeNull();
}, 120_000);

/** Schedules that once went wrong. */
const WENT_WRONG: readonly (readonly [string, Schedule])[] = [
  [
    'as many seats as a stalled execution is about to buy are bought by hand, and a second one takes them for its own',
    {
      ...{ free: 0, leavers: 1, stays: 1, joiners: [2], workers: 1, approves: false },
      mishaps: [
        { step: 35, mishap: { kind: 'reply lost' } },
        { step: 78, mishap: { kind: 'pause', ms: 90_000 } },
        { step: 176, mishap: { kind: 'buy by hand', seats: 2 } },
        { step: 179, mishap: { kind: 'pause', ms: 15_000 } },
      ],
      ...{ totalFates: [], lineFates: ['not done, answer lost', 'refused'] },
      reverser: null,
    },
  ],
  [
    'a server takes over between the last result of a run and its end',
    {
      ...{ free: 0, leavers: 0, stays: 1, joiners: [1, 0], workers: 2, approves: false },
      mishaps: [
        { step: 167, mishap: { kind: 'flush' } },
        { step: 319, mishap: { kind: 'fail over', after: 30_000 } },
        { step: 385, mishap: { kind: 'pause', ms: 90_000 } },
      ],
      ...{ totalFates: ['done late, answer lost'], lineFates: ['rate-limited'] },
      reverser: { what: 'seat', place: 0 },
    },
  ],
];

test.each(WENT_WRONG)('what once went wrong does not again: %s', async (_, schedule) => {
  expect((await play(schedule)).faults).toEqual([]);
});
