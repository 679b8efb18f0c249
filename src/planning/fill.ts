import { contestedSeats } from './account.ts';
import { waitOut } from './by-hand.ts';
import { isApproved, isRejected } from './decisions.ts';
import { ceilingOf, type GuardedPurchase, type Suspicion } from './guardrails.ts';
import type { Joiner } from './joiners.ts';
import type { SeatCount } from './seats.ts';
import type { HeldLine, PlanInput, PlanLine } from './types.ts';

export interface Filled {
  readonly assign: readonly PlanLine[];
  readonly waiting: readonly PlanLine[];
  /** Assignments that wait for a person, those included that one has decided against. */
  readonly held: readonly HeldLine[];
  /** What a person approved, done or not. */
  readonly approved: readonly HeldLine[];
}

/** Gives the free and the bought seats to those whose cohorts start first; the rest waits, and knows for what. */
export function fillSeats(
  input: PlanInput,
  joiners: readonly Joiner[],
  seats: SeatCount,
  purchase: GuardedPurchase,
  drift: Suspicion | null,
): Filled {
  const candidates = joiners.filter((joiner) => !input.stage.failed.has(joiner.key));
  const { shortage } = input.stage;
  const served = shortage === null ? Math.max(0, seats.free + purchase.increment) : 0;
  if (drift !== null) {
    const approved = joiners
      .map((joiner) => heldFor(joiner, drift))
      .filter((line) => isApproved(input, line));
    return { ...fillDespite(drift, input, candidates, served), approved };
  }
  if (shortage !== null)
    return { assign: [], waiting: waitOut(shortage, candidates), held: [], approved: [] };
  const rest = candidates.slice(served);
  const lackSeats = rest.length - seats.waiting;
  const waiting = rest.map((joiner, index) => ({
    grantee: joiner.line.grantee,
    reason: index < lackSeats ? whyNoSeat(input, seats, purchase, index) : whyNotYet(input, joiner),
  }));
  const contested = contestedSeats(input);
  const firm = contested === null ? served : Math.max(0, served - contested.seats);
  const assign = candidates.slice(0, firm).map((joiner) => joiner.line);
  if (contested === null) return { assign, waiting, held: [], approved: [] };
  const doubtful = candidates.slice(firm, served);
  const despite = fillDespite(contested.suspicion, input, doubtful, doubtful.length);
  const approved = joiners
    .map((joiner) => heldFor(joiner, contested.suspicion))
    .filter((line) => isApproved(input, line));
  return {
    assign: [...assign, ...despite.assign],
    waiting: [...despite.waiting, ...waiting],
    held: despite.held,
    approved,
  };
}

/** While too much has drifted, only those whom a person has approved. */
function fillDespite(
  drift: Suspicion,
  input: PlanInput,
  candidates: readonly Joiner[],
  served: number,
): Omit<Filled, 'approved'> {
  const assign: PlanLine[] = [];
  const waiting: PlanLine[] = [];
  const held: HeldLine[] = [];
  for (const joiner of candidates) {
    const line = heldFor(joiner, drift);
    if (isApproved(input, line) && assign.length < served) assign.push(joiner.line);
    else held.push(line);
    if (isRejected(input, line)) {
      waiting.push({ grantee: joiner.line.grantee, reason: `assignment was rejected (${line.reason})` });
    }
  }
  return { assign, waiting, held };
}

function heldFor({ line }: Joiner, { guardrail, reason }: Suspicion): HeldLine {
  return {
    action: 'assign',
    grantee: line.grantee,
    reason: `${line.reason}; held since ${reason}`,
    guardrail,
  };
}

function whyNotYet({ policy }: PlanInput, { startsOn, heirOf }: Joiner): string {
  if (heirOf !== null)
    return `probably ${heirOf} under another address: takes over that seat once it is approved`;
  const until = policy.changesTotal ? 'one is bought' : 'one has to be bought';
  return `waits for a seat that is still to be freed; ${until} the day before the cohort starts ${startsOn}`;
}

/** @param position among those who lack a seat, from 0. */
function whyNoSeat(input: PlanInput, seats: SeatCount, purchase: GuardedPurchase, position: number): string {
  const { state, stage, policy } = input;
  if (!policy.changesTotal) {
    return `no free seat: ${position < purchase.needed ? `buy ${purchase.needed}` : ceilingOf(input).reason}`;
  }
  const held = purchase.held[0];
  if (held !== undefined && isRejected(input, held))
    return `no free seat: the purchase was rejected (${held.reason})`;
  if (held !== undefined) return `no free seat: ${held.reason}`;
  if (stage.purchaseProblem !== null) return `no free seat: ${stage.purchaseProblem}`;
  if (state.usable < state.total && seats.missing === 0)
    return 'no free seat: the seats paid for are not there yet';
  return 'no free seat: the next run buys one';
}
