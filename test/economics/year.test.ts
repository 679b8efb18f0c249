import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addDays } from '../../src/dates.ts';
import { costOf, periods } from '../../src/planning/cost.ts';
import type { SeatPrice } from '../../src/planning/terms.ts';
import {
  billings,
  type Comparison,
  compare,
  compareAll,
  FIRST_DAY,
  foreseen,
  twoYears,
  unforeseen,
} from '../support/economics/compare.ts';
import { optimum } from '../support/economics/optimum.ts';
import { economicsPage } from '../support/economics/page.ts';
import type { SchoolShape } from '../support/economics/school.ts';

/** Sums of fractions of periods differ in their last digits. */
const CLOSE = 1e-9;

const all = compareAll();
const of = (...shapes: readonly SchoolShape[]) =>
  all.filter(({ school }) => shapes.some(({ name }) => name === school));
const byDay = ({ price }: Comparison) => price.billing === 'prorated' && price.reduce === 'anytime';

describe('a year of overlapping cohorts, run every day', () => {
  it('costs the least that was possible where the roster told the year, whatever the billing', () => {
    for (const { ours, optimum } of of(...foreseen, twoYears)) expect(ours).toBeCloseTo(optimum, 9);
  });

  it('costs at most 2 % more than that where cohorts are announced late and people withdraw', () => {
    const late = of(...unforeseen);
    expect(late).toHaveLength(12);
    for (const { ours, optimum } of late) expect(ours / optimum).toBeLessThanOrEqual(1.02);
  });

  it('costs less than holding the peak, and than following every change wherever that wastes anything', () => {
    for (const each of all) {
      expect(each.ours).toBeLessThan(each.heldPeak);
      // Where every day is billed alone, following every change is the best itself.
      if (byDay(each)) expect(each.ours).toBeLessThanOrEqual(each.followed + CLOSE);
      else expect(each.ours).toBeLessThan(each.followed);
    }
  });

  it('leaves nobody without a seat on a day on which one is due, and takes none that is', () => {
    for (const { year } of all) expect([year.lacking, year.robbed]).toEqual([[], []]);
  });

  it('is what docs/economics.md says; if not: npm run economics', () => {
    const page = new URL('../../docs/economics.md', import.meta.url);
    expect(readFileSync(page, 'utf8')).toBe(economicsPage(all));
  });
});

describe('whatever the school', () => {
  /** Four whole months of small schools, most of them with gaps, holidays and cohorts that overlap. */
  const shapes = Array.from(
    { length: 12 },
    (_, index): SchoolShape => ({
      name: `school ${index}`,
      seed: 1000 + index,
      firstDay: FIRST_DAY,
      days: 120,
      everyWeeks: 1 + (index % 5),
      size: [0, 2 + (index % 4)],
      staff: 6,
      returning: (index % 3) / 2,
      announced: null,
      withdrawn: 0,
    }),
  );
  const compared = shapes.flatMap((shape) => compare(shape));

  it('costs no more than following every change, nor than the best', () => {
    for (const { ours, followed, optimum } of compared) {
      expect(ours).toBeLessThanOrEqual(followed + CLOSE);
      expect(ours).toBeCloseTo(optimum, 9);
    }
  });

  it('leaves nobody without a seat to save money, and an instructor in one stretch the same seat', () => {
    for (const { year } of compared) expect([year.lacking, year.robbed]).toEqual([[], []]);
  });

  it('changes the quantity at most once a run', () => {
    for (const { year } of compared) expect(year.changesPerRun).toBeLessThanOrEqual(1);
  });

  it('gives back no seat that is bought again in time that is paid for', () => {
    for (const each of [...compared, ...all]) {
      const { totals, from } = each.year.seats;
      const days = periods(each.price, from, totals.length);
      let dropped = false;
      totals.forEach((total, day) => {
        const before = totals[day - 1] ?? 0;
        if (days[day]?.renews || byDay(each)) dropped = false;
        if (dropped)
          expect([addDays(from, day), total - before]).toEqual([
            addDays(from, day),
            Math.min(0, total - before),
          ]);
        if (total < before) dropped = true;
      });
    }
  });

  it('gives seats back once before each renewal, on the day before it', () => {
    for (const each of compared.filter((one) => !byDay(one))) {
      const { totals, from } = each.year.seats;
      const days = periods(each.price, from, totals.length + 1);
      const drops = totals.flatMap((total, day) => (total < (totals[day - 1] ?? 0) ? [day] : []));
      for (const day of drops) expect(days[day + 1]?.renews).toBe(true);
    }
  });
});

describe('the optimum that all is compared with', () => {
  /** All rows of totals that have the seats that are due. */
  function* plansFor(due: readonly number[], most: number): Generator<number[]> {
    const [first, ...rest] = due;
    if (first === undefined) return yield [];
    for (let total = first; total <= most; total++)
      for (const later of plansFor(rest, most)) yield [total, ...later];
  }

  it('is the least of all ways, tried one by one', () => {
    // Two days before a renewal to three after it.
    const from = addDays(FIRST_DAY, 29);
    for (const due of [
      [2, 0, 0, 1, 2],
      [0, 2, 1, 0, 0],
      [1, 1, 0, 2, 0],
      [2, 1, 2, 0, 1],
    ]) {
      for (const { price } of billings) {
        const costs = [...plansFor(due, 2)].map((totals) => costOf(price, { from, totals }));
        expect(optimum(price, from, due)).toBeCloseTo(Math.min(...costs), 9);
      }
    }
  });

  it('counts by hand as an invoice would', () => {
    const price = (billing: SeatPrice['billing'], reduce: SeatPrice['reduce']): SeatPrice => ({
      amount: null,
      currency: null,
      per: 'month',
      renewsOn: FIRST_DAY,
      billing,
      reduce,
    });
    // January: one seat throughout, a second one from the 22nd for five days, ten of 31 days being left.
    const totals = Array.from({ length: 31 }, (_, day) => (day >= 21 && day < 26 ? 2 : 1));
    const cost = (...terms: Parameters<typeof price>) => costOf(price(...terms), { from: FIRST_DAY, totals });
    expect(cost('prorated', 'anytime')).toBeCloseTo(1 + 5 / 31, 9);
    expect(cost('prorated', 'renewal')).toBeCloseTo(1 + 10 / 31, 9);
    expect(cost('in-advance', 'renewal')).toBeCloseTo(2, 9);
  });
});
