import type { Effect } from '../log.ts';
import type { EventPlan } from './options.ts';
import {
  activeLicenses,
  addLicense,
  planOf,
  type SalableState,
  type SeatEvent,
  type Subscription,
  uuidOf,
} from './state.ts';

/** What the parts of the stand-in need in order to change the state. */
export interface ChangeContext {
  readonly state: SalableState;
  /** When it happens, in milliseconds since the epoch. */
  readonly now: number;
  readonly by: Effect['by'];
  /** Notes that a license went to or from a grantee. */
  effect(effect: Pick<Effect, 'kind' | 'subscription' | 'license' | 'from' | 'to'>): void;
  /** Notes that the total of a subscription changed, or that its licenses did while the total stood. */
  seatsChanged(subscription: string, from: number, to: number): void;
  /** Called before each change, so that reads can lag behind it. */
  beforeChange(): void;
}

/** Why a change of the seats is refused, or null. `amount` is negative for a decrement. */
export function seatRefusal(state: SalableState, subscription: Subscription, amount: number): string | null {
  const plan = planOf(state, subscription);
  const underway = pendingAmount(state, subscription);
  const after = subscription.quantity + underway.up - underway.down + amount;
  if (subscription.status !== 'ACTIVE' && subscription.status !== 'TRIALING') {
    return `the subscription is ${subscription.status}`;
  }
  if (amount > 0 && plan.maxSeats !== -1 && after > plan.maxSeats) {
    return `the plan allows at most ${plan.maxSeats} seats`;
  }
  if (amount < 0 && after < plan.minSeats) return `the plan needs at least ${plan.minSeats} seats`;
  if (amount < 0 && freeLicenses(state, subscription).length - underway.down + amount < 0) {
    return 'not enough unassigned licenses to remove';
  }
  return null;
}

/** Starts a background change and returns its event. */
export function startSeatEvent(
  context: ChangeContext,
  subscription: Subscription,
  amount: number,
): SeatEvent {
  const { state, now } = context;
  const plan = state.nextEvents.shift() ?? state.settings.events;
  const event: SeatEvent = {
    uuid: uuidOf('e0', state.events.length + 1),
    subscriptionUuid: subscription.uuid,
    type: amount > 0 ? 'Create seats' : 'Remove seats',
    amount: Math.abs(amount),
    plan,
    createdAt: now,
    updatedAt: now,
    polls: 0,
    status: 'queued',
    errorMessage: null,
  };
  state.events.push(event);
  return event;
}

export function hasEnded(event: SeatEvent): boolean {
  return event.status === 'success' || event.status === 'failed' || event.status === 'incomplete';
}

/** Ends a background change as its plan says, with the seats that the plan lets through. */
export function endSeatEvent(context: ChangeContext, event: SeatEvent, outcome: EventPlan['outcome']): void {
  const subscription = context.state.subscriptions.find(({ uuid }) => uuid === event.subscriptionUuid);
  if (subscription === undefined || outcome === 'never') return;
  const { quantity, licenses } = seatsThatApply(event, outcome);
  const free = freeLicenses(context.state, subscription).length;
  // Licenses that were free at the order may have been assigned since: an assigned license is never removed.
  const impossible = event.type === 'Remove seats' && licenses > free;
  event.updatedAt = context.now;
  event.status = impossible ? 'failed' : outcome;
  event.errorMessage = impossible ? 'not enough unassigned licenses to remove' : event.plan.errorMessage;
  if (impossible) return;
  const sign = event.type === 'Create seats' ? 1 : -1;
  applySeats(context, subscription, { quantity: sign * quantity, licenses: sign * licenses });
}

/** Adds or removes seats now. Removed ones are the newest unassigned licenses; they become CANCELED. */
export function applySeats(
  context: ChangeContext,
  subscription: Subscription,
  change: { quantity: number; licenses: number },
): void {
  const { state, now } = context;
  if (change.quantity === 0 && change.licenses === 0) return;
  context.beforeChange();
  for (let added = 0; added < change.licenses; added++) addLicense(state, subscription, now);
  for (const license of freeLicenses(state, subscription).reverse().slice(0, Math.max(0, -change.licenses))) {
    license.status = 'CANCELED';
    license.updatedAt = now;
  }
  const from = subscription.quantity;
  subscription.quantity += change.quantity;
  subscription.updatedAt = now;
  context.seatsChanged(subscription.uuid, from, subscription.quantity);
}

export function freeLicenses(state: SalableState, subscription: Subscription) {
  return activeLicenses(state, subscription.uuid).filter(({ granteeId }) => granteeId === null);
}

function seatsThatApply(event: SeatEvent, outcome: EventPlan['outcome']) {
  const seats = event.plan.seats ?? (outcome === 'success' ? 'all' : 'none');
  if (seats === 'all') return { quantity: event.amount, licenses: event.amount };
  if (seats === 'none') return { quantity: 0, licenses: 0 };
  return typeof seats === 'number' ? { quantity: seats, licenses: seats } : seats;
}

function pendingAmount(state: SalableState, subscription: Subscription) {
  const pending = state.events.filter(
    (event) => event.subscriptionUuid === subscription.uuid && !hasEnded(event),
  );
  const sum = (type: SeatEvent['type']) =>
    pending.filter((event) => event.type === type).reduce((total, { amount }) => total + amount, 0);
  return { up: sum('Create seats'), down: sum('Remove seats') };
}
