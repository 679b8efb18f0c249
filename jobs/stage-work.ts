import { readAccount } from '../src/ledger/account.ts';
import type { Intent } from '../src/ledger/intents.ts';
import type { Progress, Stage, Work, WorkLine } from '../src/ledger/stages.ts';
import { compareText } from '../src/planning/demand.ts';
import type { PlanInput, PoolPlan, StageView } from '../src/planning/types.ts';
import type { PoolState, Provider } from '../src/providers/provider.ts';
import type { ProblemDocument } from '../src/runs/documents.ts';
import { stageUnder, withDoubt } from '../src/runs/doubt.ts';
import { type PoolMemory, planInput } from '../src/runs/inputs.ts';
import { readMemory } from '../src/runs/memory.ts';
import { planWithoutQuarrels } from '../src/runs/quarrels.ts';
import type { PoolRun } from './sync-pool.ts';

export interface PlannedNow {
  readonly plan: PoolPlan;
  readonly problems: readonly ProblemDocument[];
  readonly memory: PoolMemory;
  readonly input: PlanInput;
  /** Managed holders now. */
  readonly managed: number;
}

/** The plan for what is left of the run, from what is true now. */
export async function planNow(
  { context, pool, provider, roster, clock }: PoolRun,
  state: PoolState,
  progress: Progress,
  intent: Intent | null,
): Promise<PlannedNow> {
  const now = clock.now();
  const memory = await readMemory(context.store, pool.id, now);
  const stage = stageUnder(stageView(progress), intent);
  const { input, problems } = planInput({
    config: context.config,
    pool,
    provider,
    roster,
    memory,
    state,
    stage,
    now,
  });
  const plan = withDoubt(planWithoutQuarrels(input, memory.repeats), intent, input);
  const managed = state.holders.length - plan.unmanaged.length;
  return { plan, problems, memory, input, managed };
}

function stageView(progress: Progress): StageView {
  return {
    removalsDone: progress.over.includes('unassign'),
    purchaseDone: progress.over.includes('increment'),
    purchaseProblem: progress.purchaseProblem,
    totalChanged: progress.totalChanged,
    failed: new Set(progress.failedKeys),
    locked: new Map(Object.entries(progress.locked)),
    shortage: progress.shortage,
    managedAtStart: progress.managedAtStart,
    assignedAtStart: progress.assignedAtStart,
  };
}

/**
 * Where the seats can't be looked at, they are tried for: the plan as it would be if the missing ones had been bought by
 * now. The provider's refusal ends that for a day, or until something changes (see `standingShortage`); so does a count
 * that came in this very run.
 */
export async function planToTry(
  poolRun: PoolRun,
  state: PoolState,
  progress: Progress,
  { plan, input }: PlannedNow,
): Promise<PoolPlan> {
  const missing = plan.seats.target - plan.seats.total;
  if (state.account === undefined || input.stage.shortage !== null || missing <= 0) return plan;
  const { context, pool, run } = poolRun;
  const { answer } = (await readAccount(context.store, pool.id)).value;
  if (answer === null || answer.run === run || state.account.unaccounted < 0) return plan;
  const total = state.total + missing;
  return (await planNow(poolRun, { ...state, total, usable: total }, progress, null)).plan;
}

/** What a stage has to do by the plan; null if nothing. */
export function workOf(
  stage: Stage,
  plan: PoolPlan,
  state: PoolState,
  provider: Provider,
  progress: Progress,
): Work | null {
  const total = (expected: number, reason: string): Work | null =>
    expected === state.total
      ? null
      : { stage, lines: [], change: { observed: state.total, expected, reason } };
  switch (stage) {
    case 'unassign':
      return linesWork(stage, unassignLines(plan, state, provider));
    case 'increment':
      return total(state.total + plan.increment, missingText(plan));
    case 'assign':
      return linesWork(stage, assignLines(plan, state, provider));
    case 'decrement':
      return progress.totalChanged
        ? null
        : total(
            state.total - plan.decrement,
            `${needed(plan.seats.target)}, now and for the cohorts that come`,
          );
  }
}

function missingText({ seats, increment }: PoolPlan): string {
  return `${needed(seats.target)}: ${increment} more than there are`;
}

function needed(seats: number): string {
  return seats === 1 ? '1 seat is needed' : `${seats} seats are needed`;
}

function linesWork(stage: Stage, lines: WorkLine[]): Work | null {
  return lines.length === 0 ? null : { stage, lines, change: null };
}

/** One line a seat: where seats have ids, each of a leaver's seats, or all but one where one is kept. */
function unassignLines(plan: PoolPlan, state: PoolState, provider: Provider): WorkLine[] {
  const holders = new Map(state.holders.map((holder) => [provider.keyOf(holder.grantee), holder]));
  return plan.unassign.flatMap(({ grantee, reason, keepsOne, ...line }) => {
    // What a person approved is no surprise any more: it does not count against the guardrail.
    const explained = line.explained || line.approved === true;
    const key = provider.keyOf(grantee);
    const seats = [...(holders.get(key)?.seats ?? [])].sort(compareText);
    const going: (string | null)[] = seats.length === 0 ? [null] : keepsOne ? seats.slice(1) : seats;
    return going.map((seat) => ({ key, grantee, seat, reason, explained, keepsOne: keepsOne === true }));
  });
}

/** The seat of each line is fixed here, so that doing the same work twice gives nobody two seats. */
function assignLines(plan: PoolPlan, state: PoolState, provider: Provider): WorkLine[] {
  return plan.assign.map(({ grantee, reason }, index) => ({
    key: provider.keyOf(grantee),
    grantee,
    seat: state.freeSeats[index] ?? null,
    reason,
    explained: true,
    keepsOne: false,
  }));
}
