import { z } from 'zod';
import { TROUBLES } from '../src/notify/message.ts';

/**
 * What the jobs carry: ids, and nothing else. Who is concerned stands in the ledger; secrets stand in the
 * configuration of the process that does the work. What a newer version adds is nothing to an older one.
 */

/** Names of the jobs, as they stand on the queues. */
export const JOB = {
  syncRoster: 'sync-roster',
  syncPool: 'sync-pool',
  unassign: 'unassign-licenses',
  increment: 'increment-seats',
  assign: 'assign-licenses',
  decrement: 'decrement-seats',
  notify: 'notify',
  heartbeat: 'heartbeat',
} as const;

/** `run: null` is a retry that was put off: it starts a run of its own when its time comes. */
export const syncRosterPayload = z.object({
  run: z.string().nullable(),
  pools: z.array(z.string()),
});

export const syncPoolPayload = z.object({ run: z.string(), pool: z.string() });

export const stagePayload = z.object({
  run: z.string(),
  pool: z.string(),
  /** The fence token of the execution that set out the work: it is refused when another has taken over. */
  token: z.string(),
  /** Which lines of the stage's work, for jobs on people: from, and up to but not including. */
  from: z.number(),
  to: z.number(),
});

/** One notification: of what a run left behind in a pool, to one of the configured receivers. */
export const notifyPayload = z.object({
  run: z.string(),
  pool: z.string(),
  kind: z.enum([...TROUBLES, 'recovered']),
  receiver: z.number(),
});

/** Tells a monitor that a run has ended well. */
export const heartbeatPayload = z.object({ run: z.string() });

export type HeartbeatPayload = z.infer<typeof heartbeatPayload>;
export type NotifyPayload = z.infer<typeof notifyPayload>;
export type SyncRosterPayload = z.infer<typeof syncRosterPayload>;
export type SyncPoolPayload = z.infer<typeof syncPoolPayload>;
export type StagePayload = z.infer<typeof stagePayload>;
