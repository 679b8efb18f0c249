import { entitlementsFor, freezesOf, type WindowPolicy } from '../../src/cohorts/entitlements.ts';
import type { Entitlement, Freeze } from '../../src/cohorts/types.ts';
import { addDays } from '../../src/dates.ts';
import { planPool } from '../../src/planning/plan.ts';
import {
  type Decisions,
  type Guardrails,
  type KnownGrantee,
  noDecisions,
  type PlanInput,
  type PoolPlan,
  type PoolPolicy,
  runStart,
  type StageView,
} from '../../src/planning/types.ts';
import type { Holder, PoolState } from '../../src/providers/provider.ts';
import type { RosterRow } from '../../src/roster/types.ts';

/** A Sunday. Cohorts of these tests are told by their days from here. */
export const TODAY = '2026-11-22';

export const windows: WindowPolicy = { assignDaysBefore: 2, keepDaysAfter: 3 };

/** The guardrails of the example configuration. */
export const usualGuardrails: Guardrails = {
  unexplainedRemovals: { count: 2, share: 0.2 },
  seatIncrease: 25,
  seatsPerDay: 50,
  invalidRows: 0.2,
  drift: { count: 5, share: 0.5 },
};

export const keyOf = (grantee: string) => grantee.trim().toLowerCase();

/** The day so many days from today. */
export function day(offset: number): string {
  return addDays(TODAY, offset);
}

export function email(name: string): string {
  return name.includes('@') ? name : `${name}@example.org`;
}

/** A cohort of five weeks unless it says otherwise, by days from today. */
export interface CohortDays {
  readonly id: string;
  readonly starts: number;
  readonly ends?: number;
}

/** Taught since two weeks ago. */
export const current: CohortDays = { id: 'current', starts: -14 };
/** Ended a week ago, so that its seats are no longer due. */
export const past: CohortDays = { id: 'past', starts: -41 };
/** Starts in two days: due from today. */
export const joining: CohortDays = { id: 'joining', starts: 2 };
/** Starts tomorrow: too late to wait for a seat. */
export const tomorrow: CohortDays = { id: 'tomorrow', starts: 1 };

export function cohort(id: string, starts: number, ends?: number): CohortDays {
  return ends === undefined ? { id, starts } : { id, starts, ends };
}

/** A row of the roster, as `row('ann', current)`. */
export function row(who: string, { id, starts, ends }: CohortDays, over: Partial<RosterRow> = {}): RosterRow {
  return {
    row: 2,
    email: email(who),
    name: null,
    cohort: id,
    startsOn: day(starts),
    endsOn: day(ends ?? starts + 34),
    pools: null,
    canceled: false,
    granteeIds: {},
    ...over,
  };
}

/** Rows of several people in one cohort. */
export function rows(whom: readonly string[], days: CohortDays): RosterRow[] {
  return whom.map((who) => row(who, days));
}

export function people(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** What the pools' entitlements are made of by the usual windows. */
export function entitled(...given: readonly RosterRow[]): readonly Entitlement[] {
  return entitlementsFor(given, { pool: 'pool', grantee: 'email' }, windows).entitlements;
}

export function holder(who: string, count = 1): Holder {
  return {
    grantee: email(who),
    seats: Array.from({ length: count }, (_, index) => `${who}-${index}`),
    count,
  };
}

/** What the ledger knows of a person: the rows last seen, and whether we assigned the seat. */
export interface Memory {
  readonly lastSeen?: readonly RosterRow[];
  readonly assignedByUs?: boolean;
}

export function known(who: string, { lastSeen = [], assignedByUs = true }: Memory = {}): KnownGrantee {
  return { grantee: email(who), person: email(who), lastSeen: entitled(...lastSeen), assignedByUs };
}

/** A pool and its surroundings, told by what matters in a case. */
export interface Situation {
  readonly rows?: readonly RosterRow[];
  /** Rows that the ledger remembers and the roster no longer has, by person. */
  readonly lastSeen?: readonly RosterRow[];
  /** People of whom the ledger knows only that we assigned them. */
  readonly ours?: readonly string[];
  /** Who holds a seat: names, or holders for more than one seat. */
  readonly holders?: readonly (string | Holder)[];
  /** As many as there are holders unless given. */
  readonly total?: number;
  readonly usable?: number;
  readonly limits?: PoolState['limits'];
  readonly seats?: Partial<PoolPolicy['seats']>;
  readonly changesTotal?: boolean;
  readonly protect?: readonly string[];
  readonly guardrails?: Partial<Guardrails>;
  readonly frozen?: readonly Freeze[];
  readonly invalidShare?: number;
  readonly doubt?: string;
  readonly suspicion?: string;
  readonly assignedBefore?: number;
  readonly decisions?: Decisions;
  readonly boughtToday?: number;
  readonly unexplainedToday?: number;
  readonly stage?: Partial<StageView>;
  readonly today?: string;
}

/** The input of planning for a situation. Whoever holds a seat and is on the roster was assigned by us. */
export function inputOf(situation: Situation): PlanInput {
  const given = situation.rows ?? [];
  const holders = (situation.holders ?? []).map((each) => (typeof each === 'string' ? holder(each) : each));
  const total = situation.total ?? holders.reduce((sum, each) => sum + each.count, 0);
  const { entitlements, missing } = entitlementsFor(given, { pool: 'pool', grantee: 'email' }, windows);
  return {
    today: situation.today ?? TODAY,
    policy: {
      pool: 'pool',
      provider: 'salable',
      changesTotal: situation.changesTotal ?? true,
      seats: { min: 0, max: null, spare: 0, keepUnusedDays: 14, ...situation.seats },
      protect: situation.protect ?? [],
    },
    guardrails: { ...usualGuardrails, ...situation.guardrails },
    state: {
      pool: 'pool',
      total,
      totalFrom: 'subscription quantity',
      usable: situation.usable ?? total,
      limits: situation.limits ?? { min: 0, max: null },
      holders,
      freeSeats: [],
    },
    roster: {
      entitlements,
      frozen: [...(situation.frozen ?? []), ...freezesOf(missing)],
      listed: new Map(given.map((each) => [keyOf(each.email), each.email])),
      invalidShare: situation.invalidShare ?? 0,
      doubt: situation.doubt ?? null,
      suspicion: situation.suspicion ?? null,
    },
    ledger: {
      known: memoryOf(situation, holders),
      boughtToday: situation.boughtToday ?? 0,
      assignedBefore: situation.assignedBefore ?? null,
      unexplainedToday: situation.unexplainedToday ?? 0,
    },
    stage: { ...runStart, ...situation.stage },
    decisions: situation.decisions ?? noDecisions,
    keyOf,
  };
}

function memoryOf(situation: Situation, holders: readonly Holder[]): Map<string, KnownGrantee> {
  const memory = new Map<string, KnownGrantee>();
  const held = new Set(holders.map((each) => keyOf(each.grantee)));
  const seen = new Map<string, RosterRow[]>();
  for (const each of [...(situation.rows ?? []), ...(situation.lastSeen ?? [])]) {
    seen.set(each.email, [...(seen.get(each.email) ?? []), each]);
  }
  for (const who of situation.ours ?? []) memory.set(email(who), known(who));
  for (const [who, all] of seen) {
    const remembered = (situation.lastSeen ?? []).filter((each) => each.email === who);
    const lastSeen = remembered.length > 0 ? remembered : all;
    memory.set(who, known(who, { lastSeen, assignedByUs: held.has(who) || memory.has(who) }));
  }
  return memory;
}

export function planOf(situation: Situation): PoolPlan {
  return planPool(inputOf(situation));
}

/** The names of lines, without the domain, for short expectations. */
export function namesOf(lines: readonly { readonly grantee?: string }[]): string[] {
  return lines.map((line) => (line.grantee ?? '(seats)').replace('@example.org', ''));
}
