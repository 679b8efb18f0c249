import { isQuarrel, type Repeats, TOTAL } from '../ledger/repeats.ts';
import { heldLineId, isApproved, isRejected } from '../planning/decisions.ts';
import { planPool } from '../planning/plan.ts';
import type { HeldLine, PlanInput, PlanLine, PoolPlan } from '../planning/types.ts';
import type { FailedLine } from './documents.ts';

/** Names the lines that are left alone since somebody keeps reversing them. */
export const CONFLICT = 'conflict';

/**
 * The plan without what somebody has reversed three times: those lines are held until a person approves them, and
 * everybody else's go on (rule 18). Whoever is decided against is left alone without being asked about again.
 */
export function planWithoutQuarrels(input: PlanInput, repeats: Repeats): PoolPlan {
  const plan = planPool(input);
  if (repeats.size === 0) return plan;
  const people = quarrelsOverPeople(input, [plan, wished(input, [])], repeats);
  const stopped = people.filter((line) => !isApproved(input, line));
  const rest = stopped.length === 0 ? plan : planPool(leavingAlone(input, stopped));
  // As if those people were approved too: one approval is enough for the seat and for the purchase that it takes.
  const against = stopped.filter((line) => isRejected(input, line));
  const total = quarrelOverTotal(input, wished(input, against), repeats);
  const totals = total === null ? [] : [total];
  const still = totals.some((line) => !isApproved(input, line))
    ? { ...rest, increment: 0, decrement: 0 }
    : rest;
  return withDecisions(input, still, [...people, ...totals]);
}

/** As a run reports them: not done, and not to be done by itself. */
export function failedByConflict(plan: PoolPlan): FailedLine[] {
  return plan.held
    .filter((line) => line.guardrail === CONFLICT)
    .map(({ action, grantee, reason }) => ({ action, grantee: grantee ?? null, reason, retryAt: null }));
}

function leavingAlone(input: PlanInput, lines: readonly HeldLine[]): PlanInput {
  const alone = lines.flatMap(({ grantee }) => (grantee === undefined ? [] : [input.keyOf(grantee)]));
  return { ...input, stage: { ...input.stage, failed: new Set([...input.stage.failed, ...alone]) } };
}

function withDecisions(input: PlanInput, plan: PoolPlan, lines: readonly HeldLine[]): PoolPlan {
  const approved = lines.filter((line) => isApproved(input, line));
  const rejected = lines.filter((line) => !isApproved(input, line) && isRejected(input, line));
  const open = lines.filter((line) => !approved.includes(line) && !rejected.includes(line));
  const idOf = (line: HeldLine) => heldLineId(line, input.keyOf);
  const waiting = decided(rejected, 'assign', 'assignment was rejected');
  const held = plan.verdict !== 'failed' && open.length > 0;
  const waits = waiting.length > 0 && (plan.verdict === 'in-sync' || plan.verdict === 'changes');
  return {
    ...plan,
    verdict: held ? 'held' : waits ? 'waiting' : plan.verdict,
    held: [...plan.held, ...open],
    waiting: [...plan.waiting, ...waiting],
    kept: [...plan.kept, ...decided(rejected, 'unassign', 'removal was rejected')],
    approved: [...plan.approved, ...approved.map(idOf)],
    rejected: [...plan.rejected, ...rejected.map(idOf)],
  };
}

function decided(lines: readonly HeldLine[], action: HeldLine['action'], what: string): PlanLine[] {
  return lines.flatMap((line) =>
    line.action !== action || line.grantee === undefined
      ? []
      : [{ grantee: line.grantee, reason: `${what} (${line.reason})` }],
  );
}

function quarrelsOverPeople(input: PlanInput, plans: readonly PoolPlan[], repeats: Repeats): HeldLine[] {
  const found = new Map<string, HeldLine>();
  const add = (action: 'unassign' | 'assign', grantee: string, reason: string) => {
    const key = input.keyOf(grantee);
    if (isQuarrel(repeats, { key, action }))
      found.set(`${action} ${key}`, { action, grantee, reason, guardrail: CONFLICT });
  };
  for (const { grantee, keepsOne } of plans.flatMap(({ unassign }) => unassign)) {
    if (keepsOne) continue;
    add(
      'unassign',
      grantee,
      'cohort-sync freed this seat and somebody gave it back, three times: it is left alone',
    );
  }
  for (const { grantee } of plans.flatMap(({ assign }) => assign)) {
    add(
      'assign',
      grantee,
      'cohort-sync gave this seat and somebody took it away, three times: it is left alone',
    );
  }
  return [...found.values()];
}

/**
 * The plan as it would be were the purchase still to come, without some people: what was left alone shows in the run's
 * report too.
 */
function wished(input: PlanInput, without: readonly HeldLine[]): PoolPlan {
  const { purchaseDone, totalChanged } = input.stage;
  const toCome = purchaseDone && !totalChanged;
  const before = toCome ? { ...input, stage: { ...input.stage, purchaseDone: false } } : input;
  return planPool(leavingAlone(before, without));
}

function quarrelOverTotal(input: PlanInput, plan: PoolPlan, repeats: Repeats): HeldLine | null {
  const action = plan.increment > 0 ? 'increment' : 'decrement';
  const seats = plan.increment + plan.decrement;
  if (seats === 0 || !isQuarrel(repeats, { key: TOTAL, action, observed: input.state.total })) return null;
  const done =
    action === 'increment'
      ? 'bought seats and somebody gave them back'
      : 'gave seats back and somebody bought them';
  const reason = `cohort-sync ${done}, three times: the number of seats is left alone`;
  return { action, seats, reason, guardrail: CONFLICT };
}
