import { dropNote } from './by-hand.ts';
import { isApproved } from './decisions.ts';
import type { Demand } from './demand.ts';
import { type Suspicion, seatsText } from './guardrails.ts';
import type { Holders } from './holders.ts';
import type { Joiner } from './joiners.ts';
import { peakDemand } from './peak.ts';
import type { SeatCount } from './seats.ts';
import type { HeldLine, PlanInput } from './types.ts';

export interface Trimmed {
  readonly decrement: number;
  /** Seats that are not needed, whether they are given back now or not. */
  readonly surplus: number;
  readonly held: readonly HeldLine[];
  readonly approved: readonly HeldLine[];
  readonly notes: readonly string[];
}

/** Who has a seat, who gets one, and who will need one. */
export interface Cast {
  readonly demands: ReadonlyMap<string, Demand>;
  readonly holders: Holders;
  readonly joiners: readonly Joiner[];
}

/**
 * Gives back what neither today nor a cohort that starts within `keepUnusedDays` needs (rule 15).
 * @param left free seats that this plan assigns to nobody.
 */
export function trimSeats(
  input: PlanInput,
  cast: Cast,
  seats: SeatCount,
  left: number,
  suspicion: Suspicion | null,
): Trimmed {
  const { state, policy } = input;
  const idle = Math.min(left, state.total - seats.wanted);
  if (idle <= 0) return { decrement: 0, surplus: 0, held: [], approved: [], notes: [] };

  const coming = comingNeed(input, cast, seats);
  const surplus = Math.max(0, Math.min(idle, state.total - coming.seats));
  const kept = idle - surplus;
  const notes =
    kept > 0 ? [`${seatsText(kept)} free and kept: ${coming.seats} are needed on ${coming.on}`] : [];
  if (surplus === 0) return { decrement: 0, surplus, held: [], approved: [], notes };
  if (!policy.changesTotal)
    return { decrement: 0, surplus, held: [], approved: [], notes: [...notes, dropNote(input, surplus)] };
  if (suspicion === null) return { decrement: surplus, surplus, held: [], approved: [], notes };
  const { guardrail, reason } = suspicion;
  const line: HeldLine = { action: 'decrement', seats: surplus, reason, guardrail };
  if (isApproved(input, line)) return { decrement: surplus, surplus, held: [], approved: [line], notes };
  return { decrement: 0, surplus, held: [line], approved: [], notes };
}

/** The most seats needed on one day from today to `keepUnusedDays` ahead, and the day. */
function comingNeed(input: PlanInput, { demands, holders, joiners }: Cast, seats: SeatCount) {
  const { today, policy } = input;
  const released = new Set(seats.gaps.released);
  const between = holders.gaps.filter((gap) => !released.has(gap));
  const shielded = joiners.filter((joiner) => joiner.isProtected);
  // Whoever has a seat for as long as we can see, whatever the roster's dates: unmanaged, frozen, pending, duplicates.
  const others = seats.occupied - holders.entitled - between.length + shielded.length;
  const peak = peakDemand(demands.values(), {
    today,
    days: policy.seats.keepUnusedDays,
    without: new Set([...holders.unmanaged, ...holders.frozen, ...shielded].map((each) => each.key)),
    keeping: new Set(between.map((gap) => gap.key)),
  });
  return { seats: others + peak.grantees + policy.seats.spare, on: peak.on };
}
