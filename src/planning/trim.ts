import type { Demand } from './demand.ts';
import { type Suspicion, seatsText } from './guardrails.ts';
import type { Holders } from './holders.ts';
import { type Peak, peakDemand } from './peak.ts';
import type { SeatCount } from './seats.ts';
import type { HeldLine, PlanInput } from './types.ts';

export interface Trimmed {
  readonly decrement: number;
  /** Seats that are not needed, whether they are given back now or not. */
  readonly surplus: number;
  readonly held: readonly HeldLine[];
  readonly notes: readonly string[];
}

/**
 * Gives back what neither today nor a cohort that starts within `keepUnusedDays` needs (rule 15).
 * @param left free seats that this plan assigns to nobody.
 */
export function trimSeats(
  input: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  holders: Holders,
  seats: SeatCount,
  left: number,
  suspicion: Suspicion | null,
): Trimmed {
  const { state, policy } = input;
  const idle = Math.min(left, state.total - seats.wanted);
  if (idle <= 0) return { decrement: 0, surplus: 0, held: [], notes: [] };

  const peak = peakToCome(input, demands, holders, seats);
  // Whoever stays without being counted in the peak: unmanaged, frozen, pending, duplicates.
  const others = seats.occupied - holders.entitled - (holders.gaps.length - seats.gaps.released.length);
  const needed = others + peak.grantees + policy.seats.spare;
  const surplus = Math.max(0, Math.min(idle, state.total - needed));
  const kept = idle - surplus;
  const notes = kept > 0 ? [`${seatsText(kept)} free and kept: ${needed} are needed on ${peak.on}`] : [];
  if (surplus === 0) return { decrement: 0, surplus, held: [], notes };
  if (!policy.changesTotal) {
    const them = surplus === 1 ? 'it' : 'them';
    const drop = `${seatsText(surplus)} not needed: drop ${them} where ${them === 'it' ? 'it was' : 'they were'} bought`;
    return { decrement: 0, surplus, held: [], notes: [...notes, drop] };
  }
  if (suspicion === null) return { decrement: surplus, surplus, held: [], notes };
  return { decrement: 0, surplus, held: [{ action: 'decrement', seats: surplus, ...suspicion }], notes };
}

function peakToCome(
  { today, policy }: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  holders: Holders,
  seats: SeatCount,
): Peak {
  return peakDemand(demands.values(), {
    today,
    days: policy.seats.keepUnusedDays,
    without: new Set([...holders.unmanaged, ...holders.frozen].map((each) => each.key)),
    keeping: new Set(holders.gaps.filter((gap) => !seats.gaps.released.includes(gap)).map((gap) => gap.key)),
  });
}
