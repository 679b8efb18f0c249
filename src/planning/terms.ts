import { Temporal } from 'temporal-polyfill';
import type { IsoDate } from '../dates.ts';

/** What a seat costs and how its pool is billed, as far as the configuration says so (`seats.price`). */
export interface SeatPrice {
  /** Of one seat for one period; null where only the terms are known. */
  readonly amount: number | null;
  /** As `EUR`; null where there is no amount. */
  readonly currency: string | null;
  readonly per: 'month' | 'year';
  /** What a seat that is bought within a period costs: the days that are left of it, or all of it. */
  readonly billing: 'prorated' | 'in-advance' | null;
  /** From when on a seat that was given back is not paid for any more. */
  readonly reduce: 'anytime' | 'renewal' | null;
  /** Any first day of a billing period. */
  readonly renewsOn: IsoDate | null;
}

/** The ways in which a pool can be billed that make a difference to when seats are bought and given back. */
export type Terms =
  /** Every day is paid for alone: what is given back is credited from that day on. */
  | { readonly kind: 'by-day' }
  /** Nothing is credited before the renewal; a purchase costs the days that are left (`prorated`) or the whole period. */
  | {
      readonly kind: 'by-period';
      readonly prorated: boolean;
      readonly per: SeatPrice['per'];
      readonly renewsOn: IsoDate;
    };

/**
 * The terms by which keeping a seat can be compared with buying it again; null where the configuration does not say
 * enough, so that `keepUnusedDays` decides. A period that is paid in advance is not credited, whatever `reduce` says.
 */
export function termsOf(price: SeatPrice | null): Terms | null {
  if (price === null || price.billing === null || price.reduce === null) return null;
  const prorated = price.billing === 'prorated';
  if (prorated && price.reduce === 'anytime') return { kind: 'by-day' };
  if (price.renewsOn === null) return null;
  return { kind: 'by-period', prorated, per: price.per, renewsOn: price.renewsOn };
}

/** A billing period: its first day, the first day of the next one, and its length in days. */
export interface Period {
  readonly from: IsoDate;
  readonly until: IsoDate;
  readonly days: number;
}

/** Where the renewal is not known, periods are those of the calendar. */
const CALENDAR: IsoDate = '2000-01-01';

/** The billing period in which a day lies. Of a renewal on the 31st the shorter months have theirs on their last day. */
export function periodOf(price: Pick<SeatPrice, 'per' | 'renewsOn'>, date: IsoDate): Period {
  const anchor = Temporal.PlainDate.from(price.renewsOn ?? CALENDAR);
  const day = Temporal.PlainDate.from(date);
  const unit = price.per === 'year' ? 'years' : 'months';
  const start = (count: number) => anchor.add({ [unit]: count });
  let count = anchor.until(day, { largestUnit: unit })[unit];
  while (Temporal.PlainDate.compare(start(count), day) > 0) count -= 1;
  while (Temporal.PlainDate.compare(start(count + 1), day) <= 0) count += 1;
  const [from, until] = [start(count), start(count + 1)];
  const { days } = from.until(until, { largestUnit: 'days' });
  return { from: from.toString(), until: until.toString(), days };
}

/** How far ahead a coming need keeps an idle seat. */
export type Keeping =
  /** A seat that is needed again by this day, inclusive, is kept. */
  | { readonly kind: 'until'; readonly day: IsoDate; readonly renewal: IsoDate | null }
  /** Nothing would be saved by giving it back today: it is paid until the renewal. */
  | { readonly kind: 'paid'; readonly renewal: IsoDate; readonly decidedOn: IsoDate };

/**
 * Compares keeping an idle seat with giving it back today and buying it again on the day on which it is needed.
 * - By the day: each idle day costs, and buying again costs nothing extra. Nothing is kept.
 * - By the period: until `leadDays` before the renewal nothing is saved by giving back, so everything is kept. Then a seat
 *   is worth the renewal if buying it again in the coming period would cost as much: where periods are paid whole, if it
 *   is needed at all in that period; where they are prorated, if it is needed on its first day. That is a tie, so rule 15
 *   decides: for `keepUnusedDays` the seat is kept, and for later days it is bought when they come, if they do.
 * @param leadDays how many days before the renewal a reduction is decided; at least 1, since the renewal comes first.
 */
export function keepingOn(
  terms: Terms,
  today: IsoDate,
  { leadDays, keepUnusedDays }: { readonly leadDays: number; readonly keepUnusedDays: number },
): Keeping {
  if (terms.kind === 'by-day') return { kind: 'until', day: today, renewal: null };
  const coming = nextPeriod(terms, today);
  const decidedOn = before(coming.from, Math.max(1, leadDays));
  if (today < decidedOn) return { kind: 'paid', renewal: coming.from, decidedOn };
  const soon = after(today, keepUnusedDays);
  const last = terms.prorated ? coming.from : before(coming.until, 1);
  // What is due before the renewal is paid for already.
  const day = soon < coming.from ? before(coming.from, 1) : soon < last ? soon : last;
  return { kind: 'until', day, renewal: coming.from };
}

/** The billing period after that in which a day lies. */
export function nextPeriod(price: Pick<SeatPrice, 'per' | 'renewsOn'>, date: IsoDate): Period {
  return periodOf(price, periodOf(price, date).until);
}

function after(date: IsoDate, days: number): IsoDate {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

function before(date: IsoDate, days: number): IsoDate {
  return Temporal.PlainDate.from(date).subtract({ days }).toString();
}
