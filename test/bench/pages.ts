import { addDays, dateIn, systemClock, toInstant } from '../../src/dates.ts';
import { recordPeople } from '../../src/ledger/people.ts';
import { storeRoster } from '../../src/ledger/roster.ts';
import { finishPool, startRun } from '../../src/ledger/runs.ts';
import type { Roster, RosterRow } from '../../src/roster/types.ts';
import type { PoolResultDocument } from '../../src/runs/documents.ts';
import { serveApp } from '../dashboard/app.ts';
import { type School, startSchool } from '../support/school.ts';
import { call } from '../support/service.ts';
import { atMost, type Line, median } from './table.ts';

/** People whom one page has to show, and whom it shows a page at a time. */
const ON_A_PAGE = 500;
const PAGED = 5_000;

const TURNS = 15;

/** What the pages with the most on them weigh, and how long the server takes for them, the way over loopback included. */
export async function benchPages(): Promise<Line[]> {
  const lines: Line[] = [];
  for (const count of [ON_A_PAGE, PAGED]) {
    await using school = await startSchool();
    const run = await fill(school, count);
    await using app = await serveApp(school);
    const many = count.toLocaleString('en-US');
    for (const [what, target] of [
      [`people: the list of ${many}`, '/people'],
      [`run: the page of one that moved ${many} people`, `/runs/${run}`],
      [`overview: a pool of ${many} people`, '/'],
    ] as const) {
      const { kib, ms } = await measure(app.url, target);
      lines.push(atMost(`${what}: size`, kib, 100, 'KiB'), atMost(`${what}: time`, ms, 50, 'ms'));
    }
  }
  return lines;
}

async function measure(url: string, target: string): Promise<{ kib: number; ms: number }> {
  const times: number[] = [];
  let size = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    const began = performance.now();
    const answer = await call(url, 'GET', target);
    const body = await answer.text();
    times.push(performance.now() - began);
    if (answer.status !== 200) throw new Error(`${target} answered ${answer.status}: ${body}`);
    size = Buffer.byteLength(body);
  }
  return { kib: size / 1024, ms: median(times) };
}

/** A ledger as it is after a run that has given so many people a seat. @returns the run. */
async function fill({ service }: School, count: number): Promise<string> {
  const { store } = service.context;
  const now = systemClock.now();
  const at = toInstant(now);
  const run = 'r-20261122-060000-bnch';
  const rows = Array.from({ length: count }, (_, place) => rowOf(place, dateIn(now, 'America/New_York')));
  const roster: Roster = {
    ...{ rows, problems: [], rowCount: count, blankCount: 0 },
    ...{ hash: `bench-${count}`, location: 'roster.csv', readAt: at },
  };
  await startRun(store, { run, trigger: 'cron', startedAt: at, pools: ['teaching'], clockOffset: 0 }, now);
  await storeRoster(store, run, roster);
  await recordPeople(store, run, roster, at);
  await finishPool(store, run, resultOf(rows), { fence: null, at, writes: [], problems: [] });
  return run;
}

function rowOf(place: number, today: string): RosterRow {
  const number = String(place).padStart(5, '0');
  const startsOn = addDays(today, (place % 5) * 7 - 14);
  return {
    row: place + 2,
    email: `firstname.lastname${number}@example.org`,
    name: `Firstname Lastname ${number}`,
    cohort: `2026-${place % 5}`,
    ...{ startsOn, endsOn: addDays(startsOn, 34) },
    ...{ pools: null, canceled: false, granteeIds: {} },
  };
}

function resultOf(rows: readonly RosterRow[]): PoolResultDocument {
  const people = rows.map(({ email }) => email);
  return {
    ...{ pool: 'teaching', provider: 'salable', verdict: 'in-sync' },
    seats: { total: people.length, assigned: people.length, target: people.length },
    ...{
      unassign: [],
      increment: 0,
      decrement: 0,
      assign: [],
      held: [],
      waiting: [],
      kept: [],
      unmanaged: [],
    },
    notes: [],
    done: { unassigned: [], incremented: people.length, assigned: people, decremented: 0 },
    changes: rows.map(({ email, cohort, startsOn }) => ({
      ...{ action: 'assign' as const, grantee: email },
      reason: `cohort ${cohort} starts ${startsOn}`,
    })),
    failed: [],
  };
}
