import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { entitlementsFor, type WindowPolicy } from '../../src/cohorts/entitlements.ts';
import { addDays } from '../../src/dates.ts';
import { normalizeEmail } from '../../src/emails.ts';
import { planPool } from '../../src/planning/plan.ts';
import { type KnownGrantee, noDecisions, type PlanInput, runStart } from '../../src/planning/types.ts';

import type { RosterRow } from '../../src/roster/types.ts';

export interface PlanningMeasure {
  readonly rows: number;
  /** From validated rows to the plan in a fresh thread, since a run plans seldom. */
  readonly ms: number;
  /** Most of the heap in use at any moment, rows and ledger included. */
  readonly mib: number;
}

const TODAY = '2026-11-22';
const windows: WindowPolicy = { assignDaysBefore: 2, keepDaysAfter: 3 };

/** Others may be at work on the machine: the best of so many tries is what planning itself takes. */
const TRIES = 3;

/** Plans one pool for rosters of these sizes, each in a thread of its own. */
export async function benchPlanning(
  sizes: readonly number[] = [10_000, 100_000],
): Promise<PlanningMeasure[]> {
  const measures: PlanningMeasure[] = [];
  for (const rows of sizes) {
    const tries: PlanningMeasure[] = [];
    for (let count = 0; count < TRIES; count++) tries.push(await measure(rows));
    const ms = Math.min(...tries.map((each) => each.ms));
    const mib = Math.max(...tries.map((each) => each.mib));
    measures.push({ rows, ms, mib });
  }
  return measures;
}

/** Looks at the thread's heap from outside, since planning never yields. */
async function measure(rows: number): Promise<PlanningMeasure> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { rows } });
  let peak = 0;
  let running = true;
  const answer = new Promise<number>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  const watch = async () => {
    while (running) {
      const heap = await worker.getHeapStatistics();
      peak = Math.max(peak, heap.used_heap_size);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await new Promise((resolve) => worker.once('online', resolve));
  const watching = watch();
  const ms = await answer;
  running = false;
  await watching;
  await worker.terminate();
  return { rows, ms, mib: peak / 2 ** 20 };
}

/**
 * A school after some years: 60 % of the rows are past, the rest is in three cohorts that overlap. Of every hundred rows
 * five are leavers of yesterday, who still hold a seat, and five are joiners.
 */
function rosterOf(count: number): RosterRow[] {
  const starts = [-900, -39, -25, -15, 1].map((offset) => addDays(TODAY, offset));
  const ends = starts.map((startsOn) => addDays(startsOn, 34));
  return Array.from({ length: count }, (_, index) => {
    const part = index % 100;
    const cohort = part < 55 ? 0 : part < 60 ? 1 : part < 78 ? 2 : part < 95 ? 3 : 4;
    return {
      row: index + 2,
      email: `instructor${index}@example.org`,
      name: `Instructor ${index}`,
      cohort: `c${cohort}`,
      startsOn: starts[cohort] ?? TODAY,
      endsOn: ends[cohort] ?? TODAY,
      pools: null,
      canceled: false,
      granteeIds: {},
    };
  });
}

/** Everyone is known to the ledger; all but the past and the joiners hold a seat. */
function surroundings(rows: readonly RosterRow[]): Omit<PlanInput, 'roster'> {
  const { entitlements } = entitlementsFor(rows, { pool: 'pool', grantee: 'email' }, windows);
  const holding = entitlements.filter(({ cohort }) => cohort !== 'c0' && cohort !== 'c4');
  const assigned = new Set(holding.map((each) => each.grantee));
  const known = new Map<string, KnownGrantee>();
  for (const each of entitlements) {
    const { grantee, person } = each;
    known.set(grantee, { grantee, person, lastSeen: [each], assignedByUs: assigned.has(grantee) });
  }
  return {
    today: TODAY,
    policy: {
      pool: 'pool',
      provider: 'salable',
      changesTotal: true,
      seats: { min: 1, max: null, spare: 0, keepUnusedDays: 14 },
      protect: ['owner@example.org', '*@staff.example.org'],
    },
    guardrails: {
      unexplainedRemovals: { count: 2, share: 0.2 },
      seatIncrease: 25,
      seatsPerDay: 50,
      invalidRows: 0.2,
      drift: { count: 5, share: 0.5 },
    },
    state: {
      pool: 'pool',
      total: holding.length,
      totalFrom: 'subscription quantity',
      usable: holding.length,
      limits: { min: 1, max: null },
      holders: holding.map(({ grantee, row }) => ({ grantee, seats: [`seat-${row}`], count: 1 })),
      freeSeats: [],
    },
    ledger: { known, boughtToday: 0, assignedBefore: holding.length, unexplainedToday: 0 },
    stage: runStart,
    decisions: noDecisions,
    keyOf: normalizeEmail,
  };
}

function planFrom(rows: readonly RosterRow[], rest: Omit<PlanInput, 'roster'>) {
  const { entitlements } = entitlementsFor(rows, { pool: 'pool', grantee: 'email' }, windows);
  const listed = new Map(rows.map(({ email }) => [email, email]));
  const roster = { entitlements, frozen: [], listed, invalidShare: 0, doubt: null, suspicion: null };
  return planPool({ ...rest, roster });
}

function timed(count: number): number {
  const rows = rosterOf(count);
  const rest = surroundings(rows);
  const begin = performance.now();
  const plan = planFrom(rows, rest);
  const ms = performance.now() - begin;
  const leavers = Math.floor(count / 20);
  if (plan.unassign.length !== leavers || plan.assign.length !== leavers) throw new Error('planned wrongly');
  return ms;
}

if (!isMainThread && parentPort !== null) parentPort.postMessage(timed(workerData.rows));
