import type { PoolConfig } from '../../config/schema.ts';
import { entitlementsFor } from '../cohorts/entitlements.ts';
import { lastEntryOf } from '../ledger/audit.ts';
import { latestFailure } from '../ledger/runs.ts';
import type { Store } from '../ledger/store.ts';
import type { Provider } from '../providers/provider.ts';
import type { Roster } from '../roster/types.ts';
import type { FailureDocument } from './documents.ts';
import { granteeColumn, type PoolMemory } from './inputs.ts';
import { type InspectContext, inspectPool } from './inspect.ts';
import { failureOf } from './preview.ts';
import { type Standing, standingOf } from './standing.ts';

/** Why a person has, keeps, lacks or loses a seat in one pool. */
export interface PoolExplanation {
  readonly pool: string;
  readonly state: Standing;
  readonly reason: string;
  readonly rows: readonly { row: number; tab?: string; cohort: string; startsOn: string; endsOn: string }[];
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

export interface ExplainContext extends InspectContext {
  readonly roster: Roster;
  /** Milliseconds since the epoch. */
  readonly now: number;
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
  const { store, roster, now } = context;
  const rows = roster.rows
    .filter((row) => row.email === person && (row.pools === null || row.pools.includes(pool.id)))
    .map(({ row, tab, cohort, startsOn, endsOn }) => ({
      row,
      ...(tab === undefined ? {} : { tab }),
      cohort,
      startsOn,
      endsOn,
    }));
  try {
    const inspection = await inspectPool(context, roster, pool, now);
    const { provider, memory } = inspection;
    const grantees = granteesOf(pool, person, roster, memory);
    const keys = new Set(grantees.map((grantee) => provider.keyOf(grantee)));
    const standing = standingOf({ ...inspection, person, keys });
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
