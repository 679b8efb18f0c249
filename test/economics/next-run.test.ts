import { expect, test } from 'vitest';
import { daysToNextRun } from '../../src/runs/next-run.ts';

// A Sunday.
const TODAY = '2026-11-22';
const next = (cron: string, pools?: string[]) => daysToNextRun([{ cron, pools }], 'teaching', TODAY);

test.each([
  ['0 6 * * *', 1],
  ['0 6 * * MON', 1],
  ['30 22 * * 6', 6],
  ['0 6 1 * *', 9],
  ['0 6 29 2 *', null],
])('the schedule %s next runs a pool in so many days: %s', (cron, days) => {
  expect(next(cron)).toBe(days);
});

test('a schedule of other pools runs this one never', () => {
  expect(next('0 6 * * *', ['other'])).toBeNull();
  expect(next('0 6 * * *', ['teaching'])).toBe(1);
  expect(daysToNextRun([], 'teaching', TODAY)).toBeNull();
});
