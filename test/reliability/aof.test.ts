import { expect, test } from 'vitest';
import { allCuts, recordRun, startOnCut } from '../support/aof.ts';
import { runCases } from '../support/cases.ts';
import { BUYING } from '../support/kill-matrix.ts';
import { seedOfToday, shuffledBy } from '../support/seed.ts';

/** Of all that `npm run test:crash` goes through; another few every day. */
const SLICE = 12;

test('an append-only file that was cut anywhere leads to nothing twice (a few cuts a day)', async () => {
  const seed = seedOfToday('AOF_SEED');
  const recorded = await recordRun(BUYING);
  const failed = await runCases(
    `cuts of an append-only file of ${recorded.ends.length} records, AOF_SEED=${seed}`,
    shuffledBy(allCuts(recorded), seed).slice(0, SLICE),
    ({ record, cut, provider }) => `${cut} ${record + 1}, provider: ${provider}`,
    (each) => startOnCut(recorded, each),
    { atOnce: SLICE },
  );
  await recorded.dispose();
  expect(failed).toEqual([]);
}, 120_000);
