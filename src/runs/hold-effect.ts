import { counted } from '../counted.ts';
import type { IsoDate } from '../dates.ts';
import type { Hold } from '../ledger/holds.ts';
import { seatsText } from '../planning/guardrails.ts';
import { moneyText } from '../planning/money.ts';
import type { Decisions, PlanMoney, PoolPlan } from '../planning/types.ts';

/** What an approval would do, beside what is done anyway. */
export interface HoldEffect {
  /** Who loses a seat by it. */
  readonly unassigned: readonly string[];
  readonly assigned: readonly string[];
  readonly bought: number;
  readonly givenBack: number;
  /** What is paid more (or less) for a billing period; null where the price is not known. */
  readonly money: Pick<PlanMoney, 'currency' | 'per' | 'change'> | null;
  readonly date: IsoDate;
  /** Seats that are paid for and free afterwards. */
  readonly freeAfter: number;
}

/** The decisions as they would be if all lines of a hold were approved. */
export function withApproval(decisions: Decisions, { lines }: Hold): Decisions {
  const approved = new Map(decisions.approved);
  for (const { id, seats } of lines) approved.set(id, seats ?? null);
  const pending = new Set(decisions.pending);
  for (const { id } of lines) pending.delete(id);
  return { ...decisions, approved, pending };
}

/** What of a plan is there only by the approval. Pure. */
export function effectOf(plan: PoolPlan, approved: PoolPlan, date: IsoDate): HoldEffect {
  const more = (lines: (of: PoolPlan) => readonly { readonly grantee: string }[]) => {
    const before = new Set(lines(plan).map(({ grantee }) => grantee));
    return lines(approved)
      .map(({ grantee }) => grantee)
      .filter((grantee) => !before.has(grantee));
  };
  const { seats, unassign, assign, increment, decrement } = approved;
  const occupied = seats.assigned - unassign.length + assign.length;
  return {
    unassigned: more((of) => of.unassign),
    assigned: more((of) => of.assign),
    bought: Math.max(0, increment - plan.increment),
    givenBack: Math.max(0, decrement - plan.decrement),
    money: moneyOf(plan, approved),
    date,
    freeAfter: Math.max(0, seats.total + increment - decrement - occupied),
  };
}

function moneyOf(plan: PoolPlan, { money }: PoolPlan): HoldEffect['money'] {
  if (money === undefined) return null;
  const { currency, per, change } = money;
  return { currency, per, change: change - (plan.money?.change ?? 0) };
}

/** One sentence on the people, the seats, the money and the date. */
export function effectText(pool: string, effect: HoldEffect): string {
  const { unassigned, assigned, bought, givenBack, money, date } = effect;
  const parts = [
    ...(unassigned.length > 0 ? [`takes a seat from ${people(unassigned.length)}`] : []),
    ...(bought > 0 ? [`buys ${seatsText(bought)}`] : []),
    ...(assigned.length > 0 ? [`gives a seat to ${people(assigned.length)}`] : []),
    ...(givenBack > 0 ? [`gives back ${seatsText(givenBack)}`] : []),
  ];
  if (parts.length === 0)
    return `Approving changes nothing in ${pool} today (${date}): none of it stands any more, or another limit is in the way.`;
  return `Approving ${listed(parts)} in ${pool} today (${date})${costs(money)}.`;
}

function costs(money: HoldEffect['money']): string {
  if (money === null) return '';
  if (money.change === 0) return ', and costs nothing more';
  const amount = moneyText(Math.abs(money.change), money.currency);
  return `, for ${amount} ${money.change > 0 ? 'more' : 'less'} a ${money.per}`;
}

export function people(count: number): string {
  return counted(count, 'person', 'people');
}

function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
