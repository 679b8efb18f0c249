import type { IsoInstant } from '../../../dates.ts';
import { hasExpired, readHoldsOfRun } from '../../../ledger/holds.ts';
import type { StoredRun } from '../../../ledger/runs.ts';
import {
  type LineOutcome,
  lineName,
  type Progress,
  readOutcomes,
  readProgress,
  roundOf,
} from '../../../ledger/stages.ts';
import type { Store } from '../../../ledger/store.ts';
import type { FailureDocument, PoolResultDocument, Verdict } from '../../../runs/documents.ts';
import { doneRows, planRows } from '../../../runs/plan-rows.ts';
import { doneLine, type Line, plannedLine } from '../parts/lines.ts';

/** One pool of a run, as the page shows it. */
export interface PoolPart {
  readonly pool: string;
  /** Null while the run is at work on it. */
  readonly verdict: Verdict | null;
  readonly seats: PoolResultDocument['seats'];
  readonly error: FailureDocument | null;
  /** What was done, what failed, what is left to do. */
  readonly lines: readonly Line[];
  readonly notes: readonly string[];
  readonly unmanaged: readonly string[];
  /** How many lines wait for approval, and whether somebody still has to decide. */
  readonly held: number;
  readonly holdIsOpen: boolean;
}

/** The pools of a run in the order in which it was given them. @throws LedgerError */
export async function readPoolParts(
  store: Store,
  { head, document }: StoredRun,
  now: IsoInstant,
): Promise<PoolPart[]> {
  const holds = await readHoldsOfRun(store, head.run);
  const isOpen = (pool: string) =>
    holds.some((hold) => hold.pool === pool && hold.state === 'open' && !hasExpired(hold, now));
  return Promise.all(
    head.pools.map(async (pool) => {
      const result = document.pools.find((each) => each.pool === pool);
      return result === undefined ? underWay(store, head.run, pool) : ended(result, isOpen(pool));
    }),
  );
}

function ended(result: PoolResultDocument, holdIsOpen: boolean): PoolPart {
  const { pool, verdict, seats, error = null, notes, unmanaged, held } = result;
  // Who can't be given a seat is among the failures of a run.
  const left = planRows({ ...result, failed: [] });
  return {
    ...{ pool, verdict, seats, error, notes, unmanaged, holdIsOpen },
    held: held.length,
    lines: [...doneRows(result).map(doneLine), ...left.map(plannedLine)],
  };
}

async function underWay(store: Store, run: string, pool: string): Promise<PoolPart> {
  const progress = await readProgress(store, run, pool);
  const { current } = progress;
  const outcomes =
    current === null ? null : await readOutcomes(store, run, pool, roundOf(current.stage, progress));
  return {
    ...{ pool, verdict: null, seats: null, error: null, notes: [], unmanaged: [], held: 0 },
    holdIsOpen: false,
    lines: [
      ...doneRows({ pool, ...progress }).map(doneLine),
      ...(outcomes === null ? [] : currentLines(progress, outcomes)),
    ],
  };
}

/** The stage that is being worked on, line by line. */
function currentLines({ current }: Progress, outcomes: ReadonlyMap<string, LineOutcome>): Line[] {
  if (current === null) return [];
  const { stage, lines, change } = current;
  if (change !== null) {
    const who = `${change.observed} → ${change.expected} seats`;
    return [{ tone: 'busy', label: stage, who, isPerson: false, why: change.reason, retryAt: null }];
  }
  return lines.map((line) => {
    const outcome = outcomes.get(lineName(line));
    return { label: stage, who: line.grantee, isPerson: true, ...said(outcome, line.reason) };
  });
}

function said(outcome: LineOutcome | undefined, reason: string): Pick<Line, 'tone' | 'why' | 'retryAt'> {
  if (outcome === undefined) return { tone: 'busy', why: `${reason}; being asked for`, retryAt: null };
  const accepted = outcome.outcome === 'applied' || outcome.outcome === 'already';
  if (accepted) return { tone: 'busy', why: `${reason}; accepted, and to be read back`, retryAt: null };
  return { tone: 'bad', why: outcome.reason ?? reason, retryAt: outcome.retryAt };
}
