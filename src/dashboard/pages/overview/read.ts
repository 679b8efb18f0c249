import type { PoolConfig } from '../../../../config/schema.ts';
import { addDays, dateIn, type IsoDate, type IsoInstant, toInstant } from '../../../dates.ts';
import { type Hold, hasExpired, readHold } from '../../../ledger/holds.ts';
import { readPoolOutcomes } from '../../../ledger/outcomes.ts';
import { readOutlook, readSeatDays } from '../../../ledger/outlook.ts';
import { activeRun, readRun, type StoredRun } from '../../../ledger/runs.ts';
import { OUTLOOK_DAYS } from '../../../planning/outlook.ts';
import type { PoolResultDocument } from '../../../runs/documents.ts';
import { type Upcoming, upcomingRuns } from '../../../schedule/upcoming.ts';
import type { DashboardDeps } from '../../deps.ts';
import { readWhereabouts } from '../../run-now.ts';
import { type Timeline, timelineOf } from '../timeline/points.ts';

/** How a pool stood at the end of the last run that worked on it. */
export interface LastResult {
  readonly run: string;
  readonly startedAt: IsoInstant;
  readonly endedAt: IsoInstant;
  readonly result: PoolResultDocument;
  /** Rows of the roster that could not be read. */
  readonly problems: number;
}

export interface PoolView {
  readonly pool: PoolConfig;
  /** Null: no run has ever ended on it. */
  readonly last: LastResult | null;
  /** The run that is at work on it now, and where it is. */
  readonly active: { readonly run: string; readonly text: string } | null;
  /** What waits for a decision. */
  readonly hold: Hold | null;
  readonly next: Upcoming | null;
  readonly timeline: (Timeline & { readonly at: IsoInstant }) | null;
}

/** Coming runs that are looked through for the next one of each pool. */
const COMING = 20;

/** How the pools stand, by the ledger alone: no provider is asked, and no sheet. @throws LedgerError */
export async function readPools(deps: DashboardDeps): Promise<PoolView[]> {
  const { config, context } = deps;
  const { store, clock } = context;
  const now = clock.now();
  const ids = config.pools.map(({ id }) => id);
  const runs = remembered((run: string) => readRun(store, run));
  const [outcomes, upcoming] = await Promise.all([
    readPoolOutcomes(store, ids),
    upcomingRuns(config, store, now, COMING),
  ]);
  const today = dateIn(now, config.timeZone);
  return Promise.all(
    config.pools.map(async (pool, place): Promise<PoolView> => {
      const run = outcomes[place]?.run ?? null;
      const [last, active, hold, timeline] = await Promise.all([
        run === null ? null : runs(run),
        readActive(deps, pool.id, runs),
        readHold(store, pool.id),
        readTimeline(deps, pool.id, today),
      ]);
      const isOpen = hold?.state === 'open' && !hasExpired(hold, toInstant(now));
      return {
        ...{ pool, active, timeline },
        last: last === null ? null : resultOf(last, pool.id),
        hold: isOpen ? hold : null,
        next: upcoming.find(({ pools }) => pools.includes(pool.id)) ?? null,
      };
    }),
  );
}

function resultOf({ document }: StoredRun, pool: string): LastResult | null {
  const result = document.pools.find((each) => each.pool === pool);
  if (result === undefined) return null;
  const { run, startedAt, endedAt, problems } = document;
  return { run, startedAt, endedAt: endedAt ?? startedAt, result, problems: problems.length };
}

async function readActive(
  deps: DashboardDeps,
  pool: string,
  runs: (run: string) => Promise<StoredRun | null>,
): Promise<PoolView['active']> {
  const run = await activeRun(deps.context.store, pool);
  const stored = run === null ? null : await runs(run);
  if (stored === null) return null;
  const where = (await readWhereabouts(deps, stored)).find((each) => each.pool === pool);
  return { run: stored.document.run, text: where?.text ?? 'it is about to end' };
}

async function readTimeline(
  { context }: DashboardDeps,
  pool: string,
  today: IsoDate,
): Promise<PoolView['timeline']> {
  const outlook = await readOutlook(context.store, pool);
  if (outlook === null) return null;
  const dates: IsoDate[] = [];
  const first = addDays(outlook.today, -OUTLOOK_DAYS.past);
  for (let date = first; date <= today; date = addDays(date, 1)) dates.push(date);
  const days = await readSeatDays(context.store, pool, dates);
  return { ...timelineOf(outlook, days, today), at: outlook.at };
}

/** Several pools have had one run: it is read once. */
function remembered<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const value = known.get(key) ?? read(key);
    known.set(key, value);
    return value;
  };
}
