import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../config/schema.ts';
import { entitlementsFor } from '../../src/cohorts/entitlements.ts';
import { addDays, systemClock } from '../../src/dates.ts';
import { RosterError } from '../../src/errors.ts';
import type { Grantee } from '../../src/ledger/grantees.ts';
import type { Person } from '../../src/ledger/people.ts';
import { rosterSuspicion } from '../../src/planning/guardrails.ts';
import { planPool } from '../../src/planning/plan.ts';
import { summarize } from '../../src/planning/suspect-roster.ts';
import { runStart } from '../../src/planning/types.ts';
import { loadProviders } from '../../src/providers/registry.ts';
import type { Roster } from '../../src/roster/types.ts';
import { noMemory, type PoolMemory, planInput } from '../../src/runs/inputs.ts';
import { validated } from '../roster/helpers.ts';

/**
 * A sheet that was read well yesterday, edited in whatever way people edit sheets, and what is planned by it today. The
 * reading, its judgment and the planning are the real ones.
 */
const TODAY = '2026-11-22';
const NOON = Date.parse(`${TODAY}T12:00:00-05:00`);
const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses', 'Status'];
type Cells = string[][];

const COHORTS: Record<string, number> = {
  over: -41,
  ending: -34,
  current: -14,
  fresh: -3,
  coming: 2,
  later: 30,
};

function row(who: string, cohort: string): string[] {
  const starts = addDays(TODAY, COHORTS[cohort] ?? 0);
  return [`${who}@example.org`, `Name ${who}`, cohort, starts, '', '', ''];
}

const NAMES = [
  'ann',
  'bob',
  'cyd',
  'dan',
  'eve',
  'fay',
  'gus',
  'hal',
  'ida',
  'jon',
  'kay',
  'lee',
  'meg',
  'ned',
];
const GOOD: Cells = [
  ...NAMES.slice(0, 2).map((who) => row(who, 'over')),
  ...NAMES.slice(2, 4).map((who) => row(who, 'ending')),
  ...NAMES.slice(4, 9).map((who) => row(who, 'current')),
  ...NAMES.slice(9, 12).map((who) => row(who, 'fresh')),
  row('eve', 'coming'),
  row('meg', 'coming'),
  row('ned', 'later'),
];
/** Everyone who teaches or has taught holds a seat; so does someone who is never on the sheet. */
const HOLDING = [...NAMES.slice(0, 12), 'guest'].map((who) => `${who}@example.org`);

const config: Config = configSchema.parse({
  timeZone: 'America/New_York',
  roster: { source: 'csv', path: 'roster.csv' },
  pools: [{ id: 'salable-teaching', provider: 'salable', apiKey: 'x', subscriptionUuid: 'x' }],
});
const pool = config.pools[0];
if (pool === undefined) throw new Error('there is a pool');
const provider = (await loadProviders([pool]))(pool, { clock: systemClock });

function rosterOf(cells: Cells, header = HEADER): Roster {
  return { ...validated([header, ...cells]), location: 'roster.csv', readAt: `${TODAY}T17:00:00Z` };
}

const good = entitlementsFor(
  rosterOf(GOOD).rows,
  { pool: pool.id, grantee: 'email' },
  config.cohorts,
).entitlements;
const memory: PoolMemory = {
  ...noMemory,
  assignedBefore: HOLDING.length,
  lastRoster: summarize(good, addDays(TODAY, -1)),
  people: new Map(
    good.map(({ person, name }): [string, Person] => [
      person,
      { email: person, name, granteeIds: {}, firstSeenAt: `${TODAY}T00:00:00Z` },
    ]),
  ),
  grantees: new Map(
    good.map(({ grantee }): [string, Grantee] => {
      const lastSeen = good.filter((each) => each.grantee === grantee);
      const assigned = HOLDING.includes(grantee) ? { run: 'r-1', at: `${TODAY}T00:00:00Z` } : null;
      return [grantee, { grantee, person: grantee, lastSeen, assigned }];
    }),
  ),
};

/** The state has two free seats. */
function plannedBy(roster: Roster) {
  if (pool === undefined) throw new Error('there is a pool');
  const total = HOLDING.length + 2;
  const state = {
    ...{
      pool: pool.id,
      total,
      totalFrom: 'quantity',
      usable: total,
      limits: { min: 0, max: null },
      freeSeats: [],
    },
    holders: HOLDING.map((grantee) => ({ grantee, seats: [grantee], count: 1 })),
  };
  const { input, problems } = planInput({
    config,
    pool,
    provider,
    roster,
    memory,
    state,
    stage: runStart,
    now: NOON,
  });
  return { input, problems, plan: planPool(input) };
}

const place = fc.nat({ max: GOOD.length - 1 });
const moved = (date: string, days: number) => (/^\d{4}-\d\d-\d\d$/.test(date) ? addDays(date, days) : date);
type Edit = (cells: Cells) => Cells;

/** Changes one cell of one row. */
const cellEdit = (column: number, change: (text: string) => string) =>
  place.map(
    (at): Edit =>
      (cells) =>
        cells.map((each, index) => (index === at ? each.with(column, change(each[column] ?? '')) : each)),
  );
/** Changes one cell of every row. */
const columnEdit = (column: number, change: (text: string) => string) =>
  fc.constant<Edit>((cells) => cells.map((each) => each.with(column, change(each[column] ?? ''))));
const days = fc.constantFrom(-400, -365, -35, -31, -20, -7, -1, 1, 7, 30, 365);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  place.map(
    (at): Edit =>
      (cells) =>
        cells.toSpliced(at, 1),
  ),
  fc.tuple(place, place).map(
    ([from, count]): Edit =>
      (cells) =>
        cells.toSpliced(from, count),
  ),
  place.map(
    (length): Edit =>
      (cells) =>
        cells.slice(0, length),
  ),
  cellEdit(0, (text) => text.replace('.', ',')),
  cellEdit(0, (text) => text.replace('@', '.x@')),
  cellEdit(0, (text) => text.toUpperCase()),
  cellEdit(0, () => ''),
  cellEdit(1, () => 'Somebody Else'),
  cellEdit(2, () => 'another'),
  cellEdit(3, () => 'soon'),
  cellEdit(6, () => 'canceled'),
  cellEdit(6, () => 'cancled'),
  cellEdit(5, () => 'zoom'),
  days.chain((by) => cellEdit(3, (text) => moved(text, by))),
  days.chain((by) => columnEdit(3, (text) => moved(text, by))),
  columnEdit(3, () => 'soon'),
  columnEdit(3, (text) => text.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$3.$2.$1')),
  columnEdit(5, () => 'zoom'),
  columnEdit(2, (text) => `${text} (new)`),
  columnEdit(0, (text) => `x${text}`),
  columnEdit(6, () => 'canceled?'),
  fc.constant<Edit>((cells) => cells.toReversed()),
  fc.constant<Edit>((cells) => [...cells, ...cells]),
  fc.constant<Edit>((cells) => cells.map((each) => [...each.slice(1), each[0] ?? ''])),
  fc.constant<Edit>(() => []),
);
const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

function edited(changes: readonly Edit[]): Cells {
  return changes.reduce((cells, change) => change(cells), GOOD);
}

function always(property: (planned: ReturnType<typeof plannedBy>) => void, numRuns = 1_500): void {
  fc.assert(
    fc.property(edits, (changes) => {
      let roster: Roster;
      try {
        roster = rosterOf(edited(changes));
      } catch (cause) {
        // A sheet of the wrong shape fails the run: nothing is planned by it.
        expect(cause).toBeInstanceOf(RosterError);
        return;
      }
      property(plannedBy(roster));
    }),
    { numRuns },
  );
}

describe('whatever is done to the sheet', () => {
  it('nobody loses a seat, and no seat is given back or bought beyond doubt, in a run whose reading is doubtful', () => {
    let doubtful = 0;
    always(({ input, plan }) => {
      const suspicion = rosterSuspicion(input);
      if (suspicion === null) return;
      doubtful += 1;
      expect(plan.unassign).toEqual([]);
      expect(plan.decrement).toBe(0);
      if (suspicion.byComparison) expect(plan.increment).toBe(0);
    });
    expect(doubtful).toBeGreaterThan(200);
  });

  it('nobody loses a seat unexplained beyond the guardrail, and all of them are held together', () => {
    always(({ plan }) => {
      const surprises = plan.unassign.filter(({ explained }) => !explained);
      expect(surprises.length).toBeLessThanOrEqual(2);
      if (surprises.length > 0) expect(plan.held.filter(({ action }) => action === 'unassign')).toEqual([]);
    });
  });

  it('nobody loses a seat whom a row that can not be read may mean', () => {
    always(({ plan, problems }) => {
      const shielded = new Set(problems.flatMap(({ protects }) => protects));
      expect(plan.unassign.filter(({ grantee }) => shielded.has(grantee))).toEqual([]);
    });
  });

  it('nobody loses a seat whose own row still gives one today, and the unknown never do', () => {
    always(({ input, plan }) => {
      const due = input.roster.entitlements.filter(
        ({ canceled, from, to }) => !canceled && from <= TODAY && TODAY <= to,
      );
      const safe = new Set([...due.map(({ grantee }) => grantee), 'guest@example.org']);
      expect([...plan.unassign, ...plan.held].filter(({ grantee }) => safe.has(grantee ?? ''))).toEqual([]);
    });
  });

  it('everyone is accounted for: what is done, held, kept and waiting is the whole plan', () => {
    always(({ input, plan }) => {
      const due = new Set(
        input.roster.entitlements
          .filter(({ canceled, from, to }) => !canceled && from <= TODAY && TODAY <= to)
          .map(({ grantee }) => grantee),
      );
      const on = (lines: readonly { readonly grantee?: string }[], who: string) =>
        lines.filter(({ grantee }) => grantee === who).length;
      for (const who of HOLDING) {
        const told = on(plan.unassign, who) + on(plan.held, who) + on(plan.kept, who);
        expect(told + Number(plan.unmanaged.includes(who)) + Number(due.has(who))).toBe(1);
      }
      for (const who of due) {
        if (HOLDING.includes(who)) continue;
        expect(on(plan.assign, who) + on(plan.waiting, who) + on(plan.held, who)).toBe(1);
      }
    });
  });
});
