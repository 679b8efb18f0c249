import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkSchedules } from '../support/model/check.ts';

/** `npm run test:crash` plays a hundred times as many. */
const COUNT = Number(process.env.SCHEDULES ?? 1_000);

test('no schedule of kills, faults and hands buys twice, loses a purchase, or takes a seat from someone who teaches', async () => {
  const seed = Number(process.env.SCHEDULES_SEED ?? randomInt(2 ** 31));
  const { counterexample, quarantined } = await checkSchedules(seed, COUNT);
  process.stdout.write(`${COUNT} schedules, SCHEDULES_SEED=${seed}, ${quarantined} ended in a hold\n`);
  expect(counterexample).toBeNull();
}, 120_000);
