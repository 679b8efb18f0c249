import { costOf } from '../../../src/planning/cost.ts';
import { type SeatPrice, termsOf } from '../../../src/planning/terms.ts';
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
const by = (
  per: SeatPrice['per'],
  billing: 'prorated' | 'in-advance',
  reduce: 'anytime' | 'renewal',
): Billing => ({
  name: `${per}, ${billing}, ${reduce}`,
  price: { ...known, per, billing, reduce },
});

/** Each way in which a month can be billed. */
export const billings: readonly Billing[] = [
  by('month', 'prorated', 'anytime'),
  by('month', 'prorated', 'renewal'),
  by('month', 'in-advance', 'anytime'),
  by('month', 'in-advance', 'renewal'),
];

/** The ways in which a year can be billed that differ from a month's. */
export const yearly: readonly Billing[] = [
  by('year', 'prorated', 'renewal'),
  by('year', 'in-advance', 'renewal'),
];

const year = { firstDay: FIRST_DAY, days: 365, announced: null, withdrawn: 0 };

/** Schools whose whole year is on the roster from the beginning, and the same schools with late and withdrawn rows. */
export const foreseen: readonly SchoolShape[] = [
  { ...year, name: 'small', seed: 11, everyWeeks: 5, size: [3, 8], staff: 14, returning: 0.6 },
  { ...year, name: 'overlapping', seed: 23, everyWeeks: 2, size: [2, 9], staff: 30, returning: 0.4 },
  { ...year, name: 'uneven', seed: 37, everyWeeks: 3, size: [0, 16], staff: 40, returning: 0.3 },
];

export const unforeseen: readonly SchoolShape[] = foreseen.map((shape, index) => ({
  ...shape,
  // In the second one somebody withdraws who was expected in the weeks after a renewal.
  seed: index === 1 ? 31_676 : shape.seed,
  name: `${shape.name}, late`,
  announced: [3, 40],
  withdrawn: 0.06,
}));

/** Two years of the first school, for contracts by the year. */
export const twoYears: SchoolShape = {
  ...year,
  days: 730,
  name: 'small, two years',
  seed: 11,
  everyWeeks: 5,
  size: [3, 8],
  staff: 14,
  returning: 0.6,
};

/** What a school's seats cost under one way of billing, in prices of one seat for one period. */
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

/** A school's time under ways of billing, beside the best that was possible and what is usual. */
export function compare(shape: SchoolShape, ways: readonly Billing[] = billings): Comparison[] {
  const rows = rosterOf(shape);
  const followed = playYear(shape, rows, { price: null, keepUnusedDays: 0 });
  const unpriced = playYear(shape, rows, { price: null, keepUnusedDays: 14 });
  const peak = Math.max(...followed.due);
  // Ways of billing that come to the same terms are planned the same.
  const years = new Map<string, Year>();
  return ways.map(({ name, price }) => {
    const terms = JSON.stringify(termsOf(price));
    const year = years.get(terms) ?? playYear(shape, rows, { price, keepUnusedDays: 14 });
    years.set(terms, year);
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

/** All that `docs/economics.md` shows. */
export function compareAll(): Comparison[] {
  return [...[...foreseen, ...unforeseen].flatMap((shape) => compare(shape)), ...compare(twoYears, yearly)];
}
