import { planPool } from '../../src/planning/plan.ts';
import type { KnownGrantee, PlanInput, PoolPlan, StageView } from '../../src/planning/types.ts';
import type { Holder, PoolState } from '../../src/providers/provider.ts';

/** What goes wrong in a run: whose lines are refused, and whether the purchase is. */
export interface Mishaps {
  readonly unassign: ReadonlySet<string>;
  readonly assign: ReadonlySet<string>;
  readonly purchase: boolean;
}

export const noMishaps: Mishaps = { unassign: new Set(), assign: new Set(), purchase: false };

/** A run as it was played through. */
export interface Played {
  /** The plans from which each stage was made, and the one that is left at the end. */
  readonly plans: { readonly [stage in 'unassign' | 'increment' | 'assign' | 'decrement' | 'end']: PoolPlan };
  /** The state after each stage. */
  readonly states: readonly PoolState[];
  readonly failed: ReadonlySet<string>;
  /** The input at the end, with the stage as the run left it. */
  readonly end: PlanInput;
  /** The input of the next run on the same day. */
  readonly next: PlanInput;
}

/**
 * Plays a run against a pool that does what it is told, in the order of the stages: before each one the state is read
 * and planned anew, as `StageView` describes.
 */
export function playRun(start: PlanInput, mishaps: Mishaps = noMishaps): Played {
  const states: PoolState[] = [];
  const after = (input: PlanInput, change: Partial<PlanInput>, stage: Partial<StageView>): PlanInput => {
    const next = { ...input, ...change, stage: { ...input.stage, ...stage } };
    states.push(next.state);
    return next;
  };

  const unassign = planPool(start);
  const removed = unassignAll(start, unassign, mishaps.unassign);
  const managedAtStart = start.state.holders.length - unassign.unmanaged.length;
  const freed = after(start, removed.change, {
    removalsDone: true,
    failed: removed.failed,
    managedAtStart,
    assignedAtStart: unassign.seats.assigned,
  });

  const increment = planPool(freed);
  const buys = increment.increment > 0;
  const bought = after(freed, buys && !mishaps.purchase ? buy(freed, increment.increment) : {}, {
    purchaseDone: true,
    purchaseProblem: buys && mishaps.purchase ? 'the card was declined' : null,
    totalChanged: buys && !mishaps.purchase,
  });

  const assign = planPool(bought);
  let filled = after(bought, {}, {});
  // Again while someone else can have the seat of one who was refused: one person's failure stops nobody else (rule 10).
  for (let plan = assign; plan.assign.length > 0; plan = planPool(filled)) {
    const given = assignAll(filled, plan, mishaps.assign);
    filled = after(filled, given.change, { failed: new Set([...filled.stage.failed, ...given.failed]) });
  }

  const decrement = planPool(filled);
  const end = after(filled, resized(filled, -decrement.decrement), {
    totalChanged: filled.stage.totalChanged || decrement.decrement > 0,
  });
  return {
    plans: { unassign, increment, assign, decrement, end: planPool(end) },
    states,
    failed: end.stage.failed,
    end,
    next: { ...end, stage: start.stage },
  };
}

interface Outcome {
  readonly change: Partial<PlanInput>;
  readonly failed: ReadonlySet<string>;
}

function unassignAll(input: PlanInput, plan: PoolPlan, refused: ReadonlySet<string>): Outcome {
  const holders = new Map(input.state.holders.map((each) => [input.keyOf(each.grantee), each]));
  const known = new Map(input.ledger.known);
  const failed = new Set<string>();
  let { unexplainedToday } = input.ledger;
  for (const { grantee, explained, keepsOne } of plan.unassign) {
    const key = input.keyOf(grantee);
    const holder = holders.get(key);
    if (holder === undefined) throw new Error(`${grantee} holds no seat to be freed`);
    if (refused.has(key)) {
      failed.add(key);
      continue;
    }
    if (!explained) unexplainedToday += 1;
    if (keepsOne) holders.set(key, { ...holder, count: 1, seats: holder.seats.slice(0, 1) });
    else {
      holders.delete(key);
      setAssigned(known, key, grantee, false);
    }
  }
  return { change: changed(input, [...holders.values()], known, unexplainedToday), failed };
}

function assignAll(input: PlanInput, plan: PoolPlan, refused: ReadonlySet<string>): Outcome {
  const holders = [...input.state.holders];
  const known = new Map(input.ledger.known);
  const failed = new Set<string>();
  for (const { grantee } of plan.assign) {
    const key = input.keyOf(grantee);
    if (holders.some((each) => input.keyOf(each.grantee) === key)) throw new Error(`${grantee} has a seat`);
    if (refused.has(key)) failed.add(key);
    else {
      holders.push({ grantee, seats: [], count: 1 });
      setAssigned(known, key, grantee, true);
    }
  }
  return { change: changed(input, holders, known, input.ledger.unexplainedToday), failed };
}

function setAssigned(known: Map<string, KnownGrantee>, key: string, grantee: string, assignedByUs: boolean) {
  known.set(key, { grantee, person: null, lastSeen: [], ...known.get(key), assignedByUs });
}

function changed(
  input: PlanInput,
  holders: readonly Holder[],
  known: ReadonlyMap<string, KnownGrantee>,
  unexplainedToday: number,
): Partial<PlanInput> {
  return { state: { ...input.state, holders }, ledger: { ...input.ledger, known, unexplainedToday } };
}

function buy(input: PlanInput, seats: number): Partial<PlanInput> {
  return {
    ...resized(input, seats),
    ledger: { ...input.ledger, boughtToday: input.ledger.boughtToday + seats },
  };
}

function resized({ state }: PlanInput, seats: number): Partial<PlanInput> {
  return { state: { ...state, total: state.total + seats, usable: state.usable + seats } };
}
