import { daysBetween } from '../dates.ts';
import { compareStarts, compareText, type Demand, demandByKey, entitledOn, peakDemand } from './demand.ts';
import { driftSuspicion, guardPurchase, guardRemovals, rosterSuspicion, seatsText } from './guardrails.ts';
import { type GapKeeper, type Holders, type Leaver, sortHolders } from './holders.ts';
import type { HeldLine, PlanInput, PlanLine, PoolPlan, UnassignLine, Verdict } from './types.ts';

/**
 * What one pool needs now: free, then buy, then fill, then trim (rule 3). Pure and stable: equal input in any order
 * gives an equal plan, and the plan applied to the state gives a plan with nothing to do.
 */
export function planPool(input: PlanInput): PoolPlan {
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const holders = sortHolders(input, demands);
  const joiners = joinersOf(input, demands);
  const guarded = guardRemovals(input, holders.leavers, holders.managed);
  const seats = countSeats(input, holders, guarded.removals, joiners);
  const purchase = guardPurchase(input, input.stage.totalChanged ? 0 : seats.missing);
  const increment = input.stage.purchaseDone ? 0 : purchase.increment;
  const filled = fillSeats(input, seats, joiners, increment, purchase.held);
  const trimmed = trimSeats(input, demands, holders, seats, filled, increment);

  const unassign = guarded.removals
    .filter((leaver) => !input.stage.failed.has(leaver.key))
    .map((leaver) => unassignLine(leaver))
    .concat(seats.releasedGaps.map(releaseLine))
    .sort(byGrantee);
  const plan = {
    unassign,
    increment,
    decrement: trimmed.decrement,
    assign: filled.assign,
    held: withDoubt(input, [
      ...guarded.held.map(withoutKey),
      ...purchase.held,
      ...filled.held,
      ...trimmed.held,
    ]),
    waiting: filled.waiting,
    kept: keptLines(holders, seats.releasedGaps),
  };
  return {
    pool: input.policy.pool,
    provider: input.policy.provider,
    verdict: verdictOf(plan),
    seats: { total: input.state.total, assigned: assignedSeats(input), target: seats.target },
    ...plan,
    unmanaged: holders.unmanaged.map((holder) => holder.grantee).sort(compareText),
    notes: [...seats.notes, ...trimmed.notes],
  };
}

/** Grantees who are due a seat today and hold none, in the order in which seats are given out. */
interface Joiner {
  readonly key: string;
  readonly line: PlanLine;
  readonly startsOn: string;
  /** The day before the cohort starts has come: a seat is bought rather than waited for (rule 3). */
  readonly urgent: boolean;
}

function joinersOf(input: PlanInput, demands: ReadonlyMap<string, Demand>): Joiner[] {
  const holding = new Set(input.state.holders.map((holder) => input.keyOf(holder.grantee)));
  const due = [];
  for (const demand of demands.values()) {
    if (holding.has(demand.key)) continue;
    const entitlement = entitledOn(demand, input.today);
    if (entitlement !== null) due.push({ demand, entitlement });
  }
  due.sort((a, b) => compareStarts(a.entitlement, b.entitlement) || compareText(a.demand.key, b.demand.key));
  return due.map(({ demand, entitlement }) => ({
    key: demand.key,
    startsOn: entitlement.startsOn,
    urgent: daysBetween(input.today, entitlement.startsOn) <= 1,
    line: {
      grantee: demand.grantee,
      reason: `cohort ${entitlement.cohort} ${entitlement.startsOn > input.today ? 'starts' : 'started'} ${entitlement.startsOn}`,
    },
  }));
}

interface SeatCount {
  /** Seats free to be assigned, those of the removals of this plan included. */
  readonly free: number;
  /** Seats to buy so that everyone due one has one. */
  readonly missing: number;
  readonly target: number;
  /** Joiners whose cohort is far enough off to wait for seats that are still to be freed. */
  readonly canWait: number;
  /** Leavers whose removal is held, or failed: their seats are waited for. */
  readonly staying: readonly Leaver[];
  readonly releasedGaps: readonly GapKeeper[];
  readonly notes: readonly string[];
}

function countSeats(
  input: PlanInput,
  holders: Holders,
  removals: readonly Leaver[],
  joiners: readonly Joiner[],
): SeatCount {
  const { stage, state, policy } = input;
  const freeing = stage.removalsDone ? [] : removals.filter((leaver) => !stage.failed.has(leaver.key));
  const going = new Set(freeing);
  const staying = holders.leavers.filter((leaver) => !going.has(leaver));
  const freed = sum(freeing.map((leaver) => leaver.seats));
  const pendingFree = sum(staying.map((leaver) => leaver.seats));
  let free = state.usable - assignedSeats(input) + freed;

  const unsatisfied = joiners.filter((joiner) => !stage.failed.has(joiner.key)).slice(Math.max(0, free));
  const canWait = Math.min(pendingFree, unsatisfied.filter((joiner) => !joiner.urgent).length);
  const releasedGaps = stage.removalsDone
    ? []
    : releaseGaps(holders.gaps, unsatisfied.length - canWait, stage.failed);
  free += releasedGaps.length;

  const entitled = holders.entitled.size + joiners.length;
  const keptSeats = holders.frozen.length + holders.gaps.length - releasedGaps.length + pendingFree;
  const required = entitled + holders.unmanagedSeats + keptSeats + policy.seats.spare - canWait;
  const floor = Math.max(policy.seats.min, state.limits.min);
  const ceiling = Math.min(
    policy.seats.max ?? Number.POSITIVE_INFINITY,
    state.limits.max ?? Number.POSITIVE_INFINITY,
  );
  const wanted = Math.max(required, floor);
  const missing = Math.max(0, wanted - state.total);
  const notes: string[] = [];
  if (missing > 0 && !policy.changesTotal) {
    notes.push(`buy ${seatsText(missing)}: ${policy.pool} has ${state.total} and needs ${wanted}`);
  }
  return { free, missing, target: Math.min(wanted, ceiling), canWait, staying, releasedGaps, notes };
}

/** Of those between two cohorts, the ones who teach again last give their seats to those who need one today. */
function releaseGaps(gaps: readonly GapKeeper[], needed: number, failed: ReadonlySet<string>): GapKeeper[] {
  if (needed <= 0) return [];
  return gaps
    .filter((gap) => !failed.has(gap.key))
    .sort((a, b) => compareText(b.nextStart, a.nextStart) || compareText(a.key, b.key))
    .slice(0, needed);
}

interface Filled {
  readonly assign: readonly PlanLine[];
  readonly waiting: readonly PlanLine[];
  readonly held: readonly HeldLine[];
}

/** Gives the free and the bought seats to those whose cohorts start first; the rest waits, and knows for what. */
function fillSeats(
  input: PlanInput,
  seats: SeatCount,
  joiners: readonly Joiner[],
  increment: number,
  heldPurchases: readonly HeldLine[],
): Filled {
  const candidates = joiners.filter((joiner) => !input.stage.failed.has(joiner.key));
  const drift = driftSuspicion(input);
  if (drift !== null) {
    const held = candidates.map(
      ({ line }): HeldLine => ({
        action: 'assign',
        grantee: line.grantee,
        reason: `${line.reason}; held since ${drift.reason}`,
        guardrail: drift.guardrail,
      }),
    );
    return { assign: [], waiting: [], held };
  }
  const served = Math.max(0, seats.free + increment);
  const rest = candidates.slice(served);
  const reason = waitingReason(input, seats, heldPurchases);
  const waiting = rest.map((joiner, index) => ({
    grantee: joiner.line.grantee,
    reason: index >= rest.length - seats.canWait ? waitsForRemoval(joiner) : reason,
  }));
  return { assign: candidates.slice(0, served).map((joiner) => joiner.line), waiting, held: [] };
}

function waitsForRemoval(joiner: Joiner): string {
  return `waits for a seat that is still to be freed; one is bought the day before the cohort starts ${joiner.startsOn}`;
}

function waitingReason(input: PlanInput, seats: SeatCount, heldPurchases: readonly HeldLine[]): string {
  const held = heldPurchases[0];
  if (!input.policy.changesTotal) return `no free seat: buy ${seats.missing}`;
  if (held !== undefined) return `no free seat: ${held.reason}`;
  if (input.stage.purchaseProblem !== null) return `no free seat: ${input.stage.purchaseProblem}`;
  return 'no free seat: the next run buys one';
}

interface Trimmed {
  readonly decrement: number;
  readonly held: readonly HeldLine[];
  readonly notes: readonly string[];
}

/** Gives back what neither today nor a cohort that starts within `keepUnusedDays` needs (rule 15). */
function trimSeats(
  input: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  holders: Holders,
  seats: SeatCount,
  filled: Filled,
  increment: number,
): Trimmed {
  const { state, policy, stage } = input;
  const nothing = { decrement: 0, held: [], notes: [] };
  const left = seats.free - filled.assign.length;
  if (left <= 0 || increment > 0 || stage.totalChanged || filled.waiting.length > 0) return nothing;

  const stuck = new Set(
    [...holders.frozen, ...seats.staying.filter((leaver) => !leaver.keepsOne)].map((each) => each.key),
  );
  const gaps = new Set(holders.gaps.map((gap) => gap.key));
  const peak = peakDemand(demands.values(), input.today, policy.seats.keepUnusedDays, stuck, gaps);
  const extra = sum(seats.staying.map((leaver) => (leaver.keepsOne ? leaver.seats : leaver.seats - 1)));
  const needed = peak.seats + extra + holders.unmanagedSeats + policy.seats.spare;
  const surplusNow = Math.min(left, state.total - seats.target);
  const surplus = Math.min(surplusNow, state.total - needed);
  const notes: string[] = [];
  const kept = Math.min(surplusNow, surplusNow - Math.max(0, surplus));
  if (kept > 0) {
    notes.push(`${seatsText(kept)} free and kept: ${peak.seats} people need one on ${peak.on}`);
  }
  if (surplus <= 0) return { ...nothing, notes };
  if (!policy.changesTotal) {
    notes.push(
      `${seatsText(surplus)} not needed: drop ${surplus === 1 ? 'it' : 'them'} where they were bought`,
    );
    return { ...nothing, notes };
  }
  const suspicion = rosterSuspicion(input) ?? driftSuspicion(input);
  if (suspicion === null) return { decrement: surplus, held: [], notes };
  return { decrement: 0, notes, held: [{ action: 'decrement', seats: surplus, ...suspicion }] };
}

function keptLines(holders: Holders, released: readonly GapKeeper[]): PlanLine[] {
  const gone = new Set(released.map((gap) => gap.key));
  const gaps = holders.gaps
    .filter((gap) => !gone.has(gap.key))
    .map(({ grantee, cohort, nextStart }) => ({
      grantee,
      reason: `teaches again in cohort ${cohort} from ${nextStart}`,
    }));
  const frozen = holders.frozen.map(({ grantee, reason }) => ({ grantee, reason }));
  return [...frozen, ...gaps].sort(byGrantee);
}

function unassignLine({ grantee, reason, explained, keepsOne }: Leaver): UnassignLine {
  return keepsOne ? { grantee, reason, explained, keepsOne } : { grantee, reason, explained };
}

function releaseLine({ grantee, cohort, nextStart }: GapKeeper): UnassignLine {
  return {
    grantee,
    reason: `someone needs the seat today; cohort ${cohort} starts ${nextStart}`,
    explained: true,
  };
}

/** A roster that can't be believed holds the pool even where nobody would lose a seat by it (rule 1). */
function withDoubt(input: PlanInput, held: readonly HeldLine[]): readonly HeldLine[] {
  const { doubt } = input.roster;
  if (doubt === null || held.length > 0) return held;
  return [{ action: 'unassign', seats: 0, reason: doubt, guardrail: 'roster' }];
}

function withoutKey({ key: _key, ...line }: HeldLine & { readonly key: string }): HeldLine {
  return line;
}

function verdictOf(
  plan: Omit<PoolPlan, 'pool' | 'provider' | 'verdict' | 'seats' | 'unmanaged' | 'notes'>,
): Verdict {
  if (plan.held.length > 0) return 'held';
  if (plan.waiting.length > 0) return 'waiting';
  const changes = plan.unassign.length + plan.assign.length + plan.increment + plan.decrement;
  return changes > 0 ? 'changes' : 'in-sync';
}

function assignedSeats(input: PlanInput): number {
  return sum(input.state.holders.map((holder) => holder.count));
}

function byGrantee(a: PlanLine, b: PlanLine): number {
  return compareText(a.grantee, b.grantee);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
