import { accountNote, adoptionSuspicion } from './account.ts';
import { barredLines } from './barred.ts';
import { buyNote } from './by-hand.ts';
import { heldLineId, isRejected } from './decisions.ts';
import { compareText, demandByKey } from './demand.ts';
import { type Filled, fillSeats } from './fill.ts';
import {
  driftSuspicion,
  type GuardedPurchase,
  type GuardedRemovals,
  guardPurchase,
  guardRemovals,
  rosterSuspicion,
} from './guardrails.ts';
import { type Holders, sortHolders } from './holders.ts';
import { type Joiner, joinersOf, withHeirsLast } from './joiners.ts';
import { moneyNotes, planMoney, withMoney } from './money.ts';
import { countSeats, idleLine, releaseLine, type SeatCount } from './seats.ts';
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

  const keepers = suspicions.roster ?? adoptionSuspicion(input);
  const removals = guardRemovals(input, holders, keepers);
  const joiners = withHeirsLast(due, removals.held, input.keyOf);
  const cast = { demands, holders, joiners };
  const seats = countSeats(input, cast, removals, { ...suspicions, roster: keepers });
  const purchase = purchaseNow(input, guardPurchase(input, seats.missing, suspicions));
  const filled = fillSeats(input, joiners, seats, purchase, suspicions.drift);
  const left = seats.free - filled.assign.length;
  const trimmed = mayTrim(input, purchase, filled)
    ? trimSeats(input, cast, seats, left, suspicions.roster ?? suspicions.drift)
    : nothingTrimmed;

  const risky = [...removals.held, ...purchase.held, ...filled.held, ...trimmed.held];
  const held = risky.filter((line) => !isRejected(input, line));
  const rejected = [
    ...removals.rejected.map(({ line }) => line),
    ...risky.filter((line) => isRejected(input, line)),
  ];
  const approved = [removals, purchase, filled, trimmed].flatMap((part) => part.approved);
  const plan = {
    unassign: unassignLines(seats),
    increment: purchase.increment,
    decrement: trimmed.decrement,
    assign: filled.assign,
    held: withDoubt(input, held).map((line) => withMoney(input, line)),
    waiting: filled.waiting,
    kept: keptLines(holders, seats, removals.rejected),
    barred: barredLines(input, demands),
  };
  const money = planMoney(input, plan);
  return {
    pool: policy.pool,
    provider: policy.provider,
    verdict: verdictOf(plan),
    seats: {
      total: state.total,
      assigned: holders.seats,
      target: state.total + purchase.needed - trimmed.surplus,
      ...(policy.buyAt == null ? {} : { from: state.totalFrom }),
    },
    ...plan,
    unmanaged: holders.unmanaged.map((holder) => holder.grantee),
    notes: [
      ...buyNote(
        input,
        { needed: purchase.needed, wanted: seats.wanted },
        waitingOf(joiners, filled, input.keyOf),
      ),
      ...trimmed.notes,
      ...moneyNotes(input, plan),
      ...accountNote(input),
    ],
    ...(money === null ? {} : { money }),
    unexplained: removals.count,
    rejected: rejected.map((line) => heldLineId(line, input.keyOf)),
    approved: approved.map((line) => heldLineId(line, input.keyOf)),
    unsettled: {
      roster: suspicions.roster !== null && plan.held.some(isAtStake),
      drift:
        suspicions.drift !== null &&
        [...held, ...rejected, ...approved].some(({ guardrail }) => guardrail === 'drift'),
    },
  };
}

/** Whether a line is held for what is suspected of the roster, be it in the words of another guardrail. */
function isAtStake({ action, guardrail }: HeldLine): boolean {
  return action === 'unassign' || action === 'decrement' || guardrail === 'roster';
}

/** The quantity is changed once a run (rule 3); what is held stays held, so that the run's end shows it. */
function purchaseNow({ stage }: PlanInput, purchase: GuardedPurchase): GuardedPurchase {
  return stage.purchaseDone || stage.totalChanged ? { ...purchase, increment: 0 } : purchase;
}

const nothingTrimmed: Trimmed = { decrement: 0, surplus: 0, held: [], approved: [], notes: [] };

/** Never in a run that buys or has tried to, nor while someone waits for a seat. */
function mayTrim({ stage }: PlanInput, purchase: GuardedPurchase, filled: Filled): boolean {
  const buys = purchase.increment > 0 || stage.totalChanged || stage.purchaseProblem !== null;
  return !buys && filled.waiting.length === 0;
}

function unassignLines({ going, gaps }: SeatCount): UnassignLine[] {
  const released = new Set([...gaps.released, ...gaps.idle].map((gap) => gap.key));
  const asked = [...gaps.released.map(releaseLine), ...gaps.idle.map(idleLine)];
  const lines = asked.map((line): UnassignLine => ({ ...line, explained: true }));
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

function waitingOf(
  joiners: readonly Joiner[],
  { waiting }: Filled,
  keyOf: (grantee: string) => string,
): readonly Joiner[] {
  const keys = new Set(waiting.map(({ grantee }) => keyOf(grantee)));
  return joiners.filter(({ key }) => keys.has(key));
}

/** A roster that can't be believed holds the pool even where nobody would lose a seat by it (rule 1). */
function withDoubt({ roster }: PlanInput, held: readonly HeldLine[]): readonly HeldLine[] {
  if (roster.doubt === null || held.length > 0) return held;
  return [{ action: 'unassign', seats: 0, reason: roster.doubt, guardrail: 'roster' }];
}

function verdictOf(
  plan: Pick<PoolPlan, 'barred' | 'held' | 'waiting' | 'unassign' | 'assign' | 'increment' | 'decrement'>,
): Verdict {
  if (plan.barred.length > 0) return 'failed';
  if (plan.held.length > 0) return 'held';
  if (plan.waiting.length > 0) return 'waiting';
  const changes = plan.unassign.length + plan.assign.length + plan.increment + plan.decrement;
  return changes > 0 ? 'changes' : 'in-sync';
}

function byGrantee(a: PlanLine, b: PlanLine): number {
  return compareText(a.grantee, b.grantee);
}
