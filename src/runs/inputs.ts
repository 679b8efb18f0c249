import type { Config, PoolConfig, SeatPriceConfig } from '../../config/schema.ts';
import { entitlementsFor, freezesOf } from '../cohorts/entitlements.ts';
import { rowName } from '../cohorts/row-name.ts';
import { suspects } from '../cohorts/suspects.ts';
import type { Freeze } from '../cohorts/types.ts';
import { dateIn } from '../dates.ts';
import type { DayCounts } from '../ledger/counts.ts';
import type { Grantee } from '../ledger/grantees.ts';
import type { Intent } from '../ledger/intents.ts';
import type { Break } from '../ledger/known-seats.ts';
import type { Person } from '../ledger/people.ts';
import type { Repeats } from '../ledger/repeats.ts';
import type { RememberedShortage } from '../ledger/shortage.ts';
import { keysDue, withoutUnsure } from '../planning/account.ts';
import type { Shortage } from '../planning/by-hand.ts';
import { demandByKey } from '../planning/demand.ts';
import { type RosterSummary, suspectRoster } from '../planning/suspect-roster.ts';
import { type SeatPrice, termsOf } from '../planning/terms.ts';
import {
  type Decisions,
  type KnownGrantee,
  noDecisions,
  type PlanInput,
  type PoolPolicy,
  type RosterView,
  type StageView,
} from '../planning/types.ts';
import type { PoolState, Provider } from '../providers/provider.ts';
import type { Roster } from '../roster/types.ts';
import type { ProblemDocument } from './documents.ts';
import { daysToNextRun } from './next-run.ts';
import { standingShortage } from './standing-shortage.ts';

/** What the ledger knows that bears on one pool. */
export interface PoolMemory {
  readonly people: ReadonlyMap<string, Person>;
  readonly grantees: ReadonlyMap<string, Grantee>;
  readonly counts: DayCounts;
  readonly decisions: Decisions;
  /** Seats assigned at the end of the last run; null if none has ended. */
  readonly assignedBefore: number | null;
  /** The last roster that was believed; null if none was. */
  readonly lastRoster: RosterSummary | null;
  /** The last time the provider refused to give anyone another seat; null if it has given some since. */
  readonly shortage: RememberedShortage | null;
  /** What we did again and again, since somebody reversed it. */
  readonly repeats: Repeats;
  /** A change of the total that is open; null if there is none. */
  readonly intent: Intent | null;
  /** That the ledger has lost something and the pool has not been looked at since; null if all is well. */
  readonly broken: Break | null;
}

/** Without a ledger yet, as before the first run of a private Redis. */
export const noMemory: PoolMemory = {
  people: new Map(),
  grantees: new Map(),
  counts: { bought: 0, unexplained: 0 },
  decisions: noDecisions,
  assignedBefore: null,
  lastRoster: null,
  shortage: null,
  repeats: new Map(),
  intent: null,
  broken: null,
};

export interface PoolInputs {
  readonly config: Config;
  readonly pool: PoolConfig;
  readonly provider: Provider;
  readonly roster: Roster;
  readonly memory: PoolMemory;
  readonly state: PoolState;
  readonly stage: StageView;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** All that planning needs for one pool, and the roster's problems with the people whom they protect in it. */
export function planInput(inputs: PoolInputs): { input: PlanInput; problems: ProblemDocument[] } {
  const { config, pool, provider, roster, memory, stage, now } = inputs;
  const keyOf = (grantee: string) => provider.keyOf(grantee);
  const { problems, freezes } = protections(roster, candidates(inputs));
  const { entitlements, missing } = entitlementsFor(
    roster.rows,
    { pool: pool.id, grantee: granteeColumn(pool) },
    config.cohorts,
  );
  const today = dateIn(now, config.timeZone);
  const demands = demandByKey(entitlements, keyOf);
  const state = withoutUnsure(inputs.state, demands, keyOf, today);
  const who = provider.capabilities.listsHolders ? undefined : keysDue(state, demands, keyOf, today);
  const view: RosterView = {
    entitlements,
    frozen: [...freezes, ...freezesOf(missing)],
    listed: listedKeys(pool, roster, memory.people, keyOf),
    invalidShare:
      // Each row is among those to act on or has a problem.
      roster.rowCount === 0 ? 0 : (roster.rowCount - roster.rows.length) / roster.rowCount,
    doubt: doubtOf(roster),
    suspicion: suspectRoster(
      memory.lastRoster,
      entitlements,
      today,
      config.cohorts.keepDaysAfter,
      holdsSeat(state, keyOf),
    ),
  };
  return {
    problems,
    input: {
      today,
      policy: withNextRun(policyOf(pool, provider), config, today),
      guardrails: config.guardrails,
      state,
      roster: view,
      ledger: {
        known: knownGrantees(memory.grantees),
        boughtToday: memory.counts.bought,
        assignedBefore: memory.assignedBefore,
        unexplainedToday: memory.counts.unexplained,
      },
      stage: { ...stage, shortage: stage.shortage ?? rememberedShortage({ ...inputs, state }, who) },
      decisions: memory.decisions,
      keyOf,
    },
  };
}

/** As planning sees them. */
function knownGrantees(grantees: ReadonlyMap<string, Grantee>): Map<string, KnownGrantee> {
  const known = new Map<string, KnownGrantee>();
  for (const [key, { grantee, person, lastSeen, assigned }] of grantees) {
    known.set(key, { grantee, person, lastSeen, assignedByUs: assigned !== null });
  }
  return known;
}

/** A sheet of which not one row can be read is the wrong one, or its columns are; of a few rows each is a person's own. */
const FEWEST_ROWS = 5;

function doubtOf({ rowCount, rows, location }: Roster): string | null {
  if (rowCount === 0) return `${location} has no rows below its header`;
  const none = rows.length === 0 && rowCount >= FEWEST_ROWS;
  return none ? `none of the ${rowCount} rows of ${location} can be read` : null;
}

function holdsSeat(state: PoolState, keyOf: (grantee: string) => string): (grantee: string) => boolean {
  const holding = new Set(state.holders.map((holder) => keyOf(holder.grantee)));
  return (grantee) => holding.has(keyOf(grantee));
}

function rememberedShortage(
  { memory, state, now }: PoolInputs,
  who: readonly string[] | undefined,
): Shortage | null {
  const assigned = state.holders.reduce((sum, { count }) => sum + count, 0);
  return standingShortage(memory.shortage, { total: state.total, assigned, who }, now);
}

/** `email`, or the header of the column that holds the provider's id of a person. */
export function granteeColumn(pool: PoolConfig): string {
  return 'grantee' in pool ? pool.grantee : 'email';
}

export function policyOf(pool: PoolConfig, provider: Provider): PoolPolicy {
  const { min, max, spare, keepUnusedDays, leadDays, price } = pool.seats;
  return {
    pool: pool.id,
    provider: pool.provider,
    changesTotal: provider.capabilities.changesTotal,
    buyAt: provider.capabilities.buyAt,
    seats: {
      min,
      max: max ?? null,
      spare,
      keepUnusedDays,
      price: price === undefined ? null : priceOf(price),
      ...(leadDays === undefined ? {} : { leadDays }),
    },
    protect: pool.protect,
  };
}

/** Where the renewal counts, with when the pool is next run by the schedule. */
function withNextRun(policy: PoolPolicy, { schedule }: Config, today: string): PoolPolicy {
  if (termsOf(policy.seats.price ?? null)?.kind !== 'by-period') return policy;
  const nextRunInDays = daysToNextRun(schedule, policy.pool, today);
  return nextRunInDays === null ? policy : { ...policy, seats: { ...policy.seats, nextRunInDays } };
}

export function priceOf(price: SeatPriceConfig): SeatPrice {
  return {
    amount: price.amount ?? null,
    currency: price.currency ?? null,
    per: price.per,
    billing: price.billing ?? null,
    reduce: price.reduce ?? null,
    renewsOn: price.renewsOn ?? null,
  };
}

/** A row of the roster; of which tab is not known where the roster had but one. */
interface Place {
  readonly row: number;
  readonly tab?: string | undefined;
}

interface Named {
  readonly email: string;
  readonly name: string | null;
  /** The rows in which the last good reading had this person. */
  readonly rows?: readonly Place[];
}

/** Everyone whom a doubtful row may mean: on the roster, in the ledger, or holding a seat. */
function candidates({ roster, memory, state, pool }: PoolInputs): Named[] {
  const found = new Map<string, Named>();
  if (granteeColumn(pool) === 'email') {
    for (const { grantee } of state.holders) {
      const email = grantee.trim().toLowerCase();
      found.set(email, { email, name: null });
    }
  }
  const rows = lastRows(memory);
  for (const { email, name } of memory.people.values())
    found.set(email, { email, name, rows: rows.get(email) ?? [] });
  for (const { email, name } of roster.rows) found.set(email, { email, name });
  return [...found.values()];
}

function lastRows({ grantees }: PoolMemory): Map<string, readonly Place[]> {
  const rows = new Map<string, readonly Place[]>();
  for (const { person, lastSeen } of grantees.values()) {
    if (person !== null) rows.set(person, lastSeen);
  }
  return rows;
}

/**
 * The roster's problems with those whom each most likely names: they keep what they have (rule 2). Where a row says
 * nothing of anyone who is known, that is whoever stood in it at the last good reading and stands nowhere now.
 */
export function protections(
  roster: Roster,
  people: readonly Named[],
): { problems: ProblemDocument[]; freezes: Freeze[] } {
  const freezes: Freeze[] = [];
  const known = new Set(people.map((person) => person.email));
  const absent = absentFrom(roster, people);
  const problems = roster.problems.map(({ row, tab, column, value, problem, email, name }) => {
    const named = suspects({ email, name }, people);
    const before = named.some((person) => known.has(person)) ? [] : absent({ row, tab });
    const protects = [...new Set([...named, ...before])];
    for (const person of protects) freezes.push({ person, reason: `${rowName({ row, tab })} is unreadable` });
    return { row, ...(tab === undefined ? {} : { tab }), column, value, problem, protects };
  });
  return { problems, freezes };
}

/** Who stood in a row at the last good reading, in the same tab, and is not on the roster any more. */
function absentFrom(roster: Roster, people: readonly Named[]): (place: Place) => string[] {
  const present = new Set(roster.rows.map((row) => row.email));
  const absent = new Map<number, { readonly email: string; readonly tab: string | undefined }[]>();
  for (const { email, rows = [] } of people) {
    if (present.has(email)) continue;
    for (const { row, tab } of rows) absent.set(row, [...(absent.get(row) ?? []), { email, tab }]);
  }
  return ({ row, tab }) =>
    (absent.get(row) ?? []).flatMap((before) =>
      before.tab === undefined || before.tab === tab ? before.email : [],
    );
}

/** Everyone whom the roster lists or has ever listed, by this provider's key. */
function listedKeys(
  pool: PoolConfig,
  roster: Roster,
  people: ReadonlyMap<string, Person>,
  keyOf: (grantee: string) => string,
): Map<string, string> {
  const listed = new Map<string, string>();
  const add = (email: string, granteeIds: Readonly<Record<string, string>>) => {
    const column = granteeColumn(pool);
    const grantee = column === 'email' ? email : granteeIds[column];
    if (grantee) listed.set(keyOf(grantee), email);
  };
  for (const person of people.values()) add(person.email, person.granteeIds);
  for (const row of roster.rows) add(row.email, row.granteeIds);
  return listed;
}
