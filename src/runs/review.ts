import type { PoolConfig } from '../../config/schema.ts';
import { type Hold, hasExpired, type NamedLine } from '../ledger/holds.ts';
import { heldLineId } from '../planning/decisions.ts';
import type { HeldLine } from '../planning/types.ts';
import type { Roster } from '../roster/types.ts';
import { type Inspection, inspectPool } from './inspect.ts';
import { failureOf, type PreviewContext } from './preview.ts';
import { standingOf } from './standing.ts';

/** A held line that the plan no longer has. How it stands now is worked out when it is asked for: there may be thousands. */
export interface GoneLine {
  readonly line: NamedLine;
  readonly now: () => string;
}

/** A hold as it was, and what the plan says of its lines now (rule 8). */
export interface HoldReview {
  readonly hold: Hold;
  /** Lines that the plan still has. Only these are run. */
  readonly standing: readonly NamedLine[];
  /** Lines that the plan no longer has as they were seen, and how they stand now. */
  readonly gone: readonly GoneLine[];
  /** Held lines that nobody has seen yet: not part of this decision. */
  readonly fresh: readonly HeldLine[];
  /** The pool as it is now; null where that can't be told. */
  readonly inspection: Inspection | null;
  /** Why the present can't be told; null if it can. */
  readonly problem: string | null;
}

/** Holds each hold's lines against what would be planned now. Only reads. */
export async function reviewHolds(
  context: PreviewContext,
  readRoster: () => Promise<Roster>,
  holds: readonly Hold[],
): Promise<HoldReview[]> {
  const roster = await readRoster().catch((cause: unknown) => failureOf(cause).message);
  const now = context.clock.now();
  const look = async (hold: Hold) => {
    const pool = context.config.pools.find(({ id }) => id === hold.pool);
    if (pool === undefined) return unreadable(hold, `the configuration has no pool ${hold.pool} any more`);
    return typeof roster === 'string' ? unreadable(hold, roster) : review(context, hold, pool, roster, now);
  };
  return Promise.all(holds.map(look));
}

async function review(
  context: PreviewContext,
  hold: Hold,
  pool: PoolConfig,
  roster: Roster,
  now: number,
): Promise<HoldReview> {
  let inspection: Inspection;
  try {
    inspection = await inspectPool(context, roster, pool, now);
  } catch (cause) {
    return unreadable(hold, failureOf(cause).message);
  }
  const { plan, input } = inspection;
  const idOf = (line: HeldLine) => heldLineId(line, input.keyOf);
  const held = new Map(plan.held.map((line) => [idOf(line), line]));
  const seen = new Map(hold.lines.map((line) => [line.id, line]));
  // More seats than were seen are another purchase.
  const covers = (line: NamedLine | undefined, present: HeldLine | undefined) =>
    line !== undefined && present !== undefined && (present.seats ?? 0) <= (line.seats ?? 0);
  return {
    hold,
    standing: hold.lines.filter((line) => covers(line, held.get(line.id))),
    gone: hold.lines
      .filter((line) => !covers(line, held.get(line.id)))
      .map((line) => ({ line, now: () => presentOf(line, held.get(line.id), inspection) })),
    fresh: plan.held.filter((line) => !covers(seen.get(idOf(line)), line)),
    inspection,
    problem: null,
  };
}

/** How a line that was held stands now. */
function presentOf(
  { action, grantee }: NamedLine,
  present: HeldLine | undefined,
  inspection: Inspection,
): string {
  const { input, plan } = inspection;
  if (grantee !== undefined) {
    const keys = new Set([input.keyOf(grantee)]);
    const person = [...keys].map((key) => input.roster.listed.get(key) ?? null)[0] ?? null;
    const { state, reason } = standingOf({ ...inspection, person, keys });
    return `${state} now: ${reason}`;
  }
  if (present !== undefined) return `${present.seats ?? 0} seats now: more than were seen`;
  const seats = action === 'increment' ? plan.increment : plan.decrement;
  return seats > 0 ? `${seats} now, within the guardrails` : 'no longer needed';
}

function unreadable(hold: Hold, problem: string): HoldReview {
  return { hold, standing: hold.lines, gone: [], fresh: [], inspection: null, problem };
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
      return hasExpired(hold, now) ? `the hold of ${hold.pool} expired at ${hold.expiresAt}` : null;
  }
}
