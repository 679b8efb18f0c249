import { addDays, daysBetween, type IsoDate } from '../dates.ts';
import { type Period, periodOf, type SeatPrice } from './terms.ts';

/** The seats paid for on each of a row of days, as they were after that day's run. */
export interface SeatDays {
  readonly from: IsoDate;
  readonly totals: readonly number[];
}

/** Whether what is given back is credited by the day. Where the configuration does not say, it is. */
function isCredited({ billing, reduce }: SeatPrice): boolean {
  return billing !== 'in-advance' && reduce !== 'renewal';
}

/**
 * What seats cost over a row of days, in prices of one seat for one period. A renewal is billed at the beginning of its
 * day, on the seats of the evening before; changes count from their own day on. The seats of the first day are paid for
 * from there to the end of the period.
 */
export function costOf(price: SeatPrice, { from, totals }: SeatDays): number {
  const periodOn = periods(price, from, totals.length);
  let cost = 0;
  let before = 0;
  totals.forEach((total, day) => {
    const { share, renews } = periodOn[day] ?? { share: 0, renews: false };
    if (renews && day > 0) cost += before;
    const change = total - before;
    if (change > 0) cost += change * (price.billing === 'in-advance' && day > 0 ? 1 : share);
    else if (isCredited(price)) cost += change * share;
    before = total;
  });
  // What is credited by the day is not owed beyond the last one.
  const last = periodOn.at(-1);
  const left = last === undefined ? 0 : last.share - 1 / last.days;
  return isCredited(price) ? cost - before * left : cost;
}

interface BillingDay {
  /** Of the period, what is left from this day on, this day included. */
  readonly share: number;
  readonly days: number;
  readonly renews: boolean;
}

/** How each of a row of days lies in its billing period. */
export function periods(price: SeatPrice, from: IsoDate, count: number): BillingDay[] {
  const found: BillingDay[] = [];
  let period: Period = periodOf(price, from);
  let past = daysBetween(period.from, from);
  for (let day = 0; day < count; day++, past++) {
    if (past === period.days) {
      period = periodOf(price, addDays(from, day));
      past = 0;
    }
    found.push({ share: (period.days - past) / period.days, days: period.days, renews: past === 0 });
  }
  return found;
}
