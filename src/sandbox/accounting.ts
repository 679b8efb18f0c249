import { z } from 'zod';
import { type Clock, toInstant } from '../dates.ts';
import type { Effect } from './log.ts';

/** What an invoice would be made of: the seats of one subscription over time, by the sandbox's clock. */
export const seatAccount = z.object({
  provider: z.string(),
  subscription: z.string(),
  /** Each total and since when, oldest first; the first entry is the start. */
  timeline: z.array(z.object({ at: z.string(), total: z.number() })),
  /** Seats added and removed by the API; what people did in the portal is in the timeline alone. */
  bought: z.number(),
  givenBack: z.number(),
  peak: z.number(),
  /** Seats times hours, from the start to now. */
  seatHours: z.number(),
});
export type SeatAccount = Readonly<z.output<typeof seatAccount>>;

export interface Accounting {
  /** Starts the account of a subscription anew. */
  opened(provider: string, subscription: string, total: number): void;
  changed(subscription: string, change: { at: number; by: Effect['by']; from: number; to: number }): void;
  accounts(): readonly SeatAccount[];
}

interface OpenAccount {
  readonly provider: string;
  readonly totals: { readonly at: number; readonly total: number }[];
  bought: number;
  givenBack: number;
}

export function makeAccounting(clock: Clock, beforeRead: () => void): Accounting {
  const open = new Map<string, OpenAccount>();
  return {
    opened: (provider, subscription, total) => {
      open.set(subscription, { provider, totals: [{ at: clock.now(), total }], bought: 0, givenBack: 0 });
    },
    changed: (subscription, { at, by, from, to }) => {
      const account = open.get(subscription);
      if (account === undefined) return;
      account.totals.push({ at, total: to });
      if (by === 'api') account.bought += Math.max(0, to - from);
      if (by === 'api') account.givenBack += Math.max(0, from - to);
    },
    accounts: () => {
      beforeRead();
      return [...open].map(([subscription, { provider, totals, bought, givenBack }]) => ({
        provider,
        subscription,
        timeline: totals.map(({ at, total }) => ({ at: toInstant(at), total })),
        bought,
        givenBack,
        peak: Math.max(...totals.map(({ total }) => total)),
        seatHours: totals.reduce((sum, { at, total }, place) => {
          const until = totals[place + 1]?.at ?? clock.now();
          return sum + (total * (until - at)) / 3_600_000;
        }, 0),
      }));
    },
  };
}
