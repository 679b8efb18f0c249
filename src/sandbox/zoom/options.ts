import { z } from 'zod';

/** What a sandbox accepts unless its options name others. */
export const SANDBOX_ZOOM = {
  accountId: 'sandbox-account',
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
} as const;

/** The granular scopes of the operations that the stand-in has. */
export const SCOPES = [
  'user:read:list_users:admin',
  'user:read:summary:admin',
  'user:read:user:admin',
  'user:read:settings:admin',
  'user:write:user:admin',
  'user:update:user:admin',
  'user:write:feature:admin',
  'meeting:read:list_meetings:admin',
  'billing:read:plan_usage:admin',
  'billing:master',
] as const;

const count = z.int().nonnegative();

const user = z.strictObject({
  email: z.string().min(1),
  /** 1 Basic, 2 Licensed, 4 Unassigned without Meetings Basic, 99 None. */
  type: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(99)]),
  status: z.enum(['active', 'inactive', 'pending']),
  /** Add-ons that need a license, by their names in a user's settings. */
  addOns: z.array(z.enum(['webinar', 'large_meeting', 'zoom_events', 'zoom_phone'])),
  /** Hosts an event of Zoom Events that is still to come: the license can't be taken away. */
  upcomingEvents: z.boolean(),
  /** Is in a meeting now, as its host. */
  inMeeting: z.boolean(),
  /** Why a bulk update leaves this user out, in Zoom's words. */
  refusal: z.string().nullable(),
});

/** One user of the account, active and Basic by default. A pending one was invited and has not accepted. */
export const userOptions = user.extend({
  type: user.shape.type.default(1),
  status: user.shape.status.default('active'),
  addOns: user.shape.addOns.default([]),
  upcomingEvents: user.shape.upcomingEvents.default(false),
  inMeeting: user.shape.inMeeting.default(false),
  refusal: user.shape.refusal.default(null),
});

/** How the server behaves; every one can be changed while it runs. */
export const zoomSettings = z.strictObject({
  scopes: z.array(z.enum(SCOPES)).default([...SCOPES]),
  /** The code of a missing scope. */
  scopeCode: z.union([z.literal(4700), z.literal(4711)]).default(4711),
  /** Life of a token (seconds). */
  tokenSeconds: count.default(3600),
  /** Status of a token request with wrong credentials; both are seen. */
  wrongCredentialsStatus: z.union([z.literal(400), z.literal(401)]).default(400),
  /** Life of a page token (seconds by the sandbox's clock). */
  pageTokenSeconds: count.default(900),
  /** Whether the account can read its plan's usage. Where not: 400, code 200. */
  usage: z.boolean().default(true),
  /** Whether the plan may be changed by API: partner accounts only. */
  partner: z.boolean().default(false),
  /** Whether there is a bulk update at all. Where not: 404, code 2300. */
  bulk: z.boolean().default(true),
  /** A bulk update with a user it can't take: 201 with the rest, or 400 and nothing applied. */
  bulkRefusal: z.enum(['partial', 'all']).default('partial'),
  /** The code with which a full plan refuses a single update or a new user. */
  fullCode: z.union([z.literal(3412), z.literal(2034), z.literal(2038)]).default(3412),
  /** Most Basic users; refuses with 3412 (its other meaning), or 2033. */
  maxBasic: count.nullable().default(null),
  basicCode: z.union([z.literal(3412), z.literal(2033)]).default(2033),
  /** Assignments left until the account may assign no more for a while; no such limit if null. */
  assignmentsLeft: count.nullable().default(null),
  /** Invitations left today; the next is refused with 429 and the moment of the next midnight (UTC). */
  invitationsLeft: count.nullable().default(null),
  /** Whether a pending user who was invited with a license holds a seat. */
  pendingHoldsSeat: z.boolean().default(true),
  /** Enforces the limits by label of the account's tier. */
  rateLimits: z.enum(['off', 'free', 'pro', 'business']).default('off'),
  /** The order of the user list, which the reference doesn't promise. */
  listOrder: z.enum(['oldest-first', 'newest-first']).default('oldest-first'),
});

export const zoomOptions = z.strictObject({
  accountId: z.string().default(SANDBOX_ZOOM.accountId),
  clientId: z.string().default(SANDBOX_ZOOM.clientId),
  clientSecret: z.string().default(SANDBOX_ZOOM.clientSecret),
  /** Where usage shows the seats: `plan_base`, or `plan_zoom_one` on Workplace accounts. */
  plan: z
    .strictObject({
      kind: z.enum(['plan_base', 'plan_zoom_one']).default('plan_base'),
      type: z.string().default('monthly'),
      hosts: count.default(1),
    })
    .prefault({}),
  users: z.array(userOptions).default([]),
  settings: zoomSettings.prefault({}),
});

/** What somebody does in Zoom's portal, behind the API's back, in the order of the fields. */
export const portalEdit = z.strictObject({
  /** Emails of users who become Basic. */
  unassign: z.array(z.string()).default([]),
  /** Seats to buy, or with a minus sign to drop (unassigned ones only). */
  seats: z.int().default(0),
  /** Users to add. */
  add: z.array(userOptions).default([]),
  /** Emails of pending users who accept their invitations. */
  accept: z.array(z.string()).default([]),
  /** Emails of users who become Licensed. */
  assign: z.array(z.string()).default([]),
  /** What else changes of single users, by email. */
  change: z.array(user.omit({ type: true }).partial().required({ email: true })).default([]),
});

export type ZoomOptions = z.input<typeof zoomOptions>;
export type ZoomSettings = z.output<typeof zoomSettings>;
export type ZoomSettingsChange = z.input<typeof zoomSettings>;
export type ZoomUserOptions = z.input<typeof userOptions>;
export type ZoomPortalEdit = z.input<typeof portalEdit>;
export type Scope = (typeof SCOPES)[number];
