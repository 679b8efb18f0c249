import { periods } from '../../../src/planning/cost.ts';
import type { SeatPrice } from '../../../src/planning/terms.ts';

/**
 * The least that seats can cost over a row of days, in prices of one seat for one period, by dynamic programming over the
 * number of seats: all ways to buy and to give back once a day, of which each has on every day the seats that are due.
 * It knows the whole future. The rules of billing are written down here once more, apart from those of the product.
 */
export function optimum(price: SeatPrice, from: string, due: readonly number[]): number {
  const most = Math.max(0, ...due);
  const days = periods(price, from, due.length);
  const byDay = price.billing === 'prorated' && price.reduce === 'anytime';
  /** By seats in the evening, the least that led there. */
  let best = Array.from({ length: most + 1 }, (_, seats) => (seats === 0 ? 0 : Number.POSITIVE_INFINITY));
  due.forEach((needed, day) => {
    const { share = 0, days: length = 1, renews = false } = days[day] ?? {};
    const next = best.map(() => Number.POSITIVE_INFINITY);
    for (let after = needed; after <= most; after++) {
      for (let before = 0; before <= most; before++) {
        const paid = byDay
          ? after / length
          : (renews && day > 0 ? before : 0) +
            Math.max(0, after - before) * (price.billing === 'in-advance' && day > 0 ? 1 : share);
        next[after] = Math.min(next[after] ?? 0, (best[before] ?? 0) + paid);
      }
    }
    best = next;
  });
  return Math.min(...best);
}
