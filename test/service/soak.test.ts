import { expect, test } from 'vitest';
import { soak } from './soak.ts';

/** `npm run test:soak` sets the minutes; by default it is short. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? '0.1');
const SEED = Number(process.env.SOAK_SEED ?? '1');

test(
  `after a soak of ${MINUTES} minutes (seed ${SEED}) provider, ledger and metrics agree`,
  async () => {
    const result = await soak(MINUTES * 60, SEED);
    expect(result.provider.assigned).toEqual(result.due);
    // Everyone with a seat is known, and nobody without one is thought to have one. (Who got a seat from a call whose
    // answer was lost in a run that then failed is known by the roster alone.)
    expect(result.ledger.known).toEqual(expect.arrayContaining([...result.due]));
    expect(result.due).toEqual(expect.arrayContaining([...result.ledger.assigned]));
    expect(result.metrics).toMatchObject({
      total: result.provider.total,
      // The owner's seat is counted and left alone.
      assigned: result.due.length + 1,
      holds: 0,
    });
    expect(Math.abs(result.metrics.runs - result.runs)).toBeLessThanOrEqual(1);
    expect(result.provider.total).toBe(Math.max(result.due.length + 1, 1));
    expect(result.twice).toEqual([]);
    expect(result.late).toBe(0);
    expect(result.runs).toBeGreaterThan(2);
  },
  MINUTES * 60_000 + 150_000,
);
