import { entitlementsFor } from '../../../src/cohorts/entitlements.ts';
import type { Entitlement } from '../../../src/cohorts/types.ts';
import { addDays, fromInstant } from '../../../src/dates.ts';
import type { SeatDays } from '../../../src/planning/cost.ts';
import { planPool } from '../../../src/planning/plan.ts';
import type { SeatPrice } from '../../../src/planning/terms.ts';
import { type KnownGrantee, noDecisions, type PlanInput, runStart } from '../../../src/planning/types.ts';
import { makeAccounting } from '../../../src/sandbox/accounting.ts';
import { keyOf, windows } from '../planning.ts';
import { playRun } from '../run-model.ts';
import { type DatedRow, rosterOn, type SchoolShape } from './school.ts';

/** How a pool is kept over the time: by its price, or by `keepUnusedDays` alone. */
export interface Policy {
  readonly price: SeatPrice | null;
  readonly keepUnusedDays: number;
}

/** What a school's time came to under one policy. */
export interface Year {
  /** By the sandbox's accounting. */
  readonly seats: SeatDays;
  /** Seats that were due on each day, by the roster of that day. */
  readonly due: readonly number[];
  /** Days on which someone due a seat had none after the run, as `2026-03-01 ann@example.org`. */
  readonly lacking: readonly string[];
  /** Whoever lost a seat that was due that day, in the same form. */
  readonly robbed: readonly string[];
  /** Most changes of the quantity in one run. */
  readonly changesPerRun: number;
}

/** Days on which a school's roster reads differently from the day before need a new view; the others share one. */
type View = { readonly entitlements: readonly Entitlement[]; readonly lastSeen: Map<string, Entitlement[]> };

/** Plays a run a day over a school's time: the pure planner against a pool that does what it is told. */
export function playYear(shape: SchoolShape, rows: readonly DatedRow[], policy: Policy): Year {
  let day = shape.firstDay;
  const clock = { now: () => fromInstant(`${day}T06:00:00Z`) };
  const accounting = makeAccounting(clock, () => {});
  const due: number[] = [];
  const lacking: string[] = [];
  const robbed: string[] = [];
  let changesPerRun = 0;
  let view = viewOn(rows, day);
  let input = startOf(policy, view, day);
  accounting.opened('salable', 'pool', 0);
  for (let count = 0; count < shape.days; count++) {
    day = addDays(shape.firstDay, count);
    if (changesOn(rows, day)) view = viewOn(rows, day);
    input = morning(input, view, day);
    const before = input.state;
    const plan = planPool(input);
    const dueNow = dueOn(view.entitlements, day);
    if (plan.verdict !== 'in-sync') {
      const { plans, next } = playRun(input);
      for (const { grantee } of plans.unassign.unassign)
        if (dueNow.has(grantee)) robbed.push(`${day} ${grantee}`);
      const { increment } = plans.increment;
      const { decrement } = plans.decrement;
      changesPerRun = Math.max(changesPerRun, Number(increment > 0) + Number(decrement > 0));
      accounting.changed('pool', { at: clock.now(), by: 'api', from: before.total, to: next.state.total });
      input = next;
    }
    const holding = new Set(input.state.holders.map(({ grantee }) => grantee));
    for (const who of dueNow) if (!holding.has(who)) lacking.push(`${day} ${who}`);
    due.push(dueNow.size);
  }
  const [account] = accounting.accounts();
  const seats = dailyTotals(shape, account?.timeline ?? []);
  return { seats, due, lacking, robbed, changesPerRun };
}

/** The account's timeline as the total of each evening. */
function dailyTotals(
  { firstDay, days }: SchoolShape,
  timeline: readonly { readonly at: string; readonly total: number }[],
): SeatDays {
  const totals: number[] = [];
  let total = 0;
  let next = 0;
  for (let count = 0; count < days; count++) {
    const day = addDays(firstDay, count);
    for (
      let entry = timeline[next];
      entry !== undefined && entry.at.slice(0, 10) <= day;
      entry = timeline[++next]
    )
      total = entry.total;
    totals.push(total);
  }
  return { from: firstDay, totals };
}

function changesOn(rows: readonly DatedRow[], day: string): boolean {
  return rows.some(({ announcedOn, canceledOn }) => announcedOn === day || canceledOn === day);
}

function viewOn(rows: readonly DatedRow[], day: string): View {
  const given = rosterOn(rows, day);
  const { entitlements } = entitlementsFor(given, { pool: 'pool', grantee: 'email' }, windows);
  const lastSeen = new Map<string, Entitlement[]>();
  for (const each of entitlements) {
    const all = lastSeen.get(each.grantee);
    if (all === undefined) lastSeen.set(each.grantee, [each]);
    else all.push(each);
  }
  return { entitlements, lastSeen };
}

function dueOn(entitlements: readonly Entitlement[], day: string): Set<string> {
  const due = new Set<string>();
  for (const { grantee, from, to, canceled } of entitlements)
    if (!canceled && from <= day && day <= to) due.add(grantee);
  return due;
}

function startOf(policy: Policy, view: View, today: string): PlanInput {
  const unlimited = 1_000_000;
  return {
    today,
    policy: {
      pool: 'pool',
      provider: 'salable',
      changesTotal: true,
      seats: { min: 0, max: null, spare: 0, ...policy },
      protect: [],
    },
    guardrails: {
      unexplainedRemovals: { count: unlimited, share: 1 },
      seatIncrease: unlimited,
      seatsPerDay: unlimited,
      invalidRows: 1,
      drift: { count: unlimited, share: 1 },
    },
    state: {
      pool: 'pool',
      total: 0,
      totalFrom: 'subscription quantity',
      usable: 0,
      limits: { min: 0, max: null },
      holders: [],
      freeSeats: [],
    },
    roster: {
      entitlements: view.entitlements,
      frozen: [],
      listed: new Map(),
      invalidShare: 0,
      doubt: null,
      suspicion: null,
    },
    ledger: { known: new Map(), boughtToday: 0, assignedBefore: null, unexplainedToday: 0 },
    stage: runStart,
    decisions: noDecisions,
    keyOf,
  };
}

/** The next day's input: the pool as it was left, the roster of the day. */
function morning(input: PlanInput, view: View, today: string): PlanInput {
  const known = new Map<string, KnownGrantee>();
  const ours = new Set(input.state.holders.map(({ grantee }) => grantee));
  for (const [grantee, lastSeen] of view.lastSeen)
    known.set(grantee, { grantee, person: grantee, lastSeen, assignedByUs: ours.has(grantee) });
  return {
    ...input,
    today,
    roster: { ...input.roster, entitlements: view.entitlements },
    ledger: { known, boughtToday: 0, assignedBefore: null, unexplainedToday: 0 },
  };
}
