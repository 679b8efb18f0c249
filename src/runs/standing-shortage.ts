import { fromInstant } from '../dates.ts';
import type { RememberedShortage } from '../ledger/shortage.ts';
import type { Shortage } from '../planning/by-hand.ts';

/** After this long it is tried again even where nothing can be seen to have changed (milliseconds). */
const TRY_AGAIN = 20 * 3_600_000;

/**
 * Whether the refusal still stands: until the pool is seen to have more seats or, where none were left, fewer holders or
 * (where `who` waits is given) other people waiting; and for a day at most.
 * @param now milliseconds since the epoch.
 */
export function standingShortage(
  remembered: RememberedShortage | null,
  seen: { readonly total: number; readonly assigned: number; readonly who?: readonly string[] | undefined },
  now: number,
): Shortage | null {
  if (remembered === null) return null;
  const { kind, reason, at } = remembered;
  const others = seen.who !== undefined && seen.who.join('\n') !== remembered.who?.join('\n');
  const changed =
    kind === 'no-seats' && (seen.total !== remembered.total || seen.assigned < remembered.assigned || others);
  // Seats that were never assigned to anyone are not moved: more of them help against a quota too.
  const more = seen.total > remembered.total;
  return changed || more || now - fromInstant(at) > TRY_AGAIN ? null : { kind, reason };
}
