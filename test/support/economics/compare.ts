import { costOf } from '../../../src/planning/cost.ts';
import type { SeatPrice } from '../../../src/planning/terms.ts';
import { optimum } from './optimum.ts';
import { rosterOf, type SchoolShape } from './school.ts';
import { playYear, type Year } from './year.ts';

/** A way of billing, by name. */
export interface Billing {
  readonly name: string;
  readonly price: SeatPrice;
}

export const FIRST_DAY = '2026-01-01';
const known = { amount: 10, currency: 'EUR', renewsOn: FIRST_DAY } as const;

/** Each way in which a month can be billed. */
export const billings: readonly Billing[] = [
  {
    name: 'prorated, reduced anytime',
    price: { ...known, per: 'month', billing: 'prorated', reduce: 'anytime' },
  },
  {
    name: 'prorated, reduced at the renewal',
    price: { ...known, per: 'month', billing: 'prorated', reduce: 'renewal' },
  },
  {
    name: 'in advance, reduced anytime',
    price: { ...known, per: 'month', billing: 'in-advance', reduce: 'anytime' },
  },
  {
    name: 'in advance, reduced at the renewal',
    price: { ...known, per: 'month', billing: 'in-advance', reduce: 'renewal' },
  },
];

const year = { firstDay: FIRST_DAY, days: 365, announced: null, withdrawn: 0 };

/** Schools whose whole year is on the roster from the beginning, and the same schools with late and withdrawn rows. */
export const foreseen: readonly SchoolShape[] = [
  { ...year, name: 'small', seed: 11, everyWeeks: 5, size: [3, 8], staff: 14, returning: 0.6 },
  { ...year, name: 'overlapping', seed: 23, everyWeeks: 2, size: [2, 9], staff: 30, returning: 0.4 },
  { ...year, name: 'uneven', seed: 37, everyWeeks: 3, size: [0, 16], staff: 40, returning: 0.3 },
];

export const unforeseen: readonly SchoolShape[] = foreseen.map((shape) => ({
  ...shape,
  name: `${shape.name}, late`,
  announced: [3, 40],
  withdrawn: 0.06,
}));

/** What a school's seats cost under one way of billing, in prices of one seat for one month. */
export interface Comparison {
  readonly school: string;
  readonly billing: string;
  readonly ours: number;
  readonly optimum: number;
  /** `keepUnusedDays` alone, as without prices. */
  readonly unpriced: number;
  readonly followed: number;
  readonly heldPeak: number;
  readonly year: Year;
  readonly price: SeatPrice;
}

/** A school's year under every way of billing, beside the best that was possible and what is usual. */
export function compare(shape: SchoolShape): Comparison[] {
  const rows = rosterOf(shape);
  const followed = playYear(shape, rows, { price: null, keepUnusedDays: 0 });
  const unpriced = playYear(shape, rows, { price: null, keepUnusedDays: 14 });
  const peak = Math.max(...followed.due);
  return billings.map(({ name, price }) => {
    const year = playYear(shape, rows, { price, keepUnusedDays: 14 });
    return {
      school: shape.name,
      billing: name,
      ours: costOf(price, year.seats),
      optimum: optimum(price, shape.firstDay, year.due),
      unpriced: costOf(price, unpriced.seats),
      followed: costOf(price, followed.seats),
      heldPeak: costOf(price, { from: shape.firstDay, totals: year.due.map(() => peak) }),
      year,
      price,
    };
  });
}
