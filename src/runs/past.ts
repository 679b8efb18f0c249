import type { Config, PoolConfig } from '../../config/schema.ts';
import { dateIn, fromInstant, type IsoInstant } from '../dates.ts';
import { type AuditEntry, readAudit } from '../ledger/audit.ts';
import { listRuns, readRun } from '../ledger/runs.ts';
import type { Store } from '../ledger/store.ts';
import { cents, knownPrice } from '../planning/money.ts';
import { type PastPoint, type PastReport, pastOf } from '../planning/past.ts';
import { priceOf } from './inputs.ts';

/** `forecast --past --json`. */
export interface PastDocument {
  readonly pools: readonly PoolPastDocument[];
}

export interface PoolPastDocument extends Omit<PastReport, 'cost'> {
  readonly pool: string;
  /** Where the price is known: what the seats have cost, and what holding the peak all the time would have. */
  readonly money?: { readonly currency: string; readonly paid: number; readonly atPeak: number };
}

interface TimedPoint extends PastPoint {
  readonly at: IsoInstant;
  readonly pool: string;
}

/** Runs whose readings are looked at, the latest first; the ledger keeps as many. */
const MOST_RUNS = 1000;

/**
 * What became of the seats, by the ledger: its record of changes, and what each run read at its end.
 * @param since as in `audit`; null is from the beginning.
 * @param now milliseconds since the epoch.
 */
export async function readPast(
  store: Store | null,
  config: Config,
  pools: readonly PoolConfig[],
  { since, now }: { readonly since: IsoInstant | null; readonly now: number },
): Promise<PastDocument> {
  const points =
    store === null ? [] : [...(await changesIn(store, since)), ...(await readingsIn(store, since))];
  points.sort((a, b) => fromInstant(a.at) - fromInstant(b.at));
  const dated = points.map((point) => ({ ...point, date: dateIn(fromInstant(point.at), config.timeZone) }));
  const until = dateIn(now, config.timeZone);
  return {
    pools: pools.map((pool) => {
      const own = dated.filter((point) => point.pool === pool.id);
      const price = pool.seats.price === undefined ? null : priceOf(pool.seats.price);
      const { cost, ...report } = pastOf(own, until, price);
      const known = knownPrice(price);
      if (known === null || cost === null) return { pool: pool.id, ...report };
      const { amount, currency } = known;
      const money = { currency, paid: cents(cost.paid * amount), atPeak: cents(cost.atPeak * amount) };
      return { pool: pool.id, ...report, money };
    }),
  };
}

async function changesIn(store: Store, since: IsoInstant | null): Promise<TimedPoint[]> {
  const points: TimedPoint[] = [];
  for await (const entry of readAudit(store, since)) {
    const change = changeOf(entry);
    if (change !== null) points.push({ at: entry.at, pool: entry.pool, date: '', ...change });
  }
  return points;
}

/** What an entry says of the pool's seats; null where nothing changed by it, or where it only says what was meant. */
function changeOf({ action, outcome, from, to }: AuditEntry): Partial<PastPoint> | null {
  if (outcome !== 'applied') return null;
  if (action === 'assign') return { assigned: { kind: 'moved', seats: 1 } };
  if (action === 'unassign') return { assigned: { kind: 'moved', seats: -1 } };
  if (typeof to !== 'number') return null;
  return { total: to, ...(typeof from === 'number' ? { totalBefore: from } : {}) };
}

async function readingsIn(store: Store, since: IsoInstant | null): Promise<TimedPoint[]> {
  const ended = (await listRuns(store, MOST_RUNS)).filter(
    ({ endedAt }) => endedAt !== null && (since === null || fromInstant(endedAt) >= fromInstant(since)),
  );
  const points: TimedPoint[] = [];
  for (const { run, endedAt } of ended) {
    const stored = await readRun(store, run);
    for (const { pool, seats } of stored?.document.pools ?? []) {
      if (seats === null || endedAt === null) continue;
      const { total, assigned } = seats;
      points.push({ at: endedAt, pool, date: '', total, assigned: { kind: 'read', seats: assigned } });
    }
  }
  return points;
}
