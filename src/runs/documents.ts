import { z } from 'zod';

/**
 * The documents that the command line prints with `--json`, the HTTP API serves and the pages show: one shape for all.
 * They are also what the ledger keeps of a run, so they are schemas as well as types; what a newer version has added to a
 * run is left out.
 */

export const verdict = z.enum(['in-sync', 'changes', 'held', 'waiting', 'failed']);

const line = z.object({ grantee: z.string(), reason: z.string() });

const unassignLine = z.object({
  grantee: z.string(),
  reason: z.string(),
  explained: z.boolean(),
  keepsOne: z.literal(true).optional(),
  approved: z.literal(true).optional(),
});

export const heldLine = z.object({
  action: z.enum(['unassign', 'increment', 'assign', 'decrement']),
  grantee: z.string().optional(),
  seats: z.number().optional(),
  renamed: z.string().optional(),
  reason: z.string(),
  guardrail: z.string(),
  /** What the held seats cost for a billing period, where the price is known. */
  money: z.object({ amount: z.number(), currency: z.string(), per: z.enum(['month', 'year']) }).optional(),
});

/** A row of the roster that could not be believed, and whom it protects. */
export const problemDocument = z.object({
  row: z.number(),
  /** The tab, where the roster has several. */
  tab: z.string().optional(),
  column: z.string(),
  value: z.string(),
  problem: z.string(),
  protects: z.array(z.string()),
});

/** What could not be read or reached as a whole. */
export const failureDocument = z.object({ message: z.string(), advice: z.string() });

const planParts = {
  unassign: z.array(unassignLine),
  increment: z.number(),
  decrement: z.number(),
  assign: z.array(line),
  held: z.array(heldLine),
  waiting: z.array(line),
  kept: z.array(line),
  unmanaged: z.array(z.string()),
  notes: z.array(z.string()),
  /** Where the price of a seat is known: what is paid for a billing period, and what this plan makes of it. */
  money: z
    .object({
      currency: z.string(),
      per: z.enum(['month', 'year']),
      paid: z.number(),
      change: z.number(),
      dueNow: z.number(),
    })
    .optional(),
};

export const seatsDocument = z.object({
  total: z.number(),
  assigned: z.number(),
  target: z.number(),
  /** Who says so, where a person buys the seats. */
  from: z.string().optional(),
});

/** A line that was tried in the run and did not succeed. `retryAt: null` is the next run. */
export const failedLine = z.object({
  grantee: z.string().nullable(),
  action: z.enum(['unassign', 'increment', 'assign', 'decrement', 'read']),
  reason: z.string(),
  retryAt: z.string().nullable(),
});

/** What one pool needs. `error` instead of the plan's parts where the pool could not be read. */
export const poolPlanDocument = z.object({
  pool: z.string(),
  provider: z.string(),
  verdict,
  seats: seatsDocument.nullable(),
  ...planParts,
  /** Only in a plan, and only where there are any: those due a seat whom the provider can't give one. */
  failed: z.array(failedLine).optional(),
  error: failureDocument.optional(),
});

export const doneDocument = z.object({
  unassigned: z.array(z.string()),
  incremented: z.number(),
  assigned: z.array(z.string()),
  decremented: z.number(),
});

/** A line that was done, with the reason that the plan gave for it. */
export const changeLine = z.object({
  action: z.enum(['unassign', 'increment', 'assign', 'decrement']),
  grantee: z.string().nullable(),
  reason: z.string(),
});

/** One pool after a run: what was done, and what is left to do. */
export const poolResultDocument = poolPlanDocument.extend({
  done: doneDocument,
  /** What was done once more, line by line and with the reasons. */
  changes: z.array(changeLine),
  failed: z.array(failedLine),
});

/** `plan --json`. */
export interface PlanDocument {
  readonly at: string;
  readonly verdict: Verdict;
  readonly problems: readonly ProblemDocument[];
  readonly pools: readonly PoolPlanDocument[];
}

/** `show --json` and `sync --wait --json`. `endedAt` and `verdict` are null while the run goes on. */
export interface RunDocument {
  readonly run: string;
  readonly trigger: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly verdict: Verdict | null;
  readonly problems: readonly ProblemDocument[];
  readonly pools: readonly PoolResultDocument[];
  readonly error?: FailureDocument;
}

/** One run in the list of `runs --json`. */
export interface RunSummary {
  readonly run: string;
  readonly trigger: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly verdict: Verdict | null;
  readonly pools: readonly { readonly pool: string; readonly verdict: Verdict | null }[];
}

export type Verdict = z.infer<typeof verdict>;
export type ProblemDocument = z.infer<typeof problemDocument>;
export type FailureDocument = z.infer<typeof failureDocument>;
export type PoolPlanDocument = z.infer<typeof poolPlanDocument>;
export type PoolResultDocument = z.infer<typeof poolResultDocument>;
export type FailedLine = z.infer<typeof failedLine>;
export type ChangeLine = z.infer<typeof changeLine>;
export type DoneDocument = z.infer<typeof doneDocument>;
