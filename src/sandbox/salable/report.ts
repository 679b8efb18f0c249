import { z } from 'zod';
import { eventPlan, salableSettings, subscriptionOptions } from './options.ts';
import { activeLicenses, planOf, type SalableState } from './state.ts';

const license = z.object({
  uuid: z.string(),
  subscriptionUuid: z.string().nullable(),
  planUuid: z.string(),
  granteeId: z.string().nullable(),
  status: z.enum(['ACTIVE', 'CANCELED']),
  startTime: z.number(),
  updatedAt: z.number(),
});

/** One subscription as it really is, whatever lagging reads show. Times are milliseconds since the epoch. */
const subscriptionReport = z.object({
  uuid: z.string(),
  planUuid: z.string(),
  type: subscriptionOptions.shape.type.unwrap(),
  status: subscriptionOptions.shape.status.unwrap(),
  quantity: z.number(),
  createdAt: z.number(),
  updatedAt: z.number(),
  minSeats: z.number(),
  /** -1 is unlimited. */
  maxSeats: z.number(),
  /** Grantee ids of the active licenses, oldest license first; a duplicate is there twice. */
  assigned: z.array(z.string()),
  /** Active licenses without a grantee. */
  free: z.number(),
  /** Canceled ones too, oldest first. */
  licenses: z.array(license),
});

const seatEvent = z.object({
  uuid: z.string(),
  subscriptionUuid: z.string(),
  type: z.enum(['Create seats', 'Remove seats']),
  amount: z.number(),
  plan: eventPlan,
  createdAt: z.number(),
  updatedAt: z.number(),
  polls: z.number(),
  status: z.enum(['queued', 'pending', 'retrying', 'success', 'failed', 'incomplete']),
  errorMessage: z.string().nullable(),
});

/** The live state of the stand-in. */
export const salableReport = z.object({
  settings: salableSettings,
  subscriptions: z.array(subscriptionReport),
  /** Background changes of seat counts, oldest first, ended ones too. */
  events: z.array(seatEvent),
});
export type SalableReport = Readonly<z.output<typeof salableReport>>;

/** A copy of the live state; later changes don't show in it. */
export function reportOf(state: SalableState): SalableReport {
  const { settings, subscriptions, events, licenses } = structuredClone(state);
  return {
    settings,
    events,
    subscriptions: subscriptions.map((subscription) => {
      const { minSeats, maxSeats } = planOf(state, subscription);
      const grantees = activeLicenses(state, subscription.uuid).map(({ granteeId }) => granteeId);
      return {
        ...subscription,
        minSeats,
        maxSeats,
        assigned: grantees.filter((granteeId) => granteeId !== null),
        free: grantees.filter((granteeId) => granteeId === null).length,
        licenses: licenses.filter(({ subscriptionUuid }) => subscriptionUuid === subscription.uuid),
      };
    }),
  };
}
