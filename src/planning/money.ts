import { daysBetween, type IsoDate } from '../dates.ts';
import { seatsText } from './guardrails.ts';
import { type Period, periodOf, type SeatPrice } from './terms.ts';
import type { HeldLine, Money, PlanInput, PlanMoney } from './types.ts';

/** A price whose amount is known. */
export type KnownPrice = SeatPrice & { readonly amount: number; readonly currency: string };

export function knownPrice(price: SeatPrice | null | undefined): KnownPrice | null {
  if (price == null || price.amount === null || price.currency === null) return null;
  return { ...price, amount: price.amount, currency: price.currency };
}

/** As `EUR 12.50`. */
export function moneyText(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'code' });
  return format.format(amount).replaceAll(/\s/g, ' ');
}

/** What a plan costs and saves; null where the price of a seat is not known. */
export function planMoney(
  { policy, state, today }: PlanInput,
  { increment, decrement }: { readonly increment: number; readonly decrement: number },
): PlanMoney | null {
  const price = knownPrice(policy.seats.price);
  if (price === null) return null;
  const { amount, currency, per } = price;
  const due = increment * shareOnPurchase(price, today) - decrement * shareOnReduction(price, today);
  return {
    currency,
    per,
    paid: cents(state.total * amount),
    change: cents((increment - decrement) * amount),
    dueNow: cents(due * amount),
  };
}

/** A plan's money in words; nothing where the plan changes none. */
export function moneyNotes(
  { policy, today }: PlanInput,
  { increment, decrement }: { readonly increment: number; readonly decrement: number },
): string[] {
  const price = knownPrice(policy.seats.price);
  const seats = increment + decrement;
  if (price === null || seats === 0) return [];
  const more = moneyText(seats * price.amount, price.currency);
  const until = price.renewsOn === null ? '' : `, and ${dueText(price, today, { increment, decrement })}`;
  return [`${seatsText(seats)} ${increment > 0 ? 'more' : 'fewer'}: ${more} a ${price.per}${until}`];
}

function dueText(
  price: KnownPrice,
  today: IsoDate,
  { increment, decrement }: { readonly increment: number; readonly decrement: number },
): string {
  const { until } = periodOf(price, today);
  const share = increment > 0 ? shareOnPurchase(price, today) : shareOnReduction(price, today);
  const now = moneyText((increment + decrement) * share * price.amount, price.currency);
  if (increment > 0) return `${now} until the renewal on ${until}`;
  return share === 0 ? `saved from the renewal on ${until}` : `${now} credited until the renewal on ${until}`;
}

/** A held change of quantity, with what it costs. */
export function withMoney({ policy }: PlanInput, line: HeldLine): HeldLine {
  const price = knownPrice(policy.seats.price);
  if (price === null || !line.seats || line.grantee !== undefined) return line;
  const money = priceOfSeats(price, line.seats);
  return {
    ...line,
    reason: `${line.reason}; ${moneyText(money.amount, money.currency)} a ${money.per}`,
    money,
  };
}

export function priceOfSeats({ amount, currency, per }: KnownPrice, seats: number): Money {
  return { amount: cents(seats * amount), currency, per };
}

/** Of the price of a period, what a seat costs that is bought on a day. Prorated unless the configuration says otherwise. */
function shareOnPurchase(price: SeatPrice, today: IsoDate): number {
  return price.billing === 'in-advance' ? 1 : shareLeft(periodOf(price, today), today);
}

/** Of the price of a period, what is credited for a seat that is given back on a day. */
function shareOnReduction(price: SeatPrice, today: IsoDate): number {
  const credited = price.billing === 'prorated' && price.reduce === 'anytime';
  return credited ? shareLeft(periodOf(price, today), today) : 0;
}

function shareLeft({ until, days }: Period, today: IsoDate): number {
  return daysBetween(today, until) / days;
}

/** Rounded to what a currency can pay; all of the usual ones have at most hundredths. */
export function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}
