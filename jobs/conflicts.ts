import { isQuarrel, type Repeats, TOTAL } from '../src/ledger/repeats.ts';
import { isApproved } from '../src/planning/decisions.ts';
import { planPool } from '../src/planning/plan.ts';
import type { HeldLine, PlanInput, PoolPlan } from '../src/planning/types.ts';
import type { FailedLine } from '../src/runs/documents.ts';

/** Names the lines that are left alone since somebody keeps reversing them. */
export const CONFLICT = 'conflict';

/**
 * The plan without what somebody has reversed three times: those lines are held until a person approves them, and
 * everybody else's go on (rule 18).
 */
export function planWithoutQuarrels(input: PlanInput, repeats: Repeats): PoolPlan {
  const plan = planPool(input);
  const people = quarrelsOverPeople(input, plan, repeats);
  const without: PlanInput = {
    ...input,
    stage: { ...input.stage, failed: new Set([...input.stage.failed, ...people.keys()]) },
  };
  const rest = people.size === 0 ? plan : planPool(without);
  const total = quarrelOverTotal(input, rest, repeats);
  if (people.size === 0 && total === null) return plan;
  const held = [...people.values(), ...(total === null ? [] : [total])];
  const still = total === null ? rest : { ...rest, increment: 0, decrement: 0 };
  return { ...still, verdict: 'held', held: [...rest.held, ...held] };
}

/** As a run reports them: not done, and not to be done by itself. */
export function failedByConflict(plan: PoolPlan): FailedLine[] {
  return plan.held
    .filter((line) => line.guardrail === CONFLICT)
    .map(({ action, grantee, reason }) => ({ action, grantee: grantee ?? null, reason, retryAt: null }));
}

function quarrelsOverPeople(input: PlanInput, plan: PoolPlan, repeats: Repeats): Map<string, HeldLine> {
  const found = new Map<string, HeldLine>();
  const add = (action: 'unassign' | 'assign', grantee: string, reason: string) => {
    const key = input.keyOf(grantee);
    const line: HeldLine = { action, grantee, reason, guardrail: CONFLICT };
    if (isQuarrel(repeats, { key, action }) && !isApproved(input, line)) found.set(key, line);
  };
  for (const { grantee, keepsOne } of plan.unassign) {
    if (keepsOne) continue;
    add(
      'unassign',
      grantee,
      'cohort-sync freed this seat and somebody gave it back, three times: it is left alone',
    );
  }
  for (const { grantee } of plan.assign) {
    add(
      'assign',
      grantee,
      'cohort-sync gave this seat and somebody took it away, three times: it is left alone',
    );
  }
  return found;
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
  const line: HeldLine = { action, seats, reason, guardrail: CONFLICT };
  return isApproved(input, line) ? null : line;
}
