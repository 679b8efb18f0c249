import { z } from 'zod';

/**
 * The answers of Zoom's API that we read (types of @zoom/rivet 0.4.0, and the User API's OpenAPI document of 2025-03);
 * fields that we don't use are left out. A field that carries a decision has to be there.
 */

export const tokenBody = z.object({
  access_token: z.string().min(1),
  /** Seconds. */
  expires_in: z.number().positive(),
  /** What the app may do, with spaces between. */
  scope: z.string().nullish(),
});

const userBody = z.object({
  /** Absent for pending users. */
  id: z.string().min(1).optional(),
  email: z.string().min(1),
  /** 1 Basic, 2 Licensed; others are special (3 on-prem, 4 unassigned, 99 none). */
  type: z.int(),
});
export type ListedUser = z.output<typeof userBody>;

export const userPage = z.object({
  /** Empty on the last page. */
  next_page_token: z.string().nullish(),
  total_records: z.int().nonnegative().nullish(),
  users: z.array(userBody),
});
export type UserPage = z.output<typeof userPage>;

const count = z.int().nonnegative();
export const summaryBody = z.object({
  licensed_users_count: count,
  basic_users_count: count.nullish(),
  pending_users_count: count.nullish(),
});
export type UserSummary = z.output<typeof summaryBody>;

const plan = z.object({ type: z.string().nullish(), hosts: count });
const plans = z.array(plan).nullish();
export const usageBody = z.object({
  plan_base: plan.nullish(),
  plan_zoom_one: plans,
  plan_zoom_one_premier: plans,
  plan_united: z.union([plan, z.array(plan)]).nullish(),
});
export type PlanUsage = z.output<typeof usageBody>;

/** Of a user's settings the add-ons that need a license. */
export const settingsBody = z.object({
  feature: z
    .object({
      webinar: z.boolean().nullish(),
      large_meeting: z.boolean().nullish(),
      zoom_events: z.boolean().nullish(),
      zoom_phone: z.boolean().nullish(),
    })
    .nullish(),
});
export type UserSettings = z.output<typeof settingsBody>;

export const meetingsBody = z.object({ meetings: z.array(z.unknown()) });

export const bulkBody = z.object({
  success_user_ids: z.array(z.string()).nullish(),
  fail_details: z
    .array(z.object({ user_ids: z.array(z.string()).nullish(), reason: z.string().nullish() }))
    .nullish(),
});
export type BulkAnswer = z.output<typeof bulkBody>;

export const createdBody = z.object({ email: z.string() });

const errorBody = z.object({ code: z.int().optional(), message: z.string().min(1) });
const detailedBody = z.object({
  errors: z.array(z.object({ field: z.string().optional(), message: z.string() })),
});
const tokenError = z.object({ reason: z.string().optional(), error: z.string() });

/** Zoom's own words in an error's body: `{reason, error}` of the token endpoint, `{code, message}` of the rest. */
export function readError(body: unknown): string | null {
  const oauth = tokenError.safeParse(body);
  if (oauth.success) return [oauth.data.reason, `(${oauth.data.error})`].filter(Boolean).join(' ');
  const plain = errorBody.safeParse(body);
  if (!plain.success) return null;
  const details = detailedBody.safeParse(body);
  const faults = details.success
    ? details.data.errors.map(({ field, message }) => (field ? `${field}: ${message}` : message))
    : [];
  return [plain.data.message, ...faults].join(' ');
}

/** Zoom's number of an error. */
export function readCode(body: unknown): number | null {
  const parsed = z.object({ code: z.int() }).safeParse(body);
  return parsed.success ? parsed.data.code : null;
}
