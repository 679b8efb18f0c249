import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openStore } from '../../src/ledger/continuity.ts';
import { type Hold, holdWrites, readHold, readHoldById, readHoldsOfRun } from '../../src/ledger/holds.ts';
import { commit, type Store } from '../../src/ledger/store.ts';
import { forLedger } from '../../src/queue/connection.ts';
import { decide, decideEach } from '../../src/runs/decide.ts';
import { current, line, lines, openSetting, tomorrow } from '../scenarios/setting.ts';
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

test('a decision that comes while a run writes its result is not undone by it', async () => {
  await using school = await openSetting({
    seats: 1,
    assigned: ['ann'],
    roster: [line('ann', current), ...lines(['p1', 'p2', 'p3'], tomorrow)],
    guardrails: { seatIncrease: 2 },
  });
  const first = await school.sync();
  expect(first.pool.held).toMatchObject([{ guardrail: 'seatIncrease', seats: 3 }]);
  const { store } = school.service.context;
  const hold = await readHold(store, 'teaching');
  if (hold === null) throw new Error('no hold');
  const get = store.redis.get.bind(store.redis);
  let decided = false;
  const read = vi.spyOn(store.redis, 'get').mockImplementation(async (key) => {
    // The last that a run reads before it writes its result.
    if (key.endsWith('teaching:notified') && !decided) {
      decided = true;
      await decide(store, hold, 'rejected', who);
    }
    return get(key);
  });
  const second = await school.sync();
  read.mockRestore();
  expect(decided).toBe(true);
  expect(second.pool).toMatchObject({ verdict: 'waiting', held: [] });
  expect(await readHoldById(store, hold.id)).toMatchObject({ state: 'rejected', by: 'ops' });
});
