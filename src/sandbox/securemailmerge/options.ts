import { z } from 'zod';

/** The subscription that a sandbox has unless its options name others: the ids of the reference's examples. */
export const SANDBOX_SECUREMAILMERGE = {
  subscriptionType: 'Paddle',
  subscriptionId: 'ff3d3cf5-5388-40a0-915f-970c1d2d972f',
  apiKey: '4024d0d8-9a7d-4ac3-9e61-efaeb7c278df',
} as const;

const count = z.int().nonnegative();

/** How the server behaves where the reference is silent; every one can be changed while it runs. */
export const secureMailMergeSettings = z.strictObject({
  /** Assigning an address that is assigned already: nothing to do (200), or an error (400). */
  reassign: z.enum(['accepted', 'refused']).default('accepted'),
  /** A request that fails with 400 or 402: applied not at all, or for those addresses that nothing stands against. */
  failedBatch: z.enum(['nothing', 'in-part']).default('nothing'),
  /** Whether two spellings of one address, by case, are duplicates within a request. */
  duplicates: z.enum(['any-case', 'exact']).default('any-case'),
  /** What `availableLicenses` counts: all licenses of the subscription, or those that are not assigned. */
  availableLicenses: z.enum(['total', 'free']).default('total'),
  /** Whether `errors` names the addresses at fault and what is wrong with them. */
  errors: z.enum(['named', 'opaque']).default('named'),
  /** How a request with addresses at fault is answered: 400, or 200 with `success: false`. */
  failure: z.enum(['status', 'body']).default('status'),
  /** For which addresses of a request licenses are needed: those not assigned yet, or all of them. */
  needs: z.enum(['new', 'all']).default('new'),
  /** Addresses that are refused although they look well. */
  refused: z.array(z.string()).default([]),
});

const subscriptionOptions = z.strictObject({
  type: z.enum(['Paddle', 'Azure', 'Manual']).default(SANDBOX_SECUREMAILMERGE.subscriptionType),
  id: z.guid().default(SANDBOX_SECUREMAILMERGE.subscriptionId),
  apiKey: z.guid().default(SANDBOX_SECUREMAILMERGE.apiKey),
  licenses: count.default(1),
  assigned: z.array(z.string()).default([]),
});

export const secureMailMergeOptions = z.strictObject({
  subscriptions: z.array(subscriptionOptions).prefault([{}]),
  settings: secureMailMergeSettings.prefault({}),
});

/** What the owner does on the licensing server's pages, behind the API's back, in the order of the fields. */
export const secureMailMergeEdit = z.strictObject({
  /** Default: the first subscription. */
  subscription: z.guid().optional(),
  unassign: z.array(z.string()).default([]),
  /** Licenses to buy, or with a minus sign to drop (unassigned ones only). */
  licenses: z.int().default(0),
  assign: z.array(z.string()).default([]),
  /** Regenerates the key: this is the new one, and the old one is worthless at once. */
  apiKey: z.guid().optional(),
});

export type SecureMailMergeOptions = z.input<typeof secureMailMergeOptions>;
export type SecureMailMergeSettings = z.output<typeof secureMailMergeSettings>;
export type SecureMailMergeSettingsChange = z.input<typeof secureMailMergeSettings>;
export type SecureMailMergeEdit = z.input<typeof secureMailMergeEdit>;
