import { z } from 'zod';
import { shortHash } from '../src/short-hash.ts';
import { baseUrl, isoDate, poolId, settings, text, wholeNumber } from './fields.ts';

const price = settings({
  amount: z.number().positive().optional().describe('Of one seat for one period'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: 'expected a currency code as EUR or USD' })
    .optional(),
  per: z.enum(['month', 'year']).default('month').describe('The billing period'),
  billing: z
    .enum(['prorated', 'in-advance'])
    .optional()
    .describe(
      'prorated: a seat bought within a period costs the days that are left of it; in-advance: the whole period',
    ),
  reduce: z
    .enum(['anytime', 'renewal'])
    .optional()
    .describe(
      'When giving seats back begins to save: anytime (where prorated, the days left are credited), or at the next renewal',
    ),
  renewsOn: isoDate.optional().describe('Any first day of a billing period, past or coming'),
}).refine(({ amount, currency }) => (amount === undefined) === (currency === undefined), {
  path: ['currency'],
  error: 'amount and currency go together',
});

const seats = settings({
  min: wholeNumber(0).default(1).describe('Never fewer seats than this'),
  max: wholeNumber(1).nullable().default(null).describe('Never more seats than this; no limit if absent'),
  spare: wholeNumber(0).default(0).describe('Free seats to keep beyond those needed'),
  keepUnusedDays: wholeNumber(0)
    .default(14)
    .describe('A seat that a cohort needs within this many days, today included, is kept'),
  settleSeconds: wholeNumber(1)
    .default(900)
    .describe('How long a change of quantity may take to show before it counts as not applied'),
  leadDays: wholeNumber(0, 365)
    .optional()
    .describe(
      'How many days a change of seats is decided before it has to count: a purchase by hand (0 if absent), a reduction before the renewal (the last run before it if absent)',
    ),
  price: price
    .optional()
    .describe(
      'With billing, reduce and renewsOn it decides what is given back when, in place of keepUnusedDays',
    ),
})
  .refine(({ min, max }) => max === null || min <= max, { path: ['min'], error: 'is larger than seats.max' })
  .prefault({});

/** What every pool has. */
const common = {
  id: poolId.describe('The name of the pool in commands, messages and the roster'),
  seats: seats.describe('Limits of the number of seats'),
  protect: z
    .array(text)
    .default([])
    .describe('Grantees whose seats are never touched; * stands for any characters'),
};

const purchasedSeats = wholeNumber(0).nullable().default(null);

const salable = settings({
  ...common,
  provider: z.literal('salable'),
  baseUrl: baseUrl.prefault('https://api.salable.app'),
  version: z.literal('v1').default('v1').describe('The version of the API, sent with every request'),
  apiKey: text,
  subscriptionUuid: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, { error: 'expected a UUID as 5a928004-a2ef-4e00-8343-c8e7d40b4b41' }),
  proration: z.enum(['create_prorations', 'none', 'always_invoice']).default('create_prorations'),
  grantee: text.default('email').describe('email, or the header of the column that holds the granteeId'),
});

const zoom = settings({
  ...common,
  provider: z.literal('zoom'),
  baseUrl: baseUrl.prefault('https://api.zoom.us/v2'),
  oauthUrl: baseUrl.prefault('https://zoom.us/oauth/token'),
  accountId: text,
  clientId: text,
  clientSecret: text,
  tier: z.enum(['pro', 'business']).default('pro').describe("The account's rate limits"),
  seatChanges: z
    .enum(['manual', 'partner'])
    .default('manual')
    .describe('partner: by API, for approved partner accounts only; manual: a person buys and drops seats'),
  purchasedSeats: purchasedSeats.describe("Used where the account's usage can't be read"),
  createUsers: z.boolean().default(false).describe('Invite an instructor who has no Zoom user'),
});

const secureMailMerge = settings({
  ...common,
  provider: z.literal('securemailmerge'),
  baseUrl: baseUrl.prefault('https://licensing.solinventum.com'),
  subscriptionType: z.enum(['Paddle', 'Azure', 'Manual']),
  subscriptionId: text,
  apiKey: text,
  purchasedSeats: purchasedSeats.describe('What the portal shows; needed until an answer has told the total'),
});

export const poolSchema = z.discriminatedUnion('provider', [salable, zoom, secureMailMerge], {
  error: ({ code }) => (code === 'invalid_union' ? 'expected salable, zoom or securemailmerge' : undefined),
});

export type SalablePoolConfig = z.infer<typeof salable>;
export type ZoomPoolConfig = z.infer<typeof zoom>;
export type SecureMailMergePoolConfig = z.infer<typeof secureMailMerge>;
/** One pool, told apart by `provider`. */
export type PoolConfig = z.infer<typeof poolSchema>;
export type SeatPriceConfig = z.infer<typeof price>;
export type SeatsConfig = z.infer<typeof seats>;

/** Of a pool what says at which account its seats are, whatever else is set or faulty. */
export const accountSchema = z.discriminatedUnion('provider', [
  salable.pick({ provider: true, baseUrl: true, subscriptionUuid: true }).strip(),
  zoom.pick({ provider: true, baseUrl: true, accountId: true }).strip(),
  secureMailMerge
    .pick({ provider: true, baseUrl: true, subscriptionType: true, subscriptionId: true })
    .strip(),
]);

export type PoolAccount = z.infer<typeof accountSchema>;

/**
 * Names the account at which a pool's seats are: the same text for every way to write it, and for two pools only where
 * they are the same seats. It holds no key, but ids that may come from the environment: show or store only its hash.
 */
export function accountOf(pool: PoolAccount): string {
  return JSON.stringify([pool.provider, placeOf(pool.baseUrl), ...seatsOf(pool)]);
}

/** Names a pool's account in the ledger, and tells nothing of it. */
export function accountHash(pool: PoolAccount): string {
  return shortHash(accountOf(pool));
}

function seatsOf(pool: PoolAccount): string[] {
  switch (pool.provider) {
    case 'salable':
      return [pool.subscriptionUuid.toLowerCase()];
    case 'zoom':
      return [pool.accountId];
    case 'securemailmerge':
      return [pool.subscriptionType, pool.subscriptionId];
  }
}

/** A URL with its host in lower case and without the port that goes without saying. */
function placeOf(url: string): string {
  return new URL(url).href.replace(/\/+$/, '');
}
