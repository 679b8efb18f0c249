import { isApproved } from './decisions.ts';
import { ceilingOf, type GuardedPurchase, type Suspicion } from './guardrails.ts';
import type { Joiner } from './joiners.ts';
import type { SeatCount } from './seats.ts';
import type { HeldLine, PlanInput, PlanLine } from './types.ts';

export interface Filled {
  readonly assign: readonly PlanLine[];
  readonly waiting: readonly PlanLine[];
  readonly held: readonly HeldLine[];
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
  if (drift !== null) {
    const lines = candidates.map((joiner) => ({ joiner, line: heldFor(joiner, drift) }));
    const approved = lines.filter(({ line }) => isApproved(input, line)).slice(0, Math.max(0, seats.free));
    const assign = approved.map(({ joiner }) => joiner.line);
    return {
      assign,
      waiting: [],
      held: lines.filter((each) => !approved.includes(each)).map(({ line }) => line),
    };
  }
  const served = Math.max(0, seats.free + purchase.increment);
  const rest = candidates.slice(served);
  const lackSeats = rest.length - seats.waiting;
  const waiting = rest.map((joiner, index) => ({
    grantee: joiner.line.grantee,
    reason: index < lackSeats ? whyNoSeat(input, seats, purchase, index) : whyNotYet(input, joiner),
  }));
  return { assign: candidates.slice(0, served).map((joiner) => joiner.line), waiting, held: [] };
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
    return `no free seat: ${position < purchase.byHand ? `buy ${purchase.byHand}` : ceilingOf(input).reason}`;
  }
  const held = purchase.held[0];
  if (held !== undefined) return `no free seat: ${held.reason}`;
  if (stage.purchaseProblem !== null) return `no free seat: ${stage.purchaseProblem}`;
  if (state.usable < state.total && seats.missing === 0)
    return 'no free seat: the seats paid for are not there yet';
  return 'no free seat: the next run buys one';
}
