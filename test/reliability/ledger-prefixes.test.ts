import { expect, test } from 'vitest';
import type { Schedule } from '../support/model/schedule.ts';
import { play } from '../support/model/world.ts';

const change = { stays: 2, workers: 1, mishaps: [], totalFates: [], lineFates: [] } as const;
const CHANGES: readonly (readonly [string, Schedule])[] = [
  ['buys', { ...change, free: 0, leavers: 2, joiners: [4] }],
  ['gives back', { ...change, free: 1, leavers: 3, joiners: [1] }],
];

test.each(CHANGES)(
  'no older state of the ledger makes a run that %s do anything twice',
  async (_, schedule) => {
    const { commits, faults } = await play(schedule, 0);
    expect(faults).toEqual([]);
    expect(commits).toBeGreaterThan(20);
    for (let prefix = 1; prefix <= commits; prefix++) {
      expect((await play(schedule, prefix)).faults, `${prefix} of ${commits} commits`).toEqual([]);
    }
  },
);
