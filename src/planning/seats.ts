import { type Cast, comingNeed, type Taken } from './coming.ts';
import { compareText } from './demand.ts';
import type { GuardedRemovals, Suspicion } from './guardrails.ts';
import type { GapKeeper, Leaver } from './holders.ts';
import { keepingOf } from './keeping.ts';
import type { PlanInput, PlanLine } from './types.ts';

/** What is suspected of the roster and of the provider's state. */
export interface Suspicions {
  readonly roster: Suspicion | null;
  readonly drift: Suspicion | null;
}

/** The pool's seats as they will be once those that this plan frees are free. */
export interface SeatCount {
  /** Seats that are assigned. */
  readonly occupied: number;
  /** Seats that can be assigned. */
  readonly free: number;
  /** The total that everyone due a seat needs today, the spare seats and the lower limits included. */
  readonly wanted: number;
  /** Seats to buy to get there. */
  readonly missing: number;
  /** Joiners for whom nothing is bought, since a seat is still to be freed and there is time. */
  readonly waiting: number;
  /** Removals to make now, those between two cohorts not included. */
  readonly going: GuardedRemovals['going'];
  readonly gaps: Gaps;
}

/** The fewest seats that the pool may have, by the configuration and by the provider's plan. */
export function floorOf({ policy, state }: PlanInput): number {
  return Math.max(policy.seats.min, state.limits.min);
}

/** What becomes of those between two cohorts. */
interface Gaps {
  /** Those whose seats others need today. */
  readonly released: readonly GapKeeper[];
  /** Those whose seats are not worth their price until they are due again. */
  readonly idle: readonly GapKeeper[];
  readonly kept: readonly GapKeeper[];
  /** Seats that would be released, but can't be now: waited for like any other. */
  readonly pending: number;
}

/**
 * Counts what is there and what is missing. Removals that are held or failed, or whose stage is over, leave their seats
 * pending: those whose cohort is far enough off wait for them, and so do the spare seats; for the rest more are bought.
 */
export function countSeats(
  input: PlanInput,
  { demands, holders, joiners }: Cast,
  removals: GuardedRemovals,
  suspicions: Suspicions,
): SeatCount {
  const { stage, state, policy } = input;
  const going = removals.going.filter((leaver) => !stage.failed.has(leaver.key));
  const freed = stage.removalsDone ? 0 : seatsOf(going);
  const stuck = seatsOf(holders.leavers) - seatsOf(removals.rejected.map(({ leaver }) => leaver)) - freed;
  const candidates = joiners.filter((joiner) => !stage.failed.has(joiner.key));
  const urgent = candidates.filter((joiner) => joiner.urgent).length;
  const patient = candidates.length - urgent;

  const floor = floorOf(input);
  // What a minimum makes us buy in any case needs nobody's seat.
  const supply = policy.changesTotal ? Math.max(state.total, floor) : state.total;
  const lacking =
    candidates.length === 0 ? 0 : Math.max(0, candidates.length - (supply - holders.seats + freed));
  const waitsForStuck = Math.min(stuck, lacking, patient);
  const short = { all: lacking - waitsForStuck, patient: patient - waitsForStuck };
  const asked = releaseGaps(input, holders.gaps, short, suspicions);
  const taken = { occupied: holders.seats - freed - asked.released.length, gaps: asked };
  const gaps = releaseIdle(input, { demands, holders, joiners }, taken, suspicions);

  const occupied = holders.seats - freed - gaps.released.length - gaps.idle.length;
  // A spare seat bought while someone waits would not stay spare.
  const spare = gaps.pending > 0 ? 0 : policy.seats.spare;
  const eventually = occupied - stuck - gaps.pending + joiners.length + spare;
  const wanted = Math.max(eventually, occupied + urgent, floor);
  const missing = Math.max(0, wanted - state.total);
  return {
    occupied,
    // While a change is under way some of the total may not exist yet, or some of what exists be about to go.
    free: Math.min(state.usable, state.total) - occupied,
    wanted,
    missing,
    waiting: Math.max(0, lacking - gaps.released.length - missing),
    going,
    gaps,
  };
}

/**
 * Of those between two cohorts, the ones who teach again last give their seats to those for whom one would have to be
 * bought today. A seat that can't be released now is waited for by those who have the time. By a roster in doubt nobody
 * is asked to give up anything.
 * @param short how many lack a seat, and how many of them can wait for one.
 */
function releaseGaps(
  { stage }: PlanInput,
  gaps: readonly GapKeeper[],
  short: { readonly all: number; readonly patient: number },
  { roster, drift }: Suspicions,
): Gaps {
  // Seats that nobody is given now are taken from nobody.
  if (short.all <= 0 || drift !== null || stage.shortage !== null)
    return { released: [], idle: [], kept: gaps, pending: 0 };
  const able = latestFirst(gaps).filter((gap) => !stage.failed.has(gap.key));
  const released = roster !== null || stage.removalsDone ? [] : able.slice(0, short.all);
  const pending = Math.min(gaps.length - released.length, short.all - released.length, short.patient);
  const leaving = new Set(released);
  return { released, idle: [], kept: gaps.filter((gap) => !leaving.has(gap)), pending };
}

/**
 * Where the price of a seat says that more are held than it pays to keep for the coming cohorts, those between two
 * cohorts who teach again last give theirs up, and get one when it is due. A surprise (rule 6) is no reason to save money,
 * and where a person drops the seats nobody is asked: what was freed would be paid for until somebody has time.
 */
function releaseIdle(
  input: PlanInput,
  cast: Cast,
  taken: Taken & { gaps: Gaps },
  suspicions: Suspicions,
): Gaps {
  const { policy, stage } = input;
  const { gaps } = taken;
  const keeping = policy.changesTotal ? keepingOf(input) : null;
  const doubtful = suspicions.roster !== null || suspicions.drift !== null || stage.shortage !== null;
  if (keeping?.kind !== 'until' || doubtful || stage.removalsDone || gaps.pending > 0) return gaps;
  const coming = comingNeed(input, cast, taken, keeping).seats;
  const held = taken.occupied + cast.joiners.length + policy.seats.spare;
  const excess = held - Math.max(coming, floorOf(input));
  const idle = latestFirst(gaps.kept)
    .filter((gap) => gap.explained && !stage.failed.has(gap.key))
    .slice(0, Math.max(0, excess));
  const leaving = new Set(idle);
  return { ...gaps, idle, kept: gaps.kept.filter((gap) => !leaving.has(gap)) };
}

function latestFirst(gaps: readonly GapKeeper[]): GapKeeper[] {
  return gaps.toSorted((a, b) => compareText(b.nextStart, a.nextStart) || compareText(a.key, b.key));
}

export function idleLine({ grantee, cohort, nextStart, dueAgain }: GapKeeper): PlanLine {
  return {
    grantee,
    reason: `cohort ${cohort} starts ${nextStart}: a seat bought again on ${dueAgain} costs no more than keeping this one`,
  };
}

export function releaseLine({ grantee, cohort, nextStart }: GapKeeper): PlanLine {
  return { grantee, reason: `someone needs the seat today; cohort ${cohort} starts ${nextStart}` };
}

function seatsOf(leavers: readonly Leaver[]): number {
  return leavers.reduce((seats, leaver) => seats + leaver.seats, 0);
}
