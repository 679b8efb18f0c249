import type { Intent } from './intents.ts';

/** A total that was true at one moment (milliseconds since the epoch). */
export interface KnownTotal {
  readonly total: number;
  readonly at: number;
}

/**
 * What one process has seen of the pools' seats. It outlives the ledger: what a flushed or older ledger no longer knows
 * of a change of seats, this process may still know.
 */
export interface SeatsSeen {
  sawTotal(pool: string, seen: KnownTotal): void;
  /** The last total that was read; null if none was. */
  total(pool: string): KnownTotal | null;
  /** A change of seats that stands in the ledger, or is about to. */
  sawIntent(intent: Intent): void;
  /** The change with this operation id is over. */
  forgetIntent(operation: string): void;
  /** All changes of seats that are not known to be over; at most one a pool. */
  intents(): readonly Intent[];
}

export function nothingSeen(): SeatsSeen {
  const totals = new Map<string, KnownTotal>();
  const intents = new Map<string, Intent>();
  return {
    sawTotal: (pool, seen) => void totals.set(pool, seen),
    total: (pool) => totals.get(pool) ?? null,
    sawIntent: (intent) => void intents.set(intent.pool, intent),
    forgetIntent: (operation) => {
      for (const [pool, intent] of intents) if (intent.operation === operation) intents.delete(pool);
    },
    intents: () => [...intents.values()],
  };
}
