import { z } from 'zod';
import type { PoolConfig } from '../../config/schema.ts';
import { forecastPool, type PoolForecast } from '../planning/forecast.ts';
import { cents, type KnownPrice, knownPrice } from '../planning/money.ts';
import type { Roster } from '../roster/types.ts';
import { failureDocument } from './documents.ts';
import { inspectPool } from './inspect.ts';
import { failureOf, type PreviewContext } from './preview.ts';

const date = z.string();

export const poolForecastDocument = z.strictObject({
  pool: z.string(),
  /** Seats paid for now; null where the pool could not be read, and then there are no days. */
  paid: z.number().nullable(),
  days: z.array(
    z.strictObject({
      date,
      entitled: z.number(),
      needed: z.number(),
      paid: z.number(),
      shortfall: z.number(),
      surplus: z.number(),
    }),
  ),
  peak: z.strictObject({ date, needed: z.number() }).nullable(),
  /** The first day on which seats are missing, and how many; null if none is. */
  shortfall: z.strictObject({ date, seats: z.number() }).nullable(),
  /** `manual`: a person buys and drops seats. */
  changes: z.enum(['api', 'manual']).nullable(),
  /** Each further shortfall, with the last day on which its seats can be bought. */
  buy: z.array(z.strictObject({ date, seats: z.number(), buyBy: date })),
  /** The first day on which seats are given back, or have to be by hand. */
  drop: z.strictObject({ from: date, seats: z.number() }).nullable(),
  /** Where the price is known: what the seats cost for a billing period now, and at the peak. */
  money: z
    .strictObject({
      currency: z.string(),
      per: z.enum(['month', 'year']),
      paid: z.number(),
      peak: z.number(),
    })
    .optional(),
  error: failureDocument.optional(),
});

/** `forecast --json` and `GET /api/forecast`. */
export const forecastDocument = z.strictObject({ pools: z.array(poolForecastDocument) });

export type PoolForecastDocument = z.infer<typeof poolForecastDocument>;
export type ForecastDocument = z.infer<typeof forecastDocument>;

/** Weeks that a forecast looks ahead unless told otherwise, and at most. */
export const FORECAST_WEEKS = { usual: 8, most: 104 } as const;

/** Seats needed on each coming day in each of the pools, by the roster as it is. Only reads. */
export async function forecastPools(
  context: PreviewContext,
  roster: Roster,
  pools: readonly PoolConfig[],
  weeks: number = FORECAST_WEEKS.usual,
): Promise<ForecastDocument> {
  return { pools: await Promise.all(pools.map((pool) => forecastOne(context, roster, pool, weeks))) };
}

async function forecastOne(
  context: PreviewContext,
  roster: Roster,
  pool: PoolConfig,
  weeks: number,
): Promise<PoolForecastDocument> {
  try {
    const { input, provider } = await inspectPool(context, roster, pool, context.clock.now());
    const forecast = forecastPool(input, weeks);
    const price = knownPrice(input.policy.seats.price);
    return {
      ...forecast,
      days: [...forecast.days],
      buy: [...forecast.buy],
      changes: provider.capabilities.changesTotal ? 'api' : 'manual',
      ...(price === null ? {} : { money: moneyOf(price, forecast) }),
    };
  } catch (cause) {
    const nothing = { paid: null, peak: null, shortfall: null, changes: null, drop: null };
    return { pool: pool.id, ...nothing, days: [], buy: [], error: failureOf(cause) };
  }
}

function moneyOf({ amount, currency, per }: KnownPrice, { paid, peak }: PoolForecast) {
  return { currency, per, paid: cents(paid * amount), peak: cents(peak.needed * amount) };
}
