import { expect, test } from 'vitest';
import { allCuts, recordRun, startOnCut } from '../support/aof.ts';
import { runCases } from '../support/cases.ts';
import { SCENARIOS } from '../support/kill-matrix.ts';

test.each(SCENARIOS)(
  'an append-only file of $name that was cut anywhere leads to nothing twice',
  async (scenario) => {
    const recorded = await recordRun(scenario);
    const failed = await runCases(
      `append-only file of ${scenario.name}, ${recorded.ends.length} records`,
      allCuts(recorded),
      ({ record, cut, provider }) => `${cut} ${record + 1}, provider: ${provider}`,
      (each) => startOnCut(recorded, each),
      { atOnce: 20 },
    );
    await recorded.dispose();
    expect(failed).toEqual([]);
  },
);
