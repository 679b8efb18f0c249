import { counted } from '../counted.ts';
import { approvedSeats, isApproved, isPending, isRejected } from './decisions.ts';
import type { Holders, Leaver } from './holders.ts';
import type { RemovalCount } from './removal-limit.ts';
import type { HeldLine, PlanInput } from './types.ts';

/** Why a whole kind of action is held in this pool, whatever the person. */
export interface Suspicion {
  readonly guardrail: string;
  readonly reason: string;
  /** The reading is fine in itself: what is unexplained in it is held as that, and only the rest for the suspicion. */
  readonly byComparison?: true;
}

/** Why nothing may be taken away by this roster; null where it may be believed (rules 1 and 2). */
export function rosterSuspicion({ roster, guardrails }: PlanInput): Suspicion | null {
  if (roster.doubt !== null) return { guardrail: 'roster', reason: roster.doubt };
  const share = roster.invalidShare;
  const limit = guardrails.invalidRows;
  if (share <= limit) {
    const { suspicion } = roster;
    return suspicion === null ? null : { guardrail: 'roster', reason: suspicion, byComparison: true };
  }
  return {
    guardrail: 'invalidRows',
    reason: `${percent(share)} of the roster's rows can't be read, more than the ${percent(limit)} allowed`,
  };
}

/** Why seats may be neither assigned nor bought nor given back: too much changed at the provider without us. */
export function driftSuspicion({ ledger, guardrails, stage }: PlanInput, holders: Holders): Suspicion | null {
  let ours = 0;
  let gone = 0;
  for (const [key, known] of ledger.known) {
    if (!known.assignedByUs) continue;
    ours += 1;
    if (!holders.keys.has(key)) gone += 1;
  }
  const limit = largerOf(guardrails.drift, ours);
  if (gone <= limit) {
    return fallenSuspicion(ledger.assignedBefore, stage.assignedAtStart ?? holders.seats, guardrails.drift);
  }
  return {
    guardrail: 'drift',
    reason: `${gone} of the ${ours} seats that cohort-sync assigned are gone without it (limit ${limit})`,
  };
}

/** Where forty seats were assigned and none is, the answer is doubted, whoever assigned them (rule 1). */
function fallenSuspicion(
  before: number | null,
  now: number,
  drift: { readonly count: number; readonly share: number },
): Suspicion | null {
  if (before === null) return null;
  const limit = largerOf(drift, before);
  if (before - now <= limit) return null;
  return {
    guardrail: 'drift',
    reason: `${now} seats are assigned where there were ${before} after the last run, and cohort-sync freed none of them since (limit ${limit})`,
  };
}

export interface GuardedRemovals {
  readonly going: readonly (Leaver & { readonly approved: boolean })[];
  readonly held: readonly HeldLine[];
  /** Removals that a person decided against: those people keep their seats. */
  readonly rejected: readonly { readonly leaver: Leaver; readonly line: HeldLine }[];
  /** What a person approved, done or not. */
  readonly approved: readonly HeldLine[];
  /** The surprises among them, against their limit. */
  readonly count: RemovalCount;
}

/** Whom to remove now, and which removals wait for a person (rule 6) or were decided by one (rule 8). */
export function guardRemovals(
  input: PlanInput,
  holders: Holders,
  suspicion: Suspicion | null,
): GuardedRemovals {
  const asked = holders.leavers.map((leaver) => {
    const isSurprise = !leaver.explained && suspicion?.byComparison === true;
    const line = suspicion === null || isSurprise ? surprise(leaver) : heldBy(suspicion, leaver);
    const risky = suspicion !== null || !leaver.explained;
    return {
      leaver,
      line,
      approved: risky && isApproved(input, line),
      rejected: risky && isRejected(input, line),
    };
  });
  const rejected = asked.filter((each) => each.rejected);
  const open = asked.filter((each) => !each.rejected && !each.approved);
  const surprises = open.filter((each) => !each.leaver.explained);
  const managed = input.stage.managedAtStart ?? holders.managed;
  const { unexplainedRemovals } = input.guardrails;
  const count: RemovalCount = {
    leaving: surprises.length,
    today: input.ledger.unexplainedToday,
    managed,
    ...unexplainedRemovals,
    limit: largerOf(unexplainedRemovals, managed),
  };
  const tooMany = count.leaving + count.today > count.limit;
  const isHeld = ({ leaver, line }: { readonly leaver: Leaver; readonly line: HeldLine }) =>
    suspicion !== null || (!leaver.explained && (tooMany || isPending(input, line)));
  return {
    going: asked
      .filter((each) => !each.rejected && (each.approved || !isHeld(each)))
      .map(({ leaver, approved }) => ({ ...leaver, approved })),
    held: open.filter(isHeld).map((each) => each.line),
    rejected,
    approved: asked.filter((each) => each.approved).map((each) => each.line),
    count,
  };
}

function surprise({ grantee, reason, renamed }: Leaver): HeldLine {
  const line = { action: 'unassign', grantee, reason, guardrail: 'unexplainedRemovals' } as const;
  return renamed === null ? line : { ...line, renamed };
}

/** A removal that is held for what is suspected of the roster, not for what it is itself. */
function heldBy(suspicion: Suspicion, { grantee, reason }: { grantee: string; reason: string }): HeldLine {
  return {
    action: 'unassign',
    grantee,
    reason: `${reason}; held since ${suspicion.reason}`,
    guardrail: suspicion.guardrail,
  };
}

export interface GuardedPurchase {
  readonly increment: number;
  readonly held: readonly HeldLine[];
  /** Seats to buy that no maximum stands against, be it now, later, or by hand. */
  readonly needed: number;
  readonly approved: readonly HeldLine[];
}

/** How many of the missing seats may be bought now, and what of the purchase is held. */
export function guardPurchase(
  input: PlanInput,
  missing: number,
  { roster, drift }: { readonly roster: Suspicion | null; readonly drift: Suspicion | null },
): GuardedPurchase {
  const { guardrails, ledger, policy } = input;
  const { needed, beyond, allowed } = withinMaximum(input, missing);
  if (!policy.changesTotal) return { increment: 0, held: [], needed, approved: [] };

  const today = Math.min(needed, Math.max(0, guardrails.seatsPerDay - ledger.boughtToday));
  const perDay =
    `${seatsText(ledger.boughtToday)} bought in this pool within 24 hours and ${needed} more needed: ` +
    `at most ${guardrails.seatsPerDay} a day (guardrails.seatsPerDay)`;
  const capped: HeldLine = {
    action: 'increment',
    seats: needed - today,
    reason: perDay,
    guardrail: 'seatsPerDay',
  };
  // Each of these holds all that is left, until a person has approved as many seats.
  // By a sheet that is probably another one, joiners get the seats there are: for strangers none are bought.
  const sheet = roster?.byComparison === true ? roster : null;
  const doubts = [largePurchase(input, needed), sheet, drift].filter((doubt) => doubt !== null);
  const questions = doubts.map(
    ({ guardrail, reason }): HeldLine => ({ action: 'increment', seats: today, reason, guardrail }),
  );
  const asked = questions.find((line) => !isApproved(input, line));
  const lines = asked === undefined ? [beyond, capped] : [beyond, capped, asked];
  const held = lines.filter(({ seats = 0 }) => seats > 0);
  const approved = questions.filter((line) => today > 0 && isApproved(input, line));
  return {
    increment: asked === undefined ? today : 0,
    held,
    needed,
    approved: allowed > 0 ? [beyond, ...approved] : approved,
  };
}

/** What of the missing seats the maximum allows, how many of them by approval, and the rest as a held line. */
function withinMaximum(
  input: PlanInput,
  missing: number,
): { needed: number; beyond: HeldLine; allowed: number } {
  const { decisions, state } = input;
  const { top, guardrail, reason } = ceilingOf(input);
  const within = Math.min(missing, Math.max(0, top - state.total));
  const seats = missing - within;
  const why = `${seatsText(missing)} missing, but ${reason}`;
  const beyond: HeldLine = { action: 'increment', seats, reason: why, guardrail };
  if (guardrail !== 'seats.max') return { needed: within, beyond, allowed: 0 };
  // The configured maximum can be approved away, up to the provider's own.
  const room = (state.limits.max ?? Number.POSITIVE_INFINITY) - state.total - within;
  const allowed = Math.max(0, Math.min(approvedSeats(decisions, beyond), room));
  return { needed: within + allowed, beyond: { ...beyond, seats: seats - allowed }, allowed };
}

/** The need is judged, not what the day still allows: a wrong roster must not be bought for in daily portions. */
function largePurchase({ guardrails }: PlanInput, needed: number): Suspicion | null {
  if (needed <= guardrails.seatIncrease) return null;
  return {
    guardrail: 'seatIncrease',
    reason: `a purchase of ${seatsText(needed)} at once is more than guardrails.seatIncrease allows (${guardrails.seatIncrease})`,
  };
}

/** The most seats that the pool may have, by the configuration and by the provider's plan. */
export function ceilingOf({ policy, state }: PlanInput): { top: number; guardrail: string; reason: string } {
  const ours = policy.seats.max ?? Number.POSITIVE_INFINITY;
  const theirs = state.limits.max ?? Number.POSITIVE_INFINITY;
  return ours <= theirs
    ? { top: ours, guardrail: 'seats.max', reason: `the pool may have at most ${ours} seats (seats.max)` }
    : { top: theirs, guardrail: 'planMaximum', reason: `the provider's plan allows at most ${theirs} seats` };
}

/** The larger of a count and a share of `all`, in whole things; 0.29 of 100 is 29, whatever the floating point says. */
function largerOf({ count, share }: { count: number; share: number }, all: number): number {
  return Math.max(count, Math.floor(share * all + 1e-9));
}

export function seatsText(count: number): string {
  return counted(count, 'seat');
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
