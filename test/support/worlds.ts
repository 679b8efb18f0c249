import fc from 'fast-check';
import { entitlementsFor } from '../../src/cohorts/entitlements.ts';
import { addDays } from '../../src/dates.ts';
import { type KnownGrantee, noDecisions, type PlanInput, runStart } from '../../src/planning/types.ts';
import type { RosterRow } from '../../src/roster/types.ts';
import { day, email, keyOf, people, row, TODAY } from './planning.ts';
import type { Mishaps } from './run-model.ts';

/** Random pools with their rosters and ledgers, small enough that everything meets everything. */

/** Two of them are each other's typing errors. */
const INSTRUCTORS = [...people('p', 8), 'ann.smith', 'ann.smiht'];
const GUESTS = people('guest', 2);
const EVERYONE = [...INSTRUCTORS, ...GUESTS];

export interface World {
  readonly input: PlanInput;
  readonly rows: readonly RosterRow[];
  readonly windows: { readonly assignDaysBefore: number; readonly keepDaysAfter: number };
}

const cohorts = fc.array(
  fc.record({ starts: fc.integer({ min: -45, max: 30 }), days: fc.integer({ min: 1, max: 35 }) }),
  { minLength: 2, maxLength: 5 },
);

/** Who teaches which cohort, as indexes: what becomes of it is decided when the cohorts are known. */
const teaching = fc.record({
  who: fc.constantFrom(...INSTRUCTORS),
  cohort: fc.nat({ max: 4 }),
  canceled: fc.integer({ min: 0, max: 9 }).map((die) => die === 0),
  fate: fc.constantFrom('stays', 'stays', 'stays', 'stays', 'vanished', 'moved', 'new'),
});

const holding = fc.record({
  who: fc.constantFrom(...EVERYONE),
  count: fc.constantFrom(1, 1, 1, 1, 1, 2, 3),
  ours: fc.boolean(),
});

const settings = fc.record({
  changesTotal: fc.constantFrom(true, true, true, false),
  spare: fc.constantFrom(0, 0, 1, 2),
  min: fc.constantFrom(0, 0, 3),
  planMin: fc.constantFrom(0, 0, 2),
  max: fc.constantFrom(null, null, 4, 8),
  keepUnusedDays: fc.constantFrom(0, 3, 14, 30),
  free: fc.integer({ min: 0, max: 5 }),
  windows: fc.record({
    assignDaysBefore: fc.integer({ min: 0, max: 3 }),
    keepDaysAfter: fc.integer({ min: 0, max: 4 }),
  }),
});

const dangers = fc.record({
  frozen: fc.subarray(EVERYONE, { maxLength: 2 }),
  protect: fc.subarray(EVERYONE, { maxLength: 2 }),
  invalidShare: fc.constantFrom(0, 0, 0, 0.5),
  doubt: fc.constantFrom(null, null, null, null, 'the sheet has no rows'),
  boughtToday: fc.constantFrom(0, 0, 3),
  unexplainedToday: fc.constantFrom(0, 0, 1),
  seatsPerDay: fc.constantFrom(50, 50, 4),
  seatIncrease: fc.constantFrom(25, 25, 3),
  unexplained: fc.constantFrom(0, 2, 5),
  drift: fc.constantFrom(1, 5, 5),
  assignedBefore: fc.constantFrom(null, null, 4, 12),
});

export const world: fc.Arbitrary<World> = fc
  .record({
    cohorts,
    teaching: fc.array(teaching, { maxLength: 16 }),
    holding: fc.uniqueArray(holding, { selector: (each) => each.who, maxLength: 9 }),
    settings,
    dangers,
  })
  .map(worldOf);

/** Whose lines are refused; mostly nobody's. */
export const mishaps: fc.Arbitrary<Mishaps> = fc.record({
  unassign: fc.subarray(INSTRUCTORS, { maxLength: 3 }).map((whom) => new Set(whom.map(email))),
  assign: fc.subarray(INSTRUCTORS, { maxLength: 3 }).map((whom) => new Set(whom.map(email))),
  purchase: fc.boolean(),
});

interface Seed {
  readonly cohorts: readonly { readonly starts: number; readonly days: number }[];
  readonly teaching: readonly {
    readonly who: string;
    readonly cohort: number;
    readonly canceled: boolean;
    readonly fate: string;
  }[];
  readonly holding: readonly { readonly who: string; readonly count: number; readonly ours: boolean }[];
  readonly settings: typeof settings extends fc.Arbitrary<infer Settings> ? Settings : never;
  readonly dangers: typeof dangers extends fc.Arbitrary<infer Dangers> ? Dangers : never;
}

function worldOf({ cohorts, teaching, holding, settings, dangers }: Seed): World {
  const now: RosterRow[] = [];
  const before: RosterRow[] = [];
  for (const [index, { who, cohort, canceled, fate }] of teaching.entries()) {
    const { starts, days } = cohorts[cohort % cohorts.length] ?? { starts: 0, days: 1 };
    const at = (shift: number) =>
      row(
        who,
        { id: `c${cohort % cohorts.length}`, starts: starts + shift, ends: starts + shift + days - 1 },
        { row: index + 2, canceled },
      );
    if (fate !== 'vanished') now.push(at(0));
    if (fate !== 'new') before.push({ ...at(fate === 'moved' ? 20 : 0), canceled: false });
  }
  const entitlements = (given: readonly RosterRow[]) =>
    entitlementsFor(given, { pool: 'pool', grantee: 'email' }, settings.windows).entitlements;
  const known = new Map<string, KnownGrantee>();
  for (const { who, ours } of holding) {
    if (ours)
      known.set(email(who), { grantee: email(who), person: email(who), lastSeen: [], assignedByUs: true });
  }
  for (const each of before) {
    const lastSeen = entitlements(before.filter((other) => other.email === each.email));
    const assignedByUs = known.get(each.email)?.assignedByUs ?? false;
    known.set(each.email, { grantee: each.email, person: each.email, lastSeen, assignedByUs });
  }
  const assigned = holding.reduce((sum, each) => sum + each.count, 0);
  const total = assigned + settings.free;
  const { min, max, spare, keepUnusedDays } = settings;
  return {
    rows: now,
    windows: settings.windows,
    input: {
      today: TODAY,
      policy: {
        pool: 'pool',
        provider: 'salable',
        changesTotal: settings.changesTotal,
        seats: { min, max, spare, keepUnusedDays },
        protect: dangers.protect.map(email),
      },
      guardrails: {
        unexplainedRemovals: { count: dangers.unexplained, share: 0.2 },
        seatIncrease: dangers.seatIncrease,
        seatsPerDay: dangers.seatsPerDay,
        invalidRows: 0.2,
        drift: { count: dangers.drift, share: 0.5 },
      },
      state: {
        pool: 'pool',
        total,
        totalFrom: 'subscription quantity',
        usable: total,
        limits: { min: settings.planMin, max: null },
        holders: holding.map(({ who, count }) => ({ grantee: email(who), seats: [], count })),
        freeSeats: [],
      },
      roster: {
        entitlements: entitlements(now),
        frozen: dangers.frozen.map((who) => ({ person: email(who), reason: `row of ${who} is unreadable` })),
        listed: new Map(now.map((each) => [keyOf(each.email), each.email])),
        invalidShare: dangers.invalidShare,
        doubt: dangers.doubt,
        suspicion: null,
      },
      ledger: {
        known,
        boughtToday: dangers.boughtToday,
        assignedBefore: dangers.assignedBefore,
        unexplainedToday: dangers.unexplainedToday,
      },
      stage: runStart,
      decisions: noDecisions,
      keyOf,
    },
  };
}

/** Every list and map of the input in another order. */
export function shuffled(input: PlanInput, seed: number): PlanInput {
  const turn = <T>(items: readonly T[]): T[] => {
    const cut = items.length === 0 ? 0 : seed % items.length;
    const turned = [...items.slice(cut), ...items.slice(0, cut)];
    return seed % 2 === 0 ? turned : turned.reverse();
  };
  const known = turn([...input.ledger.known]).map(
    ([key, each]) => [key, { ...each, lastSeen: turn(each.lastSeen) }] as const,
  );
  return {
    ...input,
    policy: { ...input.policy, protect: turn(input.policy.protect) },
    state: { ...input.state, holders: turn(input.state.holders) },
    roster: {
      ...input.roster,
      entitlements: turn(input.roster.entitlements),
      frozen: turn(input.roster.frozen),
      listed: new Map(turn([...input.roster.listed])),
    },
    ledger: { ...input.ledger, known: new Map(known) },
  };
}

/** What the rules say of a world, worked out day by day and person by person from the rows alone. */
export function oracleOf({ rows, windows, input }: World) {
  const { today, policy, roster, ledger } = input;
  const horizon = day(policy.seats.keepUnusedDays);
  const active = rows
    .filter((each) => !each.canceled)
    .map((each) => ({
      who: each.email,
      startsOn: each.startsOn,
      from: shift(each.startsOn, -windows.assignDaysBefore),
      to: shift(each.endsOn, windows.keepDaysAfter),
    }));
  const due = (who: string, on: string) =>
    active.some((each) => each.who === who && each.from <= on && on <= each.to);
  const nextStart = (who: string) =>
    active
      .filter((each) => each.who === who && each.from > today)
      .map((each) => each.startsOn)
      .sort()[0];
  const isProtected = (who: string) => policy.protect.includes(who);
  const isFrozen = (who: string) => roster.frozen.some((each) => each.person === who);
  const isKnown = (who: string) => ledger.known.has(who) || rows.some((each) => each.email === who);
  const inGap = (who: string) => !due(who, today) && (nextStart(who) ?? '9999') <= horizon;

  const people = [...new Set(active.map((each) => each.who))];

  /** The most seats needed on one day up to the horizon, given who holds one. */
  const needed = (holders: readonly { grantee: string; count: number }[]): number => {
    const unmanaged = (who: string) => isProtected(who) || (!isKnown(who) && !isFrozen(who));
    const outside = holders.filter((each) => unmanaged(each.grantee));
    const inside = holders.filter((each) => !unmanaged(each.grantee));
    const skip = new Set(outside.map((each) => each.grantee));
    let most = 0;
    for (let offset = 0; offset <= policy.seats.keepUnusedDays; offset++) {
      const on = day(offset);
      const whom = new Set<string>();
      for (const each of active) {
        const counts = each.startsOn <= horizon || each.from <= today;
        if (counts && each.from <= on && on <= each.to && !skip.has(each.who)) whom.add(each.who);
      }
      // A seat given to someone protected stays given.
      for (const who of people) if (isProtected(who) && due(who, today) && !skip.has(who)) whom.add(who);
      for (const { grantee: who } of inside) {
        const waitsToTeach =
          inGap(who) && active.some((each) => each.who === who && each.startsOn <= horizon && on <= each.to);
        const stays = !due(who, today) && !inGap(who);
        if (waitsToTeach || stays || (isFrozen(who) && !due(who, today))) whom.add(who);
      }
      most = Math.max(most, whom.size);
    }
    const extra = inside.reduce((sum, each) => sum + each.count - 1, 0);
    const others = outside.reduce((sum, each) => sum + each.count, 0);
    const floor = Math.max(policy.seats.min, input.state.limits.min);
    return Math.max(floor, most + extra + others + policy.seats.spare);
  };
  return { due: (who: string) => due(who, today), people, inGap, isProtected, isFrozen, isKnown, needed };
}

const days = new Map<string, string>();

/** Calendar arithmetic is slow, and these tests do the same few sums a million times. */
function shift(date: string, by: number): string {
  const key = `${date} ${by}`;
  let shifted = days.get(key);
  if (shifted === undefined) {
    shifted = addDays(date, by);
    days.set(key, shifted);
  }
  return shifted;
}
