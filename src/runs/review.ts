import type { PoolConfig } from '../../config/schema.ts';
import type { Hold, NamedLine } from '../ledger/holds.ts';
import { heldLineId } from '../planning/decisions.ts';
import type { Roster } from '../roster/types.ts';
import type { PoolPlanDocument } from './documents.ts';
import { type PreviewContext, previewSync } from './preview.ts';

/** A hold as it was, and what the plan says of its lines now (rule 8). */
export interface HoldReview {
  readonly hold: Hold;
  /** Lines that the plan still has. Only these are run. */
  readonly standing: readonly NamedLine[];
  /** Lines that the plan no longer has, as the roster or the provider has changed since. */
  readonly gone: readonly NamedLine[];
  /** Held lines that nobody has seen yet: not part of this decision. */
  readonly fresh: PoolPlanDocument['held'];
  /** Why the present can't be told; null if it can. */
  readonly problem: string | null;
}

/** Holds each hold's lines against what would be planned now. Only reads. */
export async function reviewHolds(
  context: PreviewContext,
  readRoster: () => Promise<Roster>,
  holds: readonly Hold[],
): Promise<HoldReview[]> {
  const pools = context.config.pools.filter((pool) => holds.some((hold) => hold.pool === pool.id));
  const { pools: plans } = await previewSync(context, await readRoster(), pools);
  return holds.map((hold) => {
    const pool = pools.find((each) => each.id === hold.pool);
    const plan = plans.find((each) => each.pool === hold.pool);
    return pool === undefined || plan === undefined
      ? unreadable(hold, `the configuration has no pool ${hold.pool} any more`)
      : review(context, hold, pool, plan);
  });
}

function review(context: PreviewContext, hold: Hold, pool: PoolConfig, plan: PoolPlanDocument): HoldReview {
  if (plan.error !== undefined) return unreadable(hold, plan.error.message);
  const provider = context.providerOf(pool);
  const idOf = (line: PoolPlanDocument['held'][number]) =>
    heldLineId(line, (grantee) => provider.keyOf(grantee));
  const now = new Set(plan.held.map(idOf));
  const seen = new Set(hold.lines.map((line) => line.id));
  return {
    hold,
    standing: hold.lines.filter((line) => now.has(line.id)),
    gone: hold.lines.filter((line) => !now.has(line.id)),
    fresh: plan.held.filter((line) => !seen.has(idOf(line))),
    problem: null,
  };
}

function unreadable(hold: Hold, problem: string): HoldReview {
  return { hold, standing: hold.lines, gone: [], fresh: [], problem };
}

/** Why a hold can't be decided any more; null if it can. */
export function whyClosed(hold: Hold, now: string): string | null {
  switch (hold.state) {
    case 'approved':
    case 'rejected':
      return `the hold of ${hold.pool} was ${hold.state} by ${hold.by ?? 'somebody'} at ${hold.decidedAt ?? 'some time'}`;
    case 'superseded':
      return `the hold of ${hold.pool} was superseded: a later run has other lines, or none`;
    case 'expired':
      return `the hold of ${hold.pool} expired at ${hold.expiresAt}`;
    case 'open':
      return hold.expiresAt <= now ? `the hold of ${hold.pool} expired at ${hold.expiresAt}` : null;
  }
}
