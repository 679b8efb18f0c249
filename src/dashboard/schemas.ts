import { z } from 'zod';
import { poolId } from '../../config/fields.ts';
import {
  failureDocument,
  heldLine,
  poolPlanDocument,
  poolResultDocument,
  problemDocument,
  verdict,
} from '../runs/documents.ts';
import { FORECAST_WEEKS } from '../runs/forecast.ts';

export { forecastDocument } from '../runs/forecast.ts';

/** What the HTTP API takes and gives: the checks of requests, and the OpenAPI document, are made of these. */

const text = z.string().trim().min(1).max(1_000);
const pools = z.array(poolId).max(1_000);

export const syncRequest = z.strictObject({ pools: pools.default([]).describe('All if empty') });

export const decisionRequest = z.strictObject({
  pools: pools.default([]).describe('Only the holds of these pools; all of the run if empty'),
  note: text.nullable().default(null).describe('Why, for the record'),
});

export const runsQuery = z.strictObject({
  last: z.coerce.number().int().min(1).max(1_000).default(20).describe('How many, newest first'),
});

export const eventsQuery = z.strictObject({
  after: z.string().max(40).optional().describe('As Last-Event-ID, for the first request of a page'),
});

export const poolsQuery = z.strictObject({
  pool: z
    .union([poolId.transform((id) => [id]), pools])
    .default([])
    .describe('May be given several times; all if absent'),
});

export const forecastQuery = poolsQuery.extend({
  weeks: z.coerce
    .number()
    .int()
    .min(1)
    .max(FORECAST_WEEKS.most)
    .default(FORECAST_WEEKS.usual)
    .describe('How far to look ahead'),
});

export const triggered = z.strictObject({
  run: z.string(),
  joined: z.boolean().describe('A run of these pools was under way already: this is it'),
  busy: z
    .array(z.strictObject({ pool: z.string(), run: z.string() }))
    .describe('Pools that another run is at work on'),
});

const when = z.string().describe('ISO 8601');

export const runDocument = z.strictObject({
  run: z.string(),
  trigger: z.string(),
  startedAt: when,
  endedAt: when.nullable(),
  verdict: verdict.nullable(),
  problems: z.array(problemDocument),
  pools: z.array(poolResultDocument),
  error: failureDocument.optional(),
});

export const runList = z.strictObject({
  runs: z.array(
    z.strictObject({
      run: z.string(),
      trigger: z.string(),
      startedAt: when,
      endedAt: when.nullable(),
      verdict: verdict.nullable(),
      pools: z.array(z.strictObject({ pool: z.string(), verdict: verdict.nullable() })),
    }),
  ),
  next: z
    .array(z.strictObject({ at: when, why: z.string(), pools: z.array(z.string()) }))
    .describe('Runs that will start by themselves'),
});

export const planDocument = z.strictObject({
  at: when,
  verdict,
  problems: z.array(problemDocument),
  pools: z.array(poolPlanDocument),
});

const decided = z.array(z.strictObject({ pool: z.string(), lines: z.array(heldLine) }));

export const approved = triggered.extend({ approved: decided });
export const rejected = z.strictObject({ run: z.string(), rejected: decided });

export const readiness = z.strictObject({
  ready: z.boolean(),
  problems: z.array(z.string()).describe('What keeps it from working'),
  warnings: z.array(z.string()).describe('What works but may lose something'),
  workers: z.array(z.strictObject({ beatAt: when, silent: z.boolean() })),
});

export const liveness = z.strictObject({ status: z.literal('ok') });

export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  advice: z.string(),
  faults: z.array(z.strictObject({ path: z.string(), problem: z.string() })).optional(),
});
