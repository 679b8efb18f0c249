import type { Leaver } from './holders.ts';
import type { HeldLine, PlanInput } from './types.ts';

/** Why a whole kind of action is held in this pool, whatever the person. */
export interface Suspicion {
  readonly guardrail: string;
  readonly reason: string;
}

/** Why nothing may be taken away by this roster; null where it may be believed (rules 1 and 2). */
export function rosterSuspicion(input: PlanInput): Suspicion | null {
  const { doubt, invalidShare } = input.roster;
  if (doubt !== null) return { guardrail: 'roster', reason: doubt };
  const limit = input.guardrails.invalidRows;
  if (invalidShare <= limit) return null;
  return {
    guardrail: 'invalidRows',
    reason: `${percent(invalidShare)} of the roster's rows can't be read, more than the ${percent(limit)} allowed`,
  };
}

/** Why seats may be neither assigned nor bought nor given back: too much changed at the provider without us. */
export function driftSuspicion(input: PlanInput): Suspicion | null {
  const holding = new Set(input.state.holders.map((holder) => input.keyOf(holder.grantee)));
  let ours = 0;
  let gone = 0;
  for (const [key, known] of input.ledger.known) {
    if (!known.assignedByUs) continue;
    ours += 1;
    if (!holding.has(key)) gone += 1;
  }
  const { count, share } = input.guardrails.drift;
  const limit = Math.max(count, share * ours);
  if (gone <= limit) return null;
  return {
    guardrail: 'drift',
    reason: `${gone} of the ${ours} seats that cohort-sync assigned are gone without it (limit ${number(limit)})`,
  };
}

/** Whom to remove now, and which removals wait for a person. */
export function guardRemovals(
  input: PlanInput,
  leavers: readonly Leaver[],
  managedNow: number,
): { readonly removals: readonly Leaver[]; readonly held: readonly (HeldLine & { readonly key: string })[] } {
  const suspicion = rosterSuspicion(input);
  if (suspicion !== null) {
    return {
      removals: [],
      held: leavers.map((leaver) => hold(leaver, suspicion.guardrail, suspicion.reason)),
    };
  }
  const surprises = leavers.filter((leaver) => !leaver.explained);
  const { count, share } = input.guardrails.unexplainedRemovals;
  const limit = Math.max(count, share * (input.stage.managedAtStart ?? managedNow));
  if (surprises.length + input.ledger.unexplainedToday <= limit) return { removals: leavers, held: [] };
  return {
    removals: leavers.filter((leaver) => leaver.explained),
    held: surprises.map((leaver) => hold(leaver, 'unexplainedRemovals', null)),
  };
}

function hold(leaver: Leaver, guardrail: string, why: string | null): HeldLine & { readonly key: string } {
  const reason = why === null ? leaver.reason : `${leaver.reason}; held since ${why}`;
  return { action: 'unassign', key: leaver.key, grantee: leaver.grantee, reason, guardrail };
}

/** How many of the missing seats may be bought now, and what of the purchase is held. */
export function guardPurchase(
  input: PlanInput,
  wanted: number,
): { readonly increment: number; readonly held: readonly HeldLine[] } {
  const held: HeldLine[] = [];
  const holdSeats = (seats: number, guardrail: string, reason: string) => {
    if (seats > 0) held.push({ action: 'increment', seats, reason, guardrail });
  };
  const { state, policy, guardrails, ledger } = input;
  const top = ceilingOf(input);
  const room = Math.max(0, top.seats - state.total);
  let increment = Math.min(wanted, room);
  holdSeats(wanted - increment, top.guardrail, `${seatsText(wanted)} missing, but ${top.reason}`);

  const today = Math.max(0, guardrails.seatsPerDay - ledger.boughtToday);
  if (increment > today) {
    const reason =
      `${seatsText(ledger.boughtToday)} bought in this pool within 24 hours and ${increment} more needed: ` +
      `at most ${guardrails.seatsPerDay} a day (guardrails.seatsPerDay)`;
    holdSeats(increment - today, 'seatsPerDay', reason);
    increment = today;
  }
  if (increment > guardrails.seatIncrease) {
    const reason = `a purchase of ${increment} seats at once is more than guardrails.seatIncrease allows (${guardrails.seatIncrease})`;
    holdSeats(increment, 'seatIncrease', reason);
    increment = 0;
  }
  const drift = driftSuspicion(input);
  if (drift !== null && increment > 0) {
    holdSeats(increment, drift.guardrail, drift.reason);
    increment = 0;
  }
  return { increment: policy.changesTotal ? increment : 0, held: policy.changesTotal ? held : [] };
}

/** The most seats that the pool may have, by the configuration and by the provider's plan. */
function ceilingOf(input: PlanInput): { seats: number; guardrail: string; reason: string } {
  const ours = input.policy.seats.max ?? Number.POSITIVE_INFINITY;
  const theirs = input.state.limits.max ?? Number.POSITIVE_INFINITY;
  return ours <= theirs
    ? { seats: ours, guardrail: 'seats.max', reason: `the pool may have at most ${ours} seats (seats.max)` }
    : {
        seats: theirs,
        guardrail: 'planMaximum',
        reason: `the provider's plan allows at most ${theirs} seats`,
      };
}

export function seatsText(count: number): string {
  return count === 1 ? '1 seat' : `${count} seats`;
}

function percent(share: number): string {
  return `${number(share * 100)} %`;
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
