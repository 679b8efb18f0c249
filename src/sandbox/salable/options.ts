import { z } from 'zod';

/** Scopes of an API key, by the names in test-utils/scripts/create-salable-test-data.ts of Salable/node-sdk. */
export const SCOPES = [
  'subscriptions:read',
  'subscriptions:write',
  'licenses:read',
  'licenses:write',
  'events:read',
  'plans:read',
] as const;

/** The key that a sandbox accepts unless its options name others; test keys start with `test_`. */
export const SANDBOX_API_KEY = 'test_sandbox';

const count = z.int().nonnegative();

/** When a background change ends: after that many polls of its event, after a time, or when `settle` says so. */
const eventEnd = z.union([
  z.strictObject({ polls: count }),
  z.strictObject({ milliseconds: count }),
  z.literal('manual'),
]);

/** How the background change of a seat count goes. */
export const eventPlan = z.strictObject({
  /** Default: 300 ms by the sandbox's clock. Polls that say `queued`, then `pending`, come before the last status. */
  after: eventEnd.default({ milliseconds: 300 }),
  /** The status it ends with; `never` stays `pending`. Default: `success`. */
  outcome: z.enum(['success', 'failed', 'incomplete', 'never']).default('success'),
  /** Says `retrying` in place of `pending` on the way. Default: false. */
  retrying: z.boolean().default(false),
  /** Seats that really come or go. Default: all on success, else none. Two numbers make quantity and licenses differ. */
  seats: z
    .union([z.enum(['all', 'none']), count, z.strictObject({ quantity: count, licenses: count })])
    .optional(),
  errorMessage: z.string().nullable().default(null),
});

/** What reads show for a while after a change: the state before it. Changing calls always see the live state. */
const readLag = z.strictObject({
  /** Old answers given before the new state shows. */
  reads: count.optional(),
  /** By the sandbox's clock. With both, whichever ends first. */
  milliseconds: count.optional(),
  /** Which reads lag. Default: both. */
  of: z.array(z.enum(['subscriptions', 'licenses'])).default(['subscriptions', 'licenses']),
});

/** How the server behaves; every one can be changed while it runs. */
export const salableSettings = z.strictObject({
  events: eventPlan.prefault({}),
  /** What a batch update does with lines it can't apply: 206 with the rest, or 400 and nothing applied. */
  batchRefusal: z.enum(['partial', 'all']).default('partial'),
  /** Grantee ids that no license may be given to. */
  refusedGrantees: z.array(z.string()).default([]),
  /** Refuses a second license of one subscription for one grantee. The reference doesn't say; default: allowed. */
  uniqueGrantees: z.boolean().default(false),
  /** Most lines of a batch update. The reference names no limit; default: none. */
  maxBatch: z.int().positive().nullable().default(null),
  /** Whether plans show `maxSeatAmount`; v1's sample doesn't. */
  showsMaxSeats: z.boolean().default(true),
  /** Status of the empty answer where there is no payment integration. */
  emptyStatus: z.union([z.literal(200), z.literal(201), z.literal(204)]).default(204),
  /** The reference promises no order of the license list. */
  listOrder: z.enum(['oldest-first', 'newest-first', 'scattered']).default('oldest-first'),
  lag: readLag.nullable().default(null),
});

export const subscriptionOptions = z.strictObject({
  /** Default: `5a000000-0000-4000-8000-` and its place in the list. */
  uuid: z.uuid().optional(),
  /** `none` applies seat changes at once; the others by an event. */
  type: z.enum(['none', 'stripe', 'stripe_existing', 'paddle', 'salable']).default('salable'),
  status: z
    .enum(['ACTIVE', 'CANCELED', 'PAUSED', 'TRIALING', 'DELETED', 'PAST_DUE', 'INCOMPLETE'])
    .default('ACTIVE'),
  seats: count.default(1),
  /** Grantee ids; the same one twice makes a duplicate. */
  assigned: z.array(z.string()).default([]),
  /** Canceled licenses left over from earlier: their grantee ids, null for unassigned ones. */
  canceled: z.array(z.string().nullable()).default([]),
  /** The plan's `perSeatAmount`: the fewest seats. */
  minSeats: count.default(1),
  /** The plan's `maxSeatAmount`: -1 is unlimited. */
  maxSeats: z.int().min(-1).default(-1),
});

export const salableOptions = z.strictObject({
  keys: z
    .array(z.strictObject({ key: z.string().min(1), scopes: z.array(z.enum(SCOPES)).default([...SCOPES]) }))
    .default([{ key: SANDBOX_API_KEY, scopes: [...SCOPES] }]),
  organization: z.string().default('sandbox-school'),
  /** Default: one subscription of type `salable` with one free seat. */
  subscriptions: z.array(subscriptionOptions).prefault([{}]),
  /** Grantee ids of licenses that belong to no subscription: given by hand, and in the same list. */
  adHoc: z.array(z.string().nullable()).default([]),
  settings: salableSettings.prefault({}),
});

/** What somebody does in the portal, behind the API's back, in the order of the fields. */
export const portalEdit = z.strictObject({
  /** Default: the first subscription. */
  subscription: z.uuid().optional(),
  status: subscriptionOptions.shape.status.unwrap().optional(),
  /** Grantee ids that lose their licenses of this subscription. */
  unassign: z.array(z.string()).default([]),
  /** Seats to add, or with a minus sign to remove (unassigned ones only). */
  seats: z.int().default(0),
  /** Grantee ids that each get an unassigned license. */
  assign: z.array(z.string()).default([]),
});

export type SalableOptions = z.input<typeof salableOptions>;
export type SalableSettings = z.output<typeof salableSettings>;
export type SalableSettingsChange = z.input<typeof salableSettings>;
export type EventPlan = z.output<typeof eventPlan>;
export type EventPlanOptions = z.input<typeof eventPlan>;
export type PortalEdit = z.input<typeof portalEdit>;
export type PaymentType = z.output<typeof subscriptionOptions>['type'];
export type SubscriptionStatus = z.output<typeof subscriptionOptions>['status'];
export type Scope = (typeof SCOPES)[number];
