import type { Config, PoolConfig } from '../../config/schema.ts';
import { entitlementsFor } from '../cohorts/entitlements.ts';
import { lastEntryOf } from '../ledger/audit.ts';
import { latestFailure } from '../ledger/runs.ts';
import type { Store } from '../ledger/store.ts';
import { demandByKey, entitledOn, nextOf } from '../planning/demand.ts';
import { planPool } from '../planning/plan.ts';
import { type PlanInput, type PoolPlan, runStart } from '../planning/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { Roster } from '../roster/types.ts';
import type { FailureDocument } from './documents.ts';
import { granteeColumn, noMemory, type PoolMemory, planInput, readMemory } from './inputs.ts';
import { failureOf } from './preview.ts';

/** Where a person stands in a pool. `unknown`: the pool could not be read. */
export type Standing =
  | 'has'
  | 'keeps'
  | 'lacks'
  | 'loses'
  | 'waits'
  | 'held'
  | 'conflict'
  | 'unmanaged'
  | 'unknown';

/** Why a person has, keeps, lacks or loses a seat in one pool. */
export interface PoolExplanation {
  readonly pool: string;
  readonly state: Standing;
  readonly reason: string;
  readonly rows: readonly { row: number; cohort: string; startsOn: string; endsOn: string }[];
  /** The rule or setting that decides. */
  readonly rule: string;
  /** What the provider last said to a change for this person; null if there was none. */
  readonly lastAnswer: string | null;
  /** When a failed change is tried again; null if none failed or the next run tries it. */
  readonly nextTry: string | null;
  readonly error?: FailureDocument;
}

export interface ExplainDocument {
  readonly person: string;
  readonly pools: readonly PoolExplanation[];
}

export interface ExplainContext {
  readonly config: Config;
  readonly store: Store | null;
  readonly providerOf: (pool: PoolConfig) => Provider;
  readonly roster: Roster;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Where a person stands in each pool, and why, by the same planning that a run uses. Only reads. */
export async function explainPerson(context: ExplainContext, person: string): Promise<ExplainDocument> {
  const pools = await Promise.all(context.config.pools.map((pool) => explainInPool(context, pool, person)));
  return { person, pools };
}

async function explainInPool(
  context: ExplainContext,
  pool: PoolConfig,
  person: string,
): Promise<PoolExplanation> {
  const { config, store, roster, now, signal } = context;
  const rows = roster.rows
    .filter((row) => row.email === person && (row.pools === null || row.pools.includes(pool.id)))
    .map(({ row, cohort, startsOn, endsOn }) => ({ row, cohort, startsOn, endsOn }));
  try {
    const provider = context.providerOf(pool);
    const [state, memory] = await Promise.all([
      provider.read(signal),
      store === null ? noMemory : readMemory(store, pool.id, now),
    ]);
    const { input } = planInput({ config, pool, provider, roster, memory, state, stage: runStart, now });
    const grantees = granteesOf(pool, person, roster, memory);
    const keys = new Set(grantees.map((grantee) => provider.keyOf(grantee)));
    const standing = standingOf(input, planPool(input), keys);
    const [lastAnswer, nextTry] =
      store === null ? [null, null] : await history(store, pool.id, keys, provider);
    return { pool: pool.id, ...standing, rows, lastAnswer, nextTry };
  } catch (cause) {
    const error = failureOf(cause);
    const unknown = {
      state: 'unknown' as const,
      reason: error.message,
      rule: 'rule 1: a bad read is never "nobody"',
    };
    return { pool: pool.id, ...unknown, rows, lastAnswer: null, nextTry: null, error };
  }
}

/** Who the person is to the provider, by the roster of now or of earlier. */
function granteesOf(pool: PoolConfig, person: string, roster: Roster, memory: PoolMemory): string[] {
  const column = granteeColumn(pool);
  if (column === 'email') return [person];
  const rows = entitlementsFor(
    roster.rows,
    { pool: pool.id, grantee: column },
    { assignDaysBefore: 0, keepDaysAfter: 0 },
  );
  const now = rows.entitlements.filter((each) => each.person === person).map((each) => each.grantee);
  const before = [...memory.grantees.values()]
    .filter((each) => each.person === person)
    .map((each) => each.grantee);
  return [...now, ...before];
}

interface Answer {
  readonly state: Standing;
  readonly reason: string;
  readonly rule: string;
}

function standingOf(input: PlanInput, plan: PoolPlan, keys: ReadonlySet<string>): Answer {
  const isPerson = ({ grantee }: { readonly grantee?: string }) =>
    grantee !== undefined && keys.has(input.keyOf(grantee));
  const held = plan.held.find(isPerson);
  if (held !== undefined) {
    const state = held.guardrail === 'conflict' ? 'conflict' : 'held';
    return { state, reason: held.reason, rule: `guardrail ${held.guardrail}` };
  }
  const leaving = plan.unassign.find(isPerson);
  if (leaving !== undefined && !leaving.keepsOne) {
    return {
      state: 'loses',
      reason: leaving.reason,
      rule: 'rule 6: departures that the roster explains pass',
    };
  }
  const waiting = plan.waiting.find(isPerson);
  if (waiting !== undefined)
    return { state: 'waits', reason: waiting.reason, rule: 'rule 3: free, then buy, then fill' };
  const kept = plan.kept.find(isPerson);
  if (kept !== undefined) return { state: 'keeps', reason: kept.reason, rule: keptRule(kept.reason) };
  if (plan.unmanaged.some((grantee) => keys.has(input.keyOf(grantee)))) {
    const reason = 'holds a seat that cohort-sync leaves alone: never on the roster, or on the protect list';
    return { state: 'unmanaged', reason, rule: 'rule 5: it takes away only from those it knows' };
  }
  return entitledOrNot(input, plan, keys);
}

function keptRule(reason: string): string {
  return reason.startsWith('teaches again')
    ? 'rule 15: seats.keepUnusedDays'
    : 'rule 2: a doubtful row never takes anything away';
}

function entitledOrNot(input: PlanInput, plan: PoolPlan, keys: ReadonlySet<string>): Answer {
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const demand = [...keys].map((key) => demands.get(key)).find((each) => each !== undefined);
  const holds = input.state.holders.some((holder) => keys.has(input.keyOf(holder.grantee)));
  const current = demand === undefined ? null : entitledOn(demand, input.today);
  const window = 'cohorts.assignDaysBefore and cohorts.keepDaysAfter';
  if (current !== null) {
    const dates = `cohort ${current.cohort}, seat due ${current.from} to ${current.to} (row ${current.row})`;
    if (holds) return { state: 'has', reason: dates, rule: window };
    const assigned = plan.assign.some((line) => keys.has(input.keyOf(line.grantee)));
    const when = assigned ? 'the next run assigns a seat' : 'no seat yet';
    return { state: 'lacks', reason: `${dates}; ${when}`, rule: window };
  }
  const next = demand === undefined ? null : nextOf(demand, input.today);
  if (next !== null) {
    const reason = `cohort ${next.cohort} starts ${next.startsOn}: a seat is due from ${next.from} (row ${next.row})`;
    return { state: holds ? 'has' : 'lacks', reason, rule: window };
  }
  const canceled = demand?.canceled.at(-1);
  if (canceled !== undefined) {
    return {
      state: 'lacks',
      reason: `row ${canceled.row} is marked canceled`,
      rule: 'roster.columns.status',
    };
  }
  const ended = demand?.active.at(-1);
  const reason =
    ended === undefined
      ? 'no row of the roster gives a seat in this pool'
      : `cohort ${ended.cohort} ended ${ended.endsOn}`;
  return { state: holds ? 'has' : 'lacks', reason, rule: window };
}

async function history(
  store: Store,
  pool: string,
  keys: ReadonlySet<string>,
  provider: Provider,
): Promise<[string | null, string | null]> {
  const isPerson = (grantee: string | null) => grantee !== null && keys.has(provider.keyOf(grantee));
  const [entry, failure] = await Promise.all([
    lastEntryOf(store, (each) => each.pool === pool && isPerson(each.grantee)),
    latestFailure(store, pool, (line) => isPerson(line.grantee)),
  ]);
  const answer =
    entry === null
      ? null
      : `${entry.at} ${entry.action} ${entry.outcome}: ${entry.reason} (run ${entry.run})`;
  return [answer, failure?.retryAt ?? null];
}
