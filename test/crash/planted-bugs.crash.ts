import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { percentile, runCases } from '../support/cases.ts';
import { PLANTED_BUGS, schedulesToCatch } from '../support/planted-bugs.ts';

const SEEDS = 3;
const MOST = 50_000;

test('every planted bug is caught by the random schedules', async () => {
  const first = Number(process.env.PLANTED_SEED ?? randomInt(2 ** 30));
  const failed = await runCases(
    `planted bugs, PLANTED_SEED=${first}`,
    PLANTED_BUGS,
    ({ name }) => name,
    async (bug) => {
      const counts: number[] = [];
      for (let seed = first; seed < first + SEEDS; seed++) {
        const caught = await schedulesToCatch(bug, seed, MOST);
        if (caught === null) return [`not caught in ${MOST} schedules of seed ${seed}`];
        counts.push(caught);
      }
      process.stdout.write(
        `${bug.name}: caught after ${percentile(counts, 0.5)} schedules (median of ${SEEDS}` +
          `${bug.focus === undefined ? '' : `, of the kind "${bug.focus}"`})\n`,
      );
      return [];
    },
    { atOnce: 2, quiet: true },
  );
  expect(failed).toEqual([]);
});
