import { z } from 'zod';

/**
 * The answers of Salable API v1 that we read, by its reference (docs.salable.app/api/v1); fields that we don't use are
 * left out. A field that carries a decision has to be there: a license without `subscriptionUuid` would belong to
 * nobody, and the pool would look empty.
 */
export const subscriptionBody = z.object({
  uuid: z.string().min(1),
  planUuid: z.string().min(1),
  quantity: z.int().nonnegative(),
  status: z.string().min(1),
});
export type Subscription = z.output<typeof subscriptionBody>;

export const licenseBody = z.object({
  uuid: z.string().min(1),
  subscriptionUuid: z.string().nullable(),
  granteeId: z.string().nullable(),
  status: z.string().min(1),
});
export type License = z.output<typeof licenseBody>;

/** GET /licenses has no pages in v1: a bare list of the whole organization. */
export const licenseList = z.array(licenseBody);

/** What PUT /licenses answers is compared with the request by these two alone. */
export const updatedLicenses = z.array(licenseBody.pick({ uuid: true, granteeId: true }));
export type UpdatedLicense = z.output<typeof updatedLicenses>[number];

export const licenseCount = z.object({
  count: z.int().nonnegative(),
  assigned: z.int().nonnegative(),
  unassigned: z.int().nonnegative(),
});
export type LicenseCount = z.output<typeof licenseCount>;

/**
 * `perSeatAmount` is the least number of seats, `maxSeatAmount` the most, -1 for unlimited (prisma/schema.prisma of
 * Salable/node-sdk). v1's sample doesn't show the second.
 */
export const planBody = z.object({
  uuid: z.string().min(1),
  perSeatAmount: z.int().nullish(),
  maxSeatAmount: z.int().nullish(),
});
export type Plan = z.output<typeof planBody>;

/** Only where a payment integration has to confirm; otherwise the answer is empty and the change is made. */
export const seatsAnswer = z.object({ eventUuid: z.string().min(1) });

export const eventBody = z.object({
  status: z.string().min(1),
  errorMessage: z.string().nullish(),
  errorCode: z.string().nullish(),
});
export type Event = z.output<typeof eventBody>;

const errorBody = z.object({ error: z.string().min(1) });
const validationBody = z.object({ validationErrors: z.array(z.unknown()).min(1) });
const validationError = z.object({
  property: z.union([z.string(), z.number()]).optional(),
  error: z.unknown(),
});

/** Salable's own words in an error's body: `{error}`, or `{validationErrors}` that may be nested. Null without any. */
export function readError(body: unknown): string | null {
  const plain = errorBody.safeParse(body);
  if (plain.success) return plain.data.error;
  const validation = validationBody.safeParse(body);
  if (!validation.success) return null;
  return validation.data.validationErrors.flatMap((fault) => faultsIn(fault)).join('; ') || null;
}

function faultsIn(fault: unknown, within = '', depth = 0): string[] {
  const parsed = validationError.safeParse(fault);
  if (!parsed.success || depth > 5) return [];
  const { property, error } = parsed.data;
  const place = [within, property].filter((part) => part !== undefined && part !== '').join('.');
  if (typeof error === 'string') return [place === '' ? error : `${place}: ${error}`];
  return Array.isArray(error) ? error.flatMap((nested) => faultsIn(nested, place, depth + 1)) : [];
}
