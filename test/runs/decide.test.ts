import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../src/ledger/continuity.ts';
import { type Hold, holdWrites, readHoldsOfRun } from '../../src/ledger/holds.ts';
import { commit, type Store } from '../../src/ledger/store.ts';
import { forLedger } from '../../src/queue/connection.ts';
import { decide, decideEach } from '../../src/runs/decide.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const NOW = 1_795_345_200_000;
const AT = '2026-11-22T11:00:00Z';
const COUNTED = { leaving: 1, today: 0, managed: 4, count: 0, share: 0.2, limit: 0 };
const who = { by: 'ops', note: null, clock: { now: () => NOW } };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

async function holdsIn(store: Store): Promise<Hold[]> {
  for (const pool of ['grading', 'teaching']) {
    const line = { action: 'unassign', grantee: `${pool}@example.org`, reason: 'row vanished' } as const;
    const lines = [{ id: pool, guardrail: 'unexplainedRemovals', ...line }];
    const writes = holdWrites({
      current: null,
      pool,
      run: 'r-1',
      lines,
      now: AT,
      approvalHours: 72,
      unexplained: COUNTED,
    });
    await commit(store, { id: `hold of ${pool}`, writes });
  }
  return readHoldsOfRun(store, 'r-1');
}

test('of the holds of a run, one that was decided meanwhile keeps none of the others back', async () => {
  const connection = forLedger({ url: redis.url }, { info: () => undefined, warn: () => undefined });
  try {
    const store = openStore(connection);
    const holds = await holdsIn(store);
    expect(holds.map(({ pool }) => pool)).toEqual(['grading', 'teaching']);
    const [grading] = holds;
    if (grading === undefined) throw new Error('no hold');
    await decide(store, grading, 'rejected', { ...who, by: 'another' });

    const decided = await decideEach(store, holds, 'approved', who);
    expect(decided.map(({ pool }) => pool)).toEqual(['teaching']);
    expect((await readHoldsOfRun(store, 'r-1')).map(({ state, by }) => `${state} by ${by}`)).toEqual([
      'rejected by another',
      'approved by ops',
    ]);
    await expect(decideEach(store, holds, 'approved', who)).rejects.toThrow('the hold of grading changed');
  } finally {
    connection.disconnect();
  }
});
