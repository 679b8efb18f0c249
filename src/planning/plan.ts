import { heldLineId } from './decisions.ts';
import { compareText, demandByKey } from './demand.ts';
import { type Filled, fillSeats } from './fill.ts';
import {
  ceilingOf,
  driftSuspicion,
  type GuardedPurchase,
  type GuardedRemovals,
  guardPurchase,
  guardRemovals,
  rosterSuspicion,
  seatsText,
} from './guardrails.ts';
import { type Holders, sortHolders } from './holders.ts';
import { joinersOf, withHeirsLast } from './joiners.ts';
import { countSeats, releaseLine, type SeatCount } from './seats.ts';
import { shieldsOf } from './shields.ts';
import { type Trimmed, trimSeats } from './trim.ts';
import type { HeldLine, PlanInput, PlanLine, PoolPlan, UnassignLine, Verdict } from './types.ts';

/**
 * What one pool needs now: free, then buy, then fill, then trim (rule 3). Pure and stable: equal input in any order
 * gives an equal plan, and the plan applied to the state gives a plan with nothing to do.
 */
export function planPool(input: PlanInput): PoolPlan {
  const { state, policy } = input;
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const shields = shieldsOf(input);
  const holders = sortHolders(input, demands, shields);
  const due = joinersOf(input, demands, holders.keys, shields);
  const suspicions = { roster: rosterSuspicion(input), drift: driftSuspicion(input, holders) };

  const removals = guardRemovals(input, holders, suspicions.roster);
  const joiners = withHeirsLast(due, removals.held, input.keyOf);
  const seats = countSeats(input, holders, removals, joiners, suspicions);
  const purchase = purchaseNow(input, guardPurchase(input, seats.missing, suspicions.drift));
  const filled = fillSeats(input, joiners, seats, purchase, suspicions.drift);
  const left = seats.free - filled.assign.length;
  const trimmed = mayTrim(input, purchase, filled)
    ? trimSeats(input, { demands, holders, joiners }, seats, left, suspicions.roster ?? suspicions.drift)
    : nothingTrimmed;

  const held = [...removals.held, ...seats.gaps.held, ...purchase.held, ...filled.held, ...trimmed.held];
  const plan = {
    unassign: unassignLines(seats),
    increment: purchase.increment,
    decrement: trimmed.decrement,
    assign: filled.assign,
    held: withDoubt(input, held),
    waiting: filled.waiting,
    kept: keptLines(holders, seats, removals.rejected),
  };
  return {
    pool: policy.pool,
    provider: policy.provider,
    verdict: verdictOf(plan),
    seats: { total: state.total, assigned: holders.seats, target: targetOf(input, seats, trimmed) },
    ...plan,
    unmanaged: holders.unmanaged.map((holder) => holder.grantee),
    notes: [...buyNote(input, seats, purchase), ...trimmed.notes],
    rejected: removals.rejected.map(({ line }) => heldLineId(line, input.keyOf)),
  };
}

/** The quantity is changed once a run (rule 3); what is held stays held, so that the run's end shows it. */
function purchaseNow({ stage }: PlanInput, purchase: GuardedPurchase): GuardedPurchase {
  return stage.purchaseDone || stage.totalChanged ? { ...purchase, increment: 0 } : purchase;
}

const nothingTrimmed: Trimmed = { decrement: 0, surplus: 0, held: [], notes: [] };

/** Never in a run that buys or has tried to, nor while someone waits for a seat. */
function mayTrim({ stage }: PlanInput, purchase: GuardedPurchase, filled: Filled): boolean {
  const buys = purchase.increment > 0 || stage.totalChanged || stage.purchaseProblem !== null;
  return !buys && filled.waiting.length === 0;
}

/** Where the total should get to; it stays where it is if only a limit stands against it. */
function targetOf(input: PlanInput, seats: SeatCount, trimmed: Trimmed): number {
  const { total } = input.state;
  if (seats.missing === 0) return total - trimmed.surplus;
  return Math.max(total, Math.min(seats.wanted, ceilingOf(input).top));
}

function unassignLines({ going, gaps }: SeatCount): UnassignLine[] {
  const released = new Set(gaps.released.map((gap) => gap.key));
  const lines = gaps.released.map((gap): UnassignLine => ({ ...releaseLine(gap), explained: true }));
  // One line a grantee: whoever gives up the only seat due gives up the duplicates with it.
  for (const leaver of going) if (!released.has(leaver.key)) lines.push(unassignLine(leaver));
  return lines.sort(byGrantee);
}

function unassignLine({
  grantee,
  reason,
  explained,
  keepsOne,
  approved,
}: SeatCount['going'][number]): UnassignLine {
  const line = { grantee, reason, explained };
  return { ...line, ...(keepsOne ? { keepsOne } : {}), ...(approved ? { approved } : {}) };
}

function keptLines(holders: Holders, seats: SeatCount, rejected: GuardedRemovals['rejected']): PlanLine[] {
  const gaps = seats.gaps.kept.map(({ grantee, cohort, nextStart }) => ({
    grantee,
    reason: `teaches again in cohort ${cohort} from ${nextStart}`,
  }));
  const frozen = holders.frozen.map(({ grantee, reason }) => ({ grantee, reason }));
  const decided = rejected.map(({ leaver: { grantee, reason } }) => ({
    grantee,
    reason: `removal was rejected (${reason})`,
  }));
  return [...frozen, ...decided, ...gaps].sort(byGrantee);
}

function buyNote({ policy, state }: PlanInput, seats: SeatCount, { byHand }: GuardedPurchase): string[] {
  if (byHand === 0) return [];
  return [`buy ${seatsText(byHand)}: ${policy.pool} has ${state.total} and needs ${seats.wanted}`];
}

/** A roster that can't be believed holds the pool even where nobody would lose a seat by it (rule 1). */
function withDoubt({ roster }: PlanInput, held: readonly HeldLine[]): readonly HeldLine[] {
  if (roster.doubt === null || held.length > 0) return held;
  return [{ action: 'unassign', seats: 0, reason: roster.doubt, guardrail: 'roster' }];
}

function verdictOf(
  plan: Pick<PoolPlan, 'held' | 'waiting' | 'unassign' | 'assign' | 'increment' | 'decrement'>,
): Verdict {
  if (plan.held.length > 0) return 'held';
  if (plan.waiting.length > 0) return 'waiting';
  const changes = plan.unassign.length + plan.assign.length + plan.increment + plan.decrement;
  return changes > 0 ? 'changes' : 'in-sync';
}

function byGrantee(a: PlanLine, b: PlanLine): number {
  return compareText(a.grantee, b.grantee);
}
