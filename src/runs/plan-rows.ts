import { counted } from '../counted.ts';
import { seatsText } from '../planning/guardrails.ts';
import type { PlanDocument, PoolPlanDocument, PoolResultDocument } from './documents.ts';

/**
 * The lines of a plan in the order in which things are done: free, buy, fill, trim; then what is not done. The command
 * line, the pages and the Markdown show these, so that none of them has a line more or less than the others.
 */
export type PlanKind = 'unassign' | 'buy' | 'assign' | 'give-back' | 'held' | 'waiting' | 'kept' | 'barred';

export interface PlanRow {
  readonly kind: PlanKind;
  /** What it would be, for a line that is held: `unassign`, `increment`. */
  readonly held: string | null;
  /** A grantee, or how many seats. */
  readonly who: string;
  readonly isPerson: boolean;
  readonly reason: string;
}

/** All lines of a pool's plan. */
export function planRows(pool: PoolPlanDocument): PlanRow[] {
  const { unassign, increment, assign, decrement, held, waiting, kept, failed = [] } = pool;
  return [
    ...unassign.map(({ grantee, reason, explained }) =>
      person('unassign', grantee, explained ? reason : `${reason} (unexplained)`),
    ),
    ...quantity('buy', increment),
    ...assign.map(({ grantee, reason }) => person('assign', grantee, reason)),
    ...quantity('give-back', decrement),
    ...held.map(heldRow),
    ...waiting.map(({ grantee, reason }) => person('waiting', grantee, reason)),
    ...kept.map(({ grantee, reason }) => person('kept', grantee, reason)),
    ...failed.map(({ grantee, reason }) => person('barred', grantee ?? '', reason)),
  ];
}

/** A line that is held. */
export function heldRow(line: PoolPlanDocument['held'][number]): PlanRow {
  const { action, grantee, seats, reason, guardrail } = line;
  const why = `${reason} [${guardrail}]`;
  if (grantee !== undefined) return { ...person('held', grantee, why), held: action };
  return { kind: 'held', held: action, who: seatsText(seats ?? 0), isPerson: false, reason: why };
}

function person(kind: PlanKind, who: string, reason: string): PlanRow {
  return { kind, held: null, who, isPerson: true, reason };
}

function quantity(kind: PlanKind, seats: number): PlanRow[] {
  return seats === 0 ? [] : [{ kind, held: null, who: seatsText(seats), isPerson: false, reason: '' }];
}

/** A line that a run has done, or tried in vain. */
export interface DoneRow {
  readonly kind: 'unassigned' | 'bought' | 'assigned' | 'gave-back' | 'failed';
  /** What failed; null for what was done. */
  readonly action: string | null;
  readonly who: string;
  readonly isPerson: boolean;
  readonly reason: string;
  /** When it is tried again; null for what was done, and for what the next run tries. */
  readonly retryAt: string | null;
}

const PAST = {
  unassign: 'unassigned',
  increment: 'bought',
  assign: 'assigned',
  decrement: 'gave-back',
} as const;

/** What a run has done in a pool, and what failed. What is left to do are the rows of its plan without `barred`. */
export function doneRows({
  pool,
  changes,
  done,
  failed,
}: Pick<PoolResultDocument, 'pool' | 'changes' | 'done' | 'failed'>): DoneRow[] {
  const seats = { increment: done.incremented, decrement: done.decremented };
  const rows = changes.map(({ action, grantee, reason }): DoneRow => {
    const isPerson = action === 'unassign' || action === 'assign';
    const who = isPerson ? (grantee ?? '') : seatsText(seats[action]);
    return { kind: PAST[action], who, isPerson, action: null, reason, retryAt: null };
  });
  const failures = failed.map(
    ({ grantee, action, reason, retryAt }): DoneRow => ({
      kind: 'failed',
      ...{ action, reason, retryAt },
      who: grantee ?? pool,
      isPerson: grantee !== null,
    }),
  );
  return [...rows, ...failures];
}

/** How much there is of each kind in a plan: in seats for those to buy and to give back, else in lines. */
export type PlanCounts = Readonly<Record<Exclude<PlanKind, 'kept' | 'barred'>, number>>;

export function planCounts({ pools }: Pick<PlanDocument, 'pools'>): PlanCounts {
  const sum = (count: (pool: PoolPlanDocument) => number) =>
    pools.reduce((total, pool) => total + count(pool), 0);
  return {
    unassign: sum((pool) => pool.unassign.length),
    buy: sum((pool) => pool.increment),
    assign: sum((pool) => pool.assign.length),
    'give-back': sum((pool) => pool.decrement),
    held: sum((pool) => pool.held.length),
    waiting: sum((pool) => pool.waiting.length),
  };
}

/** As `3 to unassign, 1 to buy, 2 to assign, 0 to give back, 4 held, 0 waiting`. */
export function countsText(counts: PlanCounts): string {
  return (
    `${counts.unassign} to unassign, ${counts.buy} to buy, ${counts.assign} to assign, ` +
    `${counts['give-back']} to give back, ${counts.held} held, ${counts.waiting} waiting`
  );
}

/** The seats of a pool, as `10 seats by the purchasedSeats setting, 9 assigned, 11 needed`. */
export function seatCountText({ seats }: Pick<PoolPlanDocument, 'seats'>): string {
  if (seats === null) return 'seats unknown';
  const from = seats.from === undefined ? '' : ` by ${seats.from}`;
  return `${counted(seats.total, 'seat')}${from}, ${seats.assigned} assigned, ${seats.target} needed`;
}
