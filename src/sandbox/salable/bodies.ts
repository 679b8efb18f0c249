import { Temporal } from 'temporal-polyfill';
import { toInstant } from '../../dates.ts';
import {
  type License,
  type Plan,
  PRODUCT_UUID,
  type SalableState,
  type SeatEvent,
  type Subscription,
} from './state.ts';

/**
 * Bodies of the answers: the fields and the order of the samples in the Salable API (v1) reference. Statuses are upper
 * case in bodies and lower case in queries. Values that the reference leaves open are those of its sample.
 */

export function subscriptionBody(subscription: Subscription, state: SalableState) {
  return {
    uuid: subscription.uuid,
    productUuid: PRODUCT_UUID,
    planUuid: subscription.planUuid,
    organisation: state.organization,
    paymentIntegrationSubscriptionId: subscription.type === 'none' ? null : `sub_${subscription.uuid}`,
    type: subscription.type,
    quantity: subscription.quantity,
    email: 'owner@sandbox.example',
    expiryDate: endOfPeriod(subscription.createdAt),
    lineItemIds: [`si_${subscription.uuid}`],
    status: subscription.status,
    createdAt: toInstant(subscription.createdAt),
    updatedAt: toInstant(subscription.updatedAt),
    isTest: true,
  };
}

export function licenseBody(license: License) {
  return licenseBodyWith(license, toInstant, endOfPeriod);
}

/** As `licenseBody` of each. Thousands of licenses have few moments among them: each is put into words once. */
export function licenseBodies(licenses: readonly License[]) {
  const [instant, end] = [once(toInstant), once(endOfPeriod)];
  return licenses.map((license) => licenseBodyWith(license, instant, end));
}

function once(text: MomentText): MomentText {
  const known = new Map<number, string>();
  return (at) => {
    const made = known.get(at) ?? text(at);
    known.set(at, made);
    return made;
  };
}

type MomentText = (at: number) => string;

function licenseBodyWith(license: License, instant: MomentText, end: MomentText) {
  return {
    uuid: license.uuid,
    productUuid: PRODUCT_UUID,
    planUuid: license.planUuid,
    subscriptionUuid: license.subscriptionUuid,
    granteeId: license.granteeId,
    purchaser: 'owner@sandbox.example',
    email: null,
    name: null,
    paymentService: license.subscriptionUuid === null ? 'ad-hoc' : 'salable',
    type: license.subscriptionUuid === null ? 'licensed' : 'perSeat',
    capabilities: [],
    startTime: instant(license.startTime),
    endTime: end(license.startTime),
    status: license.status,
    metadata: null,
    updatedAt: instant(license.updatedAt),
    isTest: true,
  };
}

/** `perSeatAmount` is the least number of seats, `maxSeatAmount` the most (prisma/schema.prisma in Salable/node-sdk). */
export function planBody(plan: Plan, state: SalableState) {
  return {
    uuid: plan.uuid,
    name: 'Teaching',
    description: 'A seat an instructor',
    displayName: 'Teaching',
    status: 'ACTIVE',
    isTest: true,
    trialDays: 0,
    evaluation: false,
    evalDays: 0,
    organisation: state.organization,
    visibility: 'public',
    licenseType: 'perSeat',
    perSeatAmount: plan.minSeats,
    ...(state.settings.showsMaxSeats && { maxSeatAmount: plan.maxSeats }),
    interval: 'month',
    length: 1,
    active: true,
    planType: 'Standard',
    pricingType: 'paid',
    environment: 'test',
    paddlePlanId: null,
    productUuid: PRODUCT_UUID,
    salablePlan: true,
    updatedAt: toInstant(plan.updatedAt),
  };
}

export function eventBody(event: SeatEvent, state: SalableState) {
  return {
    uuid: event.uuid,
    type: event.type,
    organisation: state.organization,
    status: event.status,
    isTest: true,
    retries: event.status === 'retrying' ? event.polls : 0,
    errorMessage: event.errorMessage,
    errorCode: event.errorMessage === null ? null : 'sandbox_error',
    createdAt: toInstant(event.createdAt),
    updatedAt: toInstant(event.updatedAt),
  };
}

function endOfPeriod(start: number): string {
  return Temporal.Instant.fromEpochMilliseconds(start)
    .add({ hours: 30 * 24 })
    .toString();
}
