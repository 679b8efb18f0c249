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
  /** A change of seats that stands in the ledger, or is about to. An older state of it changes nothing. */
  sawIntent(intent: Intent): void;
  /** The change with this operation id is over. */
  forgetIntent(operation: string): void;
  /** All changes of seats that are not known to be over; at most one a pool. */
  intents(): readonly Intent[];
}

const STATES: readonly Intent['state'][] = ['prepared', 'sending', 'unknown', 'following', 'in-doubt'];

/** How far a change of seats has come. It never goes back. */
export function progressOf({ state }: Intent): number {
  return STATES.indexOf(state);
}

export function nothingSeen(): SeatsSeen {
  const totals = new Map<string, KnownTotal>();
  const intents = new Map<string, Intent>();
  return {
    sawTotal: (pool, seen) => void totals.set(pool, seen),
    total: (pool) => totals.get(pool) ?? null,
    sawIntent: (intent) => {
      const before = intents.get(intent.pool);
      const older = before?.operation === intent.operation && progressOf(before) > progressOf(intent);
      if (!older) intents.set(intent.pool, intent);
    },
    forgetIntent: (operation) => {
      for (const [pool, intent] of intents) if (intent.operation === operation) intents.delete(pool);
    },
    intents: () => [...intents.values()],
  };
}
