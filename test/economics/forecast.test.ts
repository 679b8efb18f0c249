import { describe, expect, it } from 'vitest';
import { addDays } from '../../src/dates.ts';
import { forecastPool } from '../../src/planning/forecast.ts';
import { planPool } from '../../src/planning/plan.ts';
import type { SeatPrice } from '../../src/planning/terms.ts';
import { billings } from '../support/economics/compare.ts';
import { randomFrom } from '../support/economics/random.ts';
import {
  cohort,
  current,
  day,
  inputOf,
  people,
  row,
  rows,
  type Situation,
  TODAY,
} from '../support/planning.ts';
import { playRun } from '../support/run-model.ts';

const forecastOf = (situation: Situation, weeks = 8) => forecastPool(inputOf(situation), weeks);

describe('a forecast', () => {
  const next = people('n', 3);
  const ann: Situation = {
    holders: ['ann'],
    rows: [...rows(['ann'], current), ...rows(next, cohort('next', 10))],
  };

  it('tells for each day who is entitled, what is needed, and what is missing or too much', () => {
    const { days } = forecastOf({ ...ann, total: 2 }, 2);
    expect(days).toHaveLength(14);
    const at = (offset: number) => days[offset];
    expect(at(0)).toEqual({ date: TODAY, entitled: 1, needed: 1, paid: 2, shortfall: 0, surplus: 1 });
    expect(at(7)).toMatchObject({ date: day(7), entitled: 1, surplus: 1 });
    expect(at(8)).toEqual({ date: day(8), entitled: 4, needed: 4, paid: 2, shortfall: 2, surplus: 0 });
  });

  it('tells the peak, and the first day on which seats are missing with the number', () => {
    expect(forecastOf(ann)).toMatchObject({
      paid: 1,
      peak: { date: day(8), needed: 4 },
      shortfall: { date: day(8), seats: 3 },
    });
    expect(forecastOf({ ...ann, total: 4 }).shortfall).toBeNull();
  });

  it('counts seats of the unmanaged, the spare ones and the minimum', () => {
    const days = forecastOf({ ...ann, holders: ['ann', 'guest'], seats: { spare: 2, min: 5 } }).days;
    expect(days[0]).toMatchObject({ entitled: 1, needed: 5 });
    expect(days[8]).toMatchObject({ entitled: 4, needed: 7 });
  });

  it('does not count those between two cohorts, who give their seat to whoever needs it', () => {
    const gap = [row('ann', cohort('ended', -41)), row('ann', cohort('again', 10))];
    const { days } = forecastOf({ holders: ['ann'], rows: gap });
    expect(days[0]).toMatchObject({ entitled: 0, needed: 0 });
    expect(days[8]).toMatchObject({ entitled: 1, needed: 1 });
  });

  it('tells by when seats have to be bought: where a person buys, leadDays before they are due', () => {
    const steps = [...rows(next, cohort('next', 10)), ...rows(people('m', 2), cohort('more', 20))];
    const by = (changesTotal: boolean) =>
      forecastOf({ rows: steps, total: 1, changesTotal, seats: { leadDays: 5 } }).buy;
    expect(by(false)).toEqual([
      { date: day(8), seats: 2, buyBy: day(3) },
      { date: day(18), seats: 2, buyBy: day(13) },
    ]);
    expect(by(true)).toMatchObject([{ buyBy: day(8) }, { buyBy: day(18) }]);
  });

  it('tells what can be dropped and from when', () => {
    // Due until day 23; nobody comes after them.
    expect(forecastOf({ holders: ['ann', 'bob'], rows: rows(['ann', 'bob'], current) }).drop).toEqual({
      from: day(24),
      seats: 2,
    });
    expect(forecastOf({ holders: ['ann'], rows: rows(['ann'], current) }, 3).drop).toBeNull();
  });
});

describe('what a forecast tells comes true', () => {
  const terms: readonly (SeatPrice | null)[] = [null, ...billings.map(({ price }) => price)];
  const school = (seed: number): Situation => {
    const random = randomFrom(seed);
    const upTo = (most: number) => Math.floor(random() * (most + 1));
    const given = Array.from({ length: 12 }, () => {
      const starts = upTo(90) - 40;
      return row(`p${upTo(7)}`, cohort(`c${starts}`, starts));
    });
    const holders = people('p', 7).filter(() => random() < 0.6);
    return { rows: given, holders, total: holders.length + upTo(3) };
  };

  it('by running day after day until the quantity changes, whatever the billing', () => {
    let drops = 0;
    let purchases = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const given = school(seed);
      for (const price of terms) {
        let input = inputOf({ ...given, seats: { ...given.seats, price } });
        // What today's removals and assignments make of the pool is not the forecast's matter.
        input = playRun(input).next;
        const { shortfall, drop } = forecastPool(input, 10);
        const expected = [shortfall?.date, drop?.from].filter((date) => date !== undefined).sort()[0];
        let found: { date: string; increment: number; decrement: number } | null = null;
        for (let offset = 1; offset < 70 && found === null; offset++) {
          input = { ...input, today: addDays(TODAY, offset) };
          const { verdict, increment, decrement } = planPool(input);
          if (verdict === 'in-sync') continue;
          if (increment + decrement > 0) found = { date: input.today, increment, decrement };
          else input = playRun(input).next;
        }
        expect([seed, price?.billing, price?.reduce, found?.date]).toEqual([
          seed,
          price?.billing,
          price?.reduce,
          expected,
        ]);
        if (found === null) continue;
        if (found.increment > 0) {
          expect(found.increment).toBe(shortfall?.seats);
          purchases += 1;
        } else {
          expect(found.decrement).toBe(drop?.seats);
          drops += 1;
        }
      }
    }
    expect(drops).toBeGreaterThan(20);
    expect(purchases).toBeGreaterThan(20);
  });
});
