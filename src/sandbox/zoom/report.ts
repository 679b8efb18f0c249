import { z } from 'zod';
import { zoomSettings } from './options.ts';
import { holdsSeat, licensed, type ZoomState } from './state.ts';

/** The live state of the stand-in, whatever its reads show. */
export const zoomReport = z.object({
  settings: zoomSettings,
  accountId: z.string(),
  /** Seats that are paid for, taken, and free. */
  seats: z.object({ total: z.number(), taken: z.number(), free: z.number() }),
  /** Emails of those who hold a seat, sorted. */
  assigned: z.array(z.string()),
  users: z.array(z.object({ id: z.string(), email: z.string(), type: z.number(), status: z.string() })),
  tokensIssued: z.number(),
});
export type ZoomReport = Readonly<z.output<typeof zoomReport>>;

/** A copy: later changes don't show in it. */
export function reportOf(state: ZoomState): ZoomReport {
  const { settings, accountId, plan, users, tokensIssued } = state;
  const taken = licensed(state);
  return {
    settings: structuredClone(settings),
    accountId,
    seats: { total: plan.hosts, taken, free: plan.hosts - taken },
    assigned: users
      .filter((user) => holdsSeat(state, user))
      .map(({ email }) => email)
      .sort(),
    users: users.map(({ id, email, type, status }) => ({ id, email, type, status })),
    tokensIssued,
  };
}
