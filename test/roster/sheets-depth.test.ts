import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sheetMemoryIn } from '../../src/ledger/sheet.ts';
import { type RosterContext, readRoster } from '../../src/roster/read-roster.ts';
import type { Roster } from '../../src/roster/types.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { WorkbookOptions } from '../../src/sandbox/sheets/workbook.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { COLUMNS, contextWith, rosterError } from './helpers.ts';

let sandbox: Sandbox;
let folder: string;
let redis: TestRedis;

beforeAll(async () => {
  [sandbox, redis] = await Promise.all([startSandbox(), startTestRedis()]);
  folder = await mkdtemp(join(tmpdir(), 'sheets-'));
  await sandbox.sheets.writeServiceAccountFile(join(folder, 'key.json'));
});

beforeEach(() => sandbox.clearLog());

afterAll(async () => {
  await Promise.all([sandbox.close(), redis.stop()]);
  await rm(folder, { recursive: true });
});

type Tabs = NonNullable<WorkbookOptions['tabs']>;
type Shape = { sheet?: string; sheets?: string; cohortsSheet?: string };

function sheet(tabs: Tabs, more: Omit<WorkbookOptions, 'id' | 'tabs'> = {}) {
  sandbox.sheets.reset({ spreadsheets: [{ id: 'ID', tabs, ...more }] });
}

function read(shape: Shape = {}, context: Partial<RosterContext> = {}) {
  const settings = {
    source: 'google-sheets' as const,
    spreadsheetId: 'ID',
    credentials: join(folder, 'key.json'),
    apiRootUrl: `${sandbox.url}/`,
    dateFormat: 'iso' as const,
    columns: COLUMNS,
    ...shape,
  };
  return readRoster(settings, contextWith(context));
}

/** The requests to the Sheets API, as `get` and `values`. */
function reads(): string[] {
  return sandbox
    .requests()
    .filter(({ path }) => path.startsWith('/v4/'))
    .map(({ path }) => (path.includes('/values') ? 'values' : 'get'));
}

const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date'];
const start = { date: '2026-11-24' };

describe('what a Google sheet may be named by', () => {
  const rows = [
    ['Printed on Monday'],
    [],
    [null, 'Email', 'Start date'],
    [null, 'ann@example.org', start],
    [null, 'bob@example.org', start],
    [null, 'Sum', 2],
  ];

  it('a table: only its rows are read, with the numbers of the sheet, in two requests', async () => {
    sheet([{ title: 'Roster', rows, tables: [{ name: 'Staff', range: 'B3:C5' }] }]);
    const roster = await read({ sheet: 'staff' });
    expect(roster).toMatchObject({ rows: [{ row: 4 }, { row: 5 }], problems: [], rowCount: 2 });
    expect(roster.location).toBe('the table "Staff" of spreadsheet ID');
    expect(reads()).toEqual(['get', 'values']);
  });

  it('a named range, whose columns keep the letters of the sheet in messages', async () => {
    sheet([{ title: 'Roster', rows }], { namedRanges: [{ name: 'Teachers', range: 'Roster!B3:C4' }] });
    const roster = await read({ sheet: 'Teachers' });
    expect(roster).toMatchObject({ rows: [{ row: 4, email: 'ann@example.org' }], rowCount: 1 });
    expect(roster.location).toBe('the named range "Teachers" of spreadsheet ID');
    sheet([{ title: 'Roster', rows: [[], [null, 'Email', 'Email', 'Start date']] }], {
      namedRanges: [{ name: 'Teachers', range: 'Roster!B2:D9' }],
    });
    const error = await rosterError(() => read({ sheet: 'Teachers' }));
    expect(error.message).toContain('in B2 and C2');
  });

  it('a tab comes first where a table has the same name', async () => {
    sheet([
      { title: 'Other', rows: [HEADER], tables: [{ name: 'Roster', range: 'A1:D1' }] },
      { title: 'Roster', rows: [HEADER, ['ann@example.org', null, null, start]] },
    ]);
    await expect(read({ sheet: 'Roster' })).resolves.toMatchObject({ rowCount: 1 });
  });

  it('a name that fits nothing is explained with all there are', async () => {
    sheet([{ title: 'Staff list', rows, tables: [{ name: 'Staff', range: 'B3:C5' }] }], {
      namedRanges: [{ name: 'Teachers', range: "'Staff list'!B3:C4" }],
    });
    const error = await rosterError(() => read({ sheet: 'Roster' }));
    expect(error.advice).toContain('"Staff list", "Staff", "Teachers"');
  });

  it('merged cells keep their place in a table that begins elsewhere', async () => {
    const merged = [
      [],
      [null, 'Email', 'Start date'],
      [null, 'ann@example.org', start],
      [null, 'bob@example.org'],
    ];
    sheet([
      { title: 'Roster', rows: merged, merges: ['C3:C4'], tables: [{ name: 'Staff', range: 'B2:C4' }] },
    ]);
    await expect(read({ sheet: 'Staff' })).resolves.toMatchObject({
      rows: [{ row: 3 }, { row: 4 }],
      problems: [],
    });
  });
});

describe('what values alone do not tell', () => {
  it('a clean sheet costs two requests', async () => {
    sheet([{ title: 'Roster', rows: [HEADER, ['ann@example.org', 'Ann', 'C1', start]] }]);
    await read();
    expect(reads()).toEqual(['get', 'values']);
  });

  it('a cohort that the sheet has turned into a date is what the sheet shows', async () => {
    sheet([
      {
        title: "O'Brien's list",
        rows: [
          HEADER,
          ['ann@example.org', 'Ann', { date: '2026-11-01', text: '2026-11' }, start],
          ['bob@example.org', 'Bob', 46_327, start],
          ['cem@example.org', 'Cem', '2026-11', start],
        ],
      },
    ]);
    const roster = await read();
    expect(roster.rows.map(({ cohort }) => cohort)).toEqual(['2026-11', '46327', '2026-11']);
    expect(reads()).toEqual(['get', 'values', 'get']);
  });

  it('a people chip is its address; several in one cell are refused by name', async () => {
    sheet([
      {
        title: 'Roster',
        rows: [
          HEADER,
          [{ chip: 'ann@example.org', text: 'Ann Lee' }, 'Ann', 'C1', start],
          ['bob@example.org', 'Bob', 'C1', start],
          ['Bob Stone', 'Bob', 'C1', start],
        ],
      },
    ]);
    const roster = await read();
    expect(roster.rows.map(({ email }) => email)).toEqual(['ann@example.org', 'bob@example.org']);
    expect(roster.problems).toMatchObject([{ row: 4, email: 'Bob Stone' }]);
  });

  describe('is asked for again', () => {
    const rows = (cohort: string) => [
      HEADER,
      [{ chip: 'ann@example.org', text: 'Ann Lee' }, 'Ann', { date: '2026-11-01', text: cohort }, start],
    ];
    /** A process of its own each time: all that it knows of the reading before is in the ledger. */
    const readAnew = async (shape: Shape = {}, looking = false) => {
      sandbox.clearLog();
      const roster = await read(shape, { memory: sheetMemoryIn({ redis: redis.connect() }, looking) });
      return { roster, asked: reads() };
    };
    beforeEach(() => redis.connect().flushall());

    it('only when something has changed, in another process too: then an idle run is two requests', async () => {
      sheet([{ title: 'Roster', rows: rows('2026-11') }]);
      const first = await readAnew();
      expect(first.asked).toEqual(['get', 'values', 'get']);
      const second = await readAnew();
      expect(second.asked).toEqual(['get', 'values']);
      expect({ ...second.roster, readAt: '' }).toEqual({ ...first.roster, readAt: '' });
      expect(second.roster.rows).toMatchObject([{ email: 'ann@example.org', cohort: '2026-11' }]);
      sheet([{ title: 'Roster', rows: [...rows('2026-11'), ['bob@example.org', 'Bob', 'C1', start]] }]);
      const third = await readAnew();
      expect(third).toMatchObject({
        roster: { rowCount: 2, problems: [] },
        asked: ['get', 'values', 'get'],
      });
    });

    it('in another tab or table that reads alike', async () => {
      sheet([{ title: 'Roster', rows: rows('2026-11'), tables: [{ name: 'Staff', range: 'A1:D2' }] }]);
      await readAnew({ sheet: 'Roster' });
      sheet([{ title: 'Roster 2', rows: rows('Autumn') }]);
      expect((await readAnew()).roster.rows).toMatchObject([{ cohort: 'Autumn' }]);
    });

    it('after a week: a chip may be given to a namesake without a change in the values', async () => {
      sheet([{ title: 'Roster', rows: rows('2026-11') }]);
      await readAnew();
      const [key = '', ...more] = await redis.connect().keys('*');
      expect(more).toEqual([]);
      const seconds = await redis.connect().ttl(key);
      expect(seconds).toBeGreaterThan(6 * 86_400);
      expect(seconds).toBeLessThanOrEqual(7 * 86_400);
    });

    it('by a command that looks only: it keeps nothing', async () => {
      sheet([{ title: 'Roster', rows: rows('2026-11') }]);
      await readAnew({}, true);
      expect(await redis.connect().keys('*')).toEqual([]);
      await readAnew();
      expect((await readAnew({}, true)).asked).toEqual(['get', 'values']);
    });

    it('where what was kept is of another version', async () => {
      sheet([{ title: 'Roster', rows: rows('2026-11') }]);
      await readAnew();
      const [key = ''] = await redis.connect().keys('*');
      await redis.connect().set(key, '{"hash":"x"}');
      expect((await readAnew()).roster.rows).toMatchObject([{ email: 'ann@example.org' }]);
    });
  });

  it('hidden rows are read like all others', async () => {
    const rows = [HEADER, ['ann@example.org', 'Ann', 'C1', start], ['bob@example.org', 'Bob', 'C1', start]];
    sheet([{ title: 'Roster', rows, hiddenRows: [3] }]);
    await expect(read()).resolves.toMatchObject({ rowCount: 2 });
  });

  it('a sheet of a thousand columns is read', async () => {
    const wide = Array.from({ length: 1000 }, (_, at) =>
      at === 999 ? 'Email' : at === 500 ? 'Start date' : `Note ${at}`,
    );
    const row = wide.map((_, at) => (at === 999 ? 'ann@example.org' : at === 500 ? start : `x${at}`));
    sheet([{ title: 'Roster', rows: [wide, row] }]);
    await expect(read()).resolves.toMatchObject({ rows: [{ row: 2, startsOn: '2026-11-24' }], problems: [] });
  });
});

describe('one tab a cohort', () => {
  const tabs: Tabs = [
    {
      title: 'Cohort 2026-11',
      rows: [
        ['Email', 'Start date'],
        ['ann@example.org', start],
        ['x', start],
      ],
    },
    { title: 'Read me', rows: [['Hello']] },
    {
      title: 'cohort 2027-01 ',
      rows: [[], ['Start date', 'Email', 'Cohort'], [{ date: '2027-01-05' }, 'bob@example.org']],
    },
  ];

  it('takes the cohort from the name of the tab, all in two requests', async () => {
    sheet(tabs);
    const roster = await read({ sheets: 'Cohort *' });
    expect(
      roster.rows.map(({ tab, row, email, cohort, startsOn }) => [tab, row, email, cohort, startsOn]),
    ).toEqual([
      ['Cohort 2026-11', 2, 'ann@example.org', '2026-11', '2026-11-24'],
      ['cohort 2027-01 ', 3, 'bob@example.org', '2027-01', '2027-01-05'],
    ]);
    expect(roster.problems).toMatchObject([{ tab: 'Cohort 2026-11', row: 3, column: 'Email' }]);
    expect(roster).toMatchObject({ rowCount: 3, blankCount: 0 });
    expect(roster.location).toBe('2 tabs of spreadsheet ID ("Cohort 2026-11", "cohort 2027-01 ")');
    expect(reads().filter((kind) => kind === 'values')).toHaveLength(1);
  });

  it('a cohort column that contradicts the name of the tab is a problem of its row', async () => {
    sheet([
      {
        title: 'Cohort 2026-11',
        rows: [
          HEADER,
          ['ann@example.org', 'Ann', '2026-11', start],
          ['bob@example.org', 'Bob', 'Cohort 2026-11', start],
          ['cem@example.org', 'Cem', '2026-10', start],
          ['dan@example.org', 'Dan', null, start],
        ],
      },
    ]);
    const roster = await read({ sheets: 'Cohort *' });
    expect(roster.rows.map(({ row, cohort }) => [row, cohort])).toEqual([
      [2, '2026-11'],
      [3, '2026-11'],
      [5, '2026-11'],
    ]);
    expect(roster.problems).toMatchObject([
      { row: 4, problem: 'contradicts the name of the tab, which is cohort 2026-11' },
    ]);
  });

  it('a person active in one tab and canceled in another of the same cohort is a conflict that names both', async () => {
    const header = ['Email', 'Start date', 'Status'];
    sheet([
      { title: 'Cohort 7', rows: [header, ['ann@example.org', start, null]] },
      { title: 'COHORT 7', rows: [header, [], ['ann@example.org', start, 'canceled']] },
      { title: 'Cohort 8', rows: [header, ['ann@example.org', start, null]] },
    ]);
    const roster = await read({ sheets: 'Cohort *' });
    expect(roster.rows).toMatchObject([{ tab: 'Cohort 8' }]);
    expect(roster.problems).toMatchObject([
      { tab: 'Cohort 7', row: 2, problem: expect.stringContaining('row 3 of the tab "COHORT 7"') },
      { tab: 'COHORT 7', row: 3, problem: expect.stringContaining('row 2 of the tab "Cohort 7"') },
    ]);
  });

  it('refuses the roster when a tab of a cohort has no header, and names the tab', async () => {
    sheet([...tabs, { title: 'Cohort plan', rows: [['ideas']] }]);
    const error = await rosterError(() => read({ sheets: 'Cohort *' }));
    expect(error).toMatchObject({ failure: 'wrong-shape' });
    expect(error.message).toContain('"Cohort plan"');
  });

  it('says which tabs there are when none fits', async () => {
    sheet(tabs);
    const error = await rosterError(() => read({ sheets: 'Course *' }));
    expect(error).toMatchObject({ failure: 'not-found' });
    expect(error.advice).toContain('"Read me"');
  });
});

/** The problems but for those of the tab with the dates. */
function inRoster({ problems }: Roster) {
  return problems.filter(({ tab }) => tab !== 'Cohorts');
}

describe('dates of the cohorts in a tab of their own', () => {
  const cohorts = {
    title: 'Cohorts',
    rows: [
      ['Cohort', 'Start date', 'End date'],
      ['2026-11', start, null],
      ['2027-01', { date: '2027-01-05' }, { date: '2027-01-30' }],
      ['Broken', 'soon', null],
      ['Twice', start, null],
      ['twice', { date: '2026-12-01' }, null],
      [],
    ],
  };
  const roster = (...rows: Tabs[number]['rows'] & object[]) => ({
    title: 'Roster',
    rows: [['Email', 'Cohort'], ...rows],
  });

  it('are those of every row of the cohort', async () => {
    sheet([cohorts, roster(['ann@example.org', '2026-11'], ['bob@example.org', '2027-01'])]);
    const found = await read({ sheet: 'Roster', cohortsSheet: 'cohorts' });
    expect(found.rows.map(({ email, startsOn, endsOn }) => [email, startsOn, endsOn])).toEqual([
      ['ann@example.org', '2026-11-24', '2026-12-28'],
      ['bob@example.org', '2027-01-05', '2027-01-30'],
    ]);
    expect(reads()).toEqual(['get', 'values']);
  });

  it('that cannot be read are a problem there and of each row that needs them', async () => {
    sheet([
      cohorts,
      roster(
        ['ann@example.org', 'broken'],
        ['bob@example.org', '2026-12'],
        ['cem@example.org', 'Twice'],
        ['dan@example.org'],
      ),
    ]);
    const found = await read({ cohortsSheet: 'Cohorts' });
    expect(found).toMatchObject({ rows: [], rowCount: 4 });
    expect(found.problems.map(({ tab, row, problem }) => [tab, row, problem])).toEqual([
      ['Cohorts', 4, 'not a date written as YYYY-MM-DD'],
      ['Cohorts', 6, 'the tab "Cohorts" has this cohort in rows 5 and 6, with other dates'],
      [undefined, 2, expect.stringContaining('row 4 of the tab "Cohorts": not a date')],
      [undefined, 3, 'the tab "Cohorts" has no cohort 2026-12; the nearest there is 2026-11'],
      [undefined, 4, expect.stringContaining('rows 5 and 6')],
      [undefined, 5, 'no cohort is given, and its dates are in the tab "Cohorts"'],
    ]);
    expect(found.problems[3]).toMatchObject({ column: 'Cohort', email: 'bob@example.org' });
  });

  it("yield to a row's own", async () => {
    sheet([
      cohorts,
      {
        title: 'Roster',
        rows: [
          ['Email', 'Cohort', 'Start date', 'End date'],
          ['late@example.org', '2026-11', { date: '2026-12-01' }],
          ['short@example.org', '2026-11', null, { date: '2026-12-05' }],
          ['never@example.org', '2026-11', null, { date: '2026-11-05' }],
        ],
      },
    ]);
    const found = await read({ cohortsSheet: 'Cohorts' });
    expect(found.rows.map(({ email, startsOn, endsOn }) => [email, startsOn, endsOn])).toEqual([
      ['late@example.org', '2026-12-01', '2027-01-04'],
      ['short@example.org', '2026-11-24', '2026-12-05'],
    ]);
    expect(inRoster(found)).toMatchObject([{ row: 4, column: 'End date', value: '2026-11-05' }]);
  });

  it('go together with one tab a cohort', async () => {
    sheet([
      cohorts,
      { title: 'C 2026-11', rows: [['Email'], ['ann@example.org']] },
      { title: 'C 2027-09', rows: [['Email'], ['bob@example.org']] },
    ]);
    const found = await read({ sheets: 'C *', cohortsSheet: 'Cohorts' });
    expect(found.rows).toMatchObject([
      { email: 'ann@example.org', cohort: '2026-11', startsOn: '2026-11-24' },
    ]);
    expect(inRoster(found)).toMatchObject([
      { tab: 'C 2027-09', row: 2, column: 'tab', email: 'bob@example.org' },
    ]);
  });

  it('refuse the roster when their tab is missing or has no header', async () => {
    sheet([roster(['ann@example.org', '2026-11'])]);
    await expect(read({ cohortsSheet: 'Cohorts' })).rejects.toMatchObject({ failure: 'not-found' });
    sheet([{ title: 'Cohorts', rows: [['x']] }, roster(['ann@example.org', '2026-11'])]);
    await expect(read({ cohortsSheet: 'Cohorts' })).rejects.toMatchObject({ failure: 'wrong-shape' });
  });
});
