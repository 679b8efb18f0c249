import { CohortSyncError } from '../../errors.ts';
import type { EventPlan, PaymentType, SalableSettings, Scope, SubscriptionStatus } from './options.ts';
import { type SalableOptions, salableOptions } from './options.ts';

/** Everything that the Salable stand-in knows. Times are milliseconds since the epoch by the sandbox's clock. */
export interface SalableState {
  readonly organization: string;
  readonly scopesByKey: ReadonlyMap<string, ReadonlySet<Scope>>;
  settings: SalableSettings;
  readonly subscriptions: readonly Subscription[];
  readonly plans: readonly Plan[];
  /** Of all subscriptions, canceled ones too, oldest first. */
  readonly licenses: License[];
  readonly events: SeatEvent[];
  /** How the next events go, before `settings.events` applies. */
  readonly nextEvents: EventPlan[];
  /** What lagging reads show, while they do. */
  stale: Stale | null;
}

export interface Subscription {
  readonly uuid: string;
  readonly planUuid: string;
  readonly type: PaymentType;
  status: SubscriptionStatus;
  quantity: number;
  readonly createdAt: number;
  updatedAt: number;
}

export interface Plan {
  readonly uuid: string;
  readonly minSeats: number;
  /** -1 is unlimited. */
  readonly maxSeats: number;
  readonly updatedAt: number;
}

export interface License {
  readonly uuid: string;
  /** Null for an ad hoc license. */
  readonly subscriptionUuid: string | null;
  readonly planUuid: string;
  granteeId: string | null;
  status: 'ACTIVE' | 'CANCELED';
  readonly startTime: number;
  updatedAt: number;
}

/** A change of a seat count that goes on in the background. */
export interface SeatEvent {
  readonly uuid: string;
  readonly subscriptionUuid: string;
  readonly type: 'Create seats' | 'Remove seats';
  readonly amount: number;
  readonly plan: EventPlan;
  readonly createdAt: number;
  updatedAt: number;
  polls: number;
  status: 'queued' | 'pending' | 'retrying' | 'success' | 'failed' | 'incomplete';
  errorMessage: string | null;
}

export interface Stale {
  readonly subscriptions: readonly Subscription[];
  readonly licenses: readonly License[];
  readsLeft: number | null;
  readonly until: number | null;
}

/** All products of the stand-in are one. */
export const PRODUCT_UUID = uuidOf('3a', 1);

/** Numbered by kind, so that two sandboxes with the same options have the same ids. */
export function uuidOf(kind: string, number: number): string {
  return `${kind.padEnd(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** The state that options describe. Throws a ZodError for wrong options. */
export function initialState(options: SalableOptions, now: number): SalableState {
  const { keys, organization, subscriptions, adHoc, settings } = salableOptions.parse(options);
  const state: SalableState = {
    organization,
    scopesByKey: new Map(keys.map(({ key, scopes }) => [key, new Set(scopes)])),
    settings,
    subscriptions: subscriptions.map(({ uuid, type, status, seats }, index) => ({
      uuid: uuid ?? uuidOf('5a', index + 1),
      planUuid: uuidOf('4d', index + 1),
      type,
      status,
      quantity: seats,
      createdAt: now,
      updatedAt: now,
    })),
    plans: subscriptions.map(({ minSeats, maxSeats }, index) => ({
      uuid: uuidOf('4d', index + 1),
      minSeats,
      maxSeats,
      updatedAt: now,
    })),
    licenses: [],
    events: [],
    nextEvents: [],
    stale: null,
  };
  subscriptions.forEach(({ seats, assigned, canceled }, index) => {
    const subscription = state.subscriptions[index];
    if (subscription === undefined) return;
    if (assigned.length > seats) {
      throw new CohortSyncError(
        `the sandbox's subscription ${index + 1} has ${seats} seats and ${assigned.length} assigned`,
        'Give it at least as many seats as grantees.',
      );
    }
    for (const granteeId of canceled) addLicense(state, subscription, now, granteeId).status = 'CANCELED';
    for (let seat = 0; seat < seats; seat++) addLicense(state, subscription, now, assigned[seat] ?? null);
  });
  for (const granteeId of adHoc) addLicense(state, null, now, granteeId);
  return state;
}

/** Adds an active license to a subscription, or an ad hoc one; the quantity is the caller's. */
export function addLicense(
  state: SalableState,
  subscription: Subscription | null,
  now: number,
  granteeId: string | null = null,
): License {
  const license: License = {
    uuid: uuidOf('11', state.licenses.length + 1),
    subscriptionUuid: subscription?.uuid ?? null,
    planUuid: subscription?.planUuid ?? uuidOf('4d', 0),
    granteeId,
    status: 'ACTIVE',
    startTime: now,
    updatedAt: now,
  };
  state.licenses.push(license);
  return license;
}

/** The active licenses of a subscription, or with null the ad hoc ones, oldest first. */
export function activeLicenses(
  state: Pick<SalableState, 'licenses'>,
  subscriptionUuid: string | null,
): License[] {
  return state.licenses.filter(
    (license) => license.subscriptionUuid === subscriptionUuid && license.status === 'ACTIVE',
  );
}

export function planOf(state: SalableState, subscription: Subscription): Plan {
  const plan = state.plans.find(({ uuid }) => uuid === subscription.planUuid);
  if (plan === undefined) throw new Error(`subscription ${subscription.uuid} has no plan`);
  return plan;
}
