import { daysBetween, type IsoDate } from '../dates.ts';
import { dropAtRenewalNote, dropNote } from './by-hand.ts';
import { type Cast, comingNeed, countedElsewhere, inGapOn, lastingSeats } from './coming.ts';
import { isApproved } from './decisions.ts';
import { compareText } from './demand.ts';
import { type Suspicion, seatsText } from './guardrails.ts';
import { keepingOf } from './keeping.ts';
import { peakDemand } from './peak.ts';
import { floorOf, type SeatCount } from './seats.ts';
import type { Keeping } from './terms.ts';
import type { HeldLine, PlanInput } from './types.ts';

export interface Trimmed {
  readonly decrement: number;
  /** Seats that are not needed, whether they are given back now or not. */
  readonly surplus: number;
  readonly held: readonly HeldLine[];
  readonly approved: readonly HeldLine[];
  readonly notes: readonly string[];
}

/**
 * Gives back what neither today nor a coming cohort needs that is worth keeping a seat for (rule 15): one that starts
 * within `keepUnusedDays`, or by the pool's price one for which buying the seat again would cost as much.
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
  const keeping = keepingOf(input);
  const announced = policy.changesTotal ? null : announcedDrop(input, cast, seats, keeping);
  const idle = Math.min(left, state.total - seats.wanted);
  if (idle <= 0) return { ...nothing, notes: announced?.notes ?? [] };
  if (announced !== null)
    return { ...nothing, surplus: Math.min(idle, announced.seats), notes: announced.notes };
  if (keeping?.kind === 'paid')
    return {
      ...nothing,
      notes: [`${seatsText(idle)} free and kept: paid until the renewal on ${keeping.renewal}`],
    };

  const coming = comingNeed(input, cast, seats, keeping);
  const surplus = Math.max(0, Math.min(idle, state.total - coming.seats));
  const kept = idle - surplus;
  const notes =
    kept > 0
      ? [
          `${seatsText(kept)} free and kept: ${coming.seats} are needed on ${coming.on}${forWhom(input, cast, coming.on)}`,
        ]
      : [];
  if (surplus === 0) return { ...nothing, notes };
  if (!policy.changesTotal) return { ...nothing, surplus, notes: [...notes, dropNote(input, surplus)] };
  if (suspicion === null) return { ...nothing, decrement: surplus, surplus, notes };
  const { guardrail, reason } = suspicion;
  const line: HeldLine = { action: 'decrement', seats: surplus, reason, guardrail };
  if (isApproved(input, line)) return { ...nothing, decrement: surplus, surplus, approved: [line], notes };
  return { ...nothing, surplus, held: [line], notes };
}

/** The cohorts for which seats are due by a day that are not due today. */
function forWhom({ today }: PlanInput, { demands }: Cast, on: IsoDate): string {
  const coming = [...demands.values()].flatMap(({ active }) =>
    active.filter(({ from, to }) => today < from && from <= on && on <= to).map(({ cohort }) => cohort),
  );
  const cohorts = [...new Set(coming)].sort(compareText);
  if (cohorts.length === 0) return '';
  return ` for ${cohorts.length === 1 ? 'cohort' : 'cohorts'} ${cohorts.join(', ')}`;
}

const nothing: Trimmed = { decrement: 0, surplus: 0, held: [], approved: [], notes: [] };

/**
 * What a person is to drop where it counts at the renewal, whatever is taken until then: told from `leadDays` before it
 * on, and not before, so that it is asked once. Null where the price does not say that it is so.
 */
function announcedDrop(
  input: PlanInput,
  cast: Cast,
  seats: SeatCount,
  keeping: Keeping | null,
): { readonly seats: number; readonly notes: string[] } | null {
  const { policy, state } = input;
  if (keeping === null || keeping.renewal === null) return null;
  const free = state.total - seats.wanted;
  if (keeping.kind === 'paid') {
    const notes = [
      `${seatsText(free)} not needed today, paid until the renewal on ${keeping.renewal}: what to drop is told on ${keeping.decidedOn}`,
    ];
    return { seats: 0, notes: free > 0 ? notes : [] };
  }
  const peak = peakDemand(cast.demands.values(), {
    today: keeping.renewal,
    days: daysBetween(keeping.renewal, keeping.day),
    by: 'due',
    without: countedElsewhere(cast),
    keeping: new Set(inGapOn(input, cast, keeping.renewal)),
  });
  const needed = Math.max(lastingSeats(cast, seats) + peak.grantees + policy.seats.spare, floorOf(input));
  const drop = Math.max(0, state.total - needed);
  return { seats: drop, notes: drop === 0 ? [] : [dropAtRenewalNote(input, drop, keeping.renewal)] };
}
