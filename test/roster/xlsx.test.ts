import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRoster } from '../../src/roster/read-roster.ts';
import { shownDate } from '../../src/roster/xlsx/styles.ts';
import { COLUMNS, contextWith, rosterError } from './helpers.ts';
import { makeXlsx, makeZip, type XlsxCell, type XlsxOptions, type XlsxTab } from './xlsx-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xlsx-'));
  path = join(folder, 'roster.xlsx');
});

afterEach(() => rm(folder, { recursive: true }));

const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses', 'Status'];

async function readBytes(
  bytes: Buffer,
  settings: { sheet?: string; sheets?: string; cohortsSheet?: string } = {},
) {
  await writeFile(path, bytes);
  const common = { source: 'xlsx' as const, path, dateFormat: 'iso' as const, columns: COLUMNS };
  return readRoster({ ...common, ...settings }, contextWith());
}

function read(
  tabs: readonly XlsxTab[],
  options: XlsxOptions = {},
  settings: Parameters<typeof readBytes>[1] = {},
) {
  return readBytes(makeXlsx(tabs, options), settings);
}

function readRows(rows: readonly (readonly XlsxCell[])[], options: XlsxOptions = {}) {
  return read([{ name: 'Roster', rows }], options);
}

describe('a workbook', () => {
  it('gives rows with the numbers that the sheet shows', async () => {
    const roster = await read([
      {
        name: 'Roster',
        firstRow: 4,
        rows: [HEADER, [], ['Ann@Example.org', 'Ann Lee', 'C1', { date: 46_350 }]],
      },
    ]);
    expect(roster.rows).toEqual([
      {
        row: 6,
        email: 'ann@example.org',
        name: 'Ann Lee',
        cohort: 'C1',
        startsOn: '2026-11-24',
        endsOn: '2026-12-28',
        pools: null,
        canceled: false,
        granteeIds: {},
      },
    ]);
    expect(roster.location).toBe(`the tab "Roster" of ${path}`);
  });

  it('finds the tab by its name, in any case, and the first one without a name', async () => {
    const tabs = [
      { name: 'Notes', rows: [['nothing here']] },
      { name: 'Staff & "co"', rows: [HEADER, ['ann@example.org', null, null, { date: 46_350 }]] },
    ];
    await expect(read(tabs, {}, { sheet: ' staff & "CO"' })).resolves.toMatchObject({ rowCount: 1 });
    const error = await rosterError(() => read(tabs));
    expect(error.message).toContain('the tab "Notes"');
  });

  it('lists the tabs there are when the wanted one does not exist', async () => {
    const error = await rosterError(() =>
      read(
        [
          { name: '2025', rows: [] },
          { name: '2026', rows: [] },
        ],
        {},
        { sheet: 'Roster' },
      ),
    );
    expect(error).toMatchObject({ failure: 'not-found' });
    expect(error.advice).toContain('"2025", "2026"');
  });

  it('may have prose above its header, an unused column twice, and styled blanks below', async () => {
    const blank = { xml: '<c r="REF" s="0"/>' };
    const roster = await readRows([
      ['Roster of autumn', null, { error: '#REF!' }],
      [],
      ['Email', 'Note', 'Start date', 'Note'],
      ['ann@example.org', 'x', { date: 46_350 }, 'y'],
      [blank, blank, blank, blank],
      [blank],
    ]);
    expect(roster).toMatchObject({ rows: [{ row: 4 }], problems: [], rowCount: 1 });
    const error = await rosterError(() => readRows([['Email', 'Start date', 'Start date']]));
    expect(error.message).toContain('twice: in B1 and C1');
  });

  it('may lack the parts that some writers leave out', async () => {
    const rows = [
      [{ inline: 'Email' }, { inline: 'Start date' }],
      [{ inline: 'ann@example.org' }, 46_350],
    ];
    await expect(readRows(rows, { without: ['styles', 'sharedStrings'] })).resolves.toMatchObject({
      rowCount: 1,
    });
  });

  it('fills merged cells down', async () => {
    const rows = [
      HEADER,
      ['ann@example.org', null, 'C1', { date: 46_350 }],
      ['bob@example.org'],
      [],
      ['cem@example.org'],
    ];
    const roster = await read([{ name: 'Roster', rows, merges: ['C2:C5', 'D2:D5', 'F2:G2'] }]);
    expect(roster.rows.map(({ row, cohort, startsOn }) => [row, cohort, startsOn])).toEqual([
      [2, 'C1', '2026-11-24'],
      [3, 'C1', '2026-11-24'],
      [5, 'C1', '2026-11-24'],
    ]);
  });
});

describe('a workbook with several tabs', () => {
  const dates = {
    name: 'Dates',
    rows: [
      ['Cohort', 'Start date', 'End date'],
      ['1', { date: 46_350 }, null],
      ['2', 46_385, { date: 46_400 }],
      ['3', 'later', null],
    ],
  };
  const people = (...emails: string[]) => [['Email'], ...emails.map((email) => [email])];

  it('has one tab a cohort, whose dates are in a tab of their own', async () => {
    const tabs = [
      dates,
      { name: 'Cohort 1', rows: people('ann@example.org') },
      { name: 'Notes', rows: [['x']] },
      { name: 'cohort 2', rows: people('ann@example.org', 'bob@x') },
      { name: 'Cohort 3', rows: people('cem@example.org') },
    ];
    const roster = await read(tabs, {}, { sheets: 'Cohort *', cohortsSheet: 'dates' });
    expect(
      roster.rows.map(({ tab, row, email, cohort, startsOn, endsOn }) => [
        tab,
        row,
        email,
        cohort,
        startsOn,
        endsOn,
      ]),
    ).toEqual([
      ['Cohort 1', 2, 'ann@example.org', '1', '2026-11-24', '2026-12-28'],
      ['cohort 2', 2, 'ann@example.org', '2', '2026-12-29', '2027-01-13'],
    ]);
    expect(roster.problems.map(({ tab, row, email }) => [tab, row, email])).toEqual([
      ['Dates', 4, null],
      ['cohort 2', 3, 'bob@x'],
      ['Cohort 3', 2, 'cem@example.org'],
    ]);
    expect(roster).toMatchObject({
      rowCount: 4,
      location: `3 tabs of ${path} ("Cohort 1", "cohort 2", "Cohort 3")`,
    });
  });

  it('counts the days of bare dates of cohorts from 1904 where it does so itself', async () => {
    const tabs = [
      {
        name: 'Dates',
        rows: [
          ['Cohort', 'Start date'],
          ['1', 46_350 - 1462],
        ],
      },
      {
        name: 'Roster',
        rows: [
          ['Email', 'Cohort'],
          ['ann@example.org', 1],
        ],
      },
    ];
    const roster = await read(tabs, { since1904: true }, { cohortsSheet: 'Dates' });
    expect(roster.rows).toMatchObject([{ cohort: '1', startsOn: '2026-11-24' }]);
  });
});

describe('cells of a workbook', () => {
  it('hold dates as dates, as bare numbers and as ISO text, in one column', async () => {
    const roster = await readRows([
      ['Email', 'Start date'],
      ['ann@example.org', { date: 46_350 }],
      ['bob@example.org', 46_350],
      ['cem@example.org', '2026-11-24'],
      ['dan@example.org', { xml: '<c r="REF" t="d"><v>2026-11-24T00:00:00</v></c>' }],
      ['eve@example.org', { date: 46_350.5, format: 'yyyy-mm-dd hh:mm' }],
      ['fay@example.org', 11_037],
      ['gus@example.org', { date: 11_037 }],
    ]);
    expect(roster.rows.map(({ startsOn }) => startsOn)).toEqual(Array(4).fill('2026-11-24'));
    expect(roster.problems.map(({ row, value, problem }) => [row, value, problem])).toEqual([
      [6, '2026-11-24 12:00', 'the date has a time of day: enter the date alone'],
      [7, '11037', 'the number 11037 is not a date between 2015 and 2045'],
      [8, '1930-03-20', '1930-03-20 is not a date between 2015 and 2045'],
    ]);
  });

  it('count days from 1904 where the workbook does', async () => {
    const rows = [
      ['Email', 'Start date', 'Cohort'],
      ['ann@example.org', { date: 46_350 - 1462 }, 7],
      ['bob@example.org', 46_350 - 1462, { date: 46_327 - 1462, format: 'yyyy-mm' }],
    ];
    const roster = await readRows(rows, { since1904: true });
    expect(roster.rows.map(({ startsOn, cohort }) => [startsOn, cohort])).toEqual([
      ['2026-11-24', '7'],
      ['2026-11-24', '2026-11'],
    ]);
  });

  it.each([
    ['yyyy-mm', '2026-11'],
    ['mmm-yy', 'Nov-26'],
    ['[$-409]mmmm\\ yyyy;@', 'November 2026'],
    ['dddd, d. mmm', 'Sunday, 1. Nov'],
    ['"Cohort "yyyy"/"mm', 'Cohort 2026/11'],
    ['[Red]yyyy_)mm', '202611'],
    ['yyyy-mm-dd hh:mm', '2026-11-01'],
  ])('show a cohort that became a date as %s does', async (format, shown) => {
    const roster = await readRows([
      ['Email', 'Cohort', 'Start date'],
      ['ann@example.org', { date: 46_327, format }, 46_350],
    ]);
    expect(roster.rows[0]?.cohort).toBe(shown);
  });

  it.each(['0.00', '#,##0', '0.00E+00', '"day "0', '[Red]General', '@'])(
    '%s is no format of dates',
    async (format) => {
      const roster = await readRows([
        ['Email', 'Cohort', 'Start date'],
        ['ann@example.org', { date: 46_327, format }, 46_350],
      ]);
      expect(roster.rows[0]?.cohort).toBe('46327');
    },
  );

  it('of a formula hold its stored result; without one they are a problem, not blank', async () => {
    const roster = await readRows([
      ['Email', 'Start date', 'End date'],
      [
        { formula: 'LOWER(A9)', result: 'ann@example.org' },
        { formula: 'A1+1', result: 46_350 },
      ],
      [{ formula: 'LOWER(A9)' }, 46_350],
      ['cem@example.org', 46_350, { formula: 'B4+34' }],
      ['dan@example.org', 46_350, { formula: 'IF(1,"")', result: '' }],
      [{ formula: 'LOWER(A9)' }, { formula: 'LOWER(A9)' }],
    ]);
    expect(roster.rows.map(({ row }) => row)).toEqual([2, 5]);
    expect(new Set(roster.problems.map(({ row }) => row))).toEqual(new Set([3, 4, 6]));
    expect(roster.problems[0]?.problem).toContain('no result of the formula');
  });

  it('that show an error are a problem of their row', async () => {
    const roster = await readRows([
      ['Email', 'Start date', 'Licenses'],
      [{ error: '#REF!' }, 46_350],
      ['bob@example.org', { error: '#N/A' }],
      ['cem@example.org', 46_350, { error: '#NAME?' }],
    ]);
    expect(roster.problems.map(({ row, column, problem }) => [row, column, problem])).toEqual([
      [2, 'Email', 'the cell shows an error (#REF!)'],
      [3, 'Start date', 'the cell shows an error (#N/A)'],
      [4, 'Licenses', 'the cell shows an error (#NAME?)'],
    ]);
  });

  it('hold text with markup, escapes, breaks and other languages', async () => {
    const xml = (inside: string) => ({ xml: `<c r="REF" t="inlineStr"><is>${inside}</is></c>` });
    const roster = await readRows([
      ['Email', 'Instructor', 'Start date'],
      ['a@example.org', '<b>Ann</b> & "Lee"', 46_350],
      [
        'b@example.org',
        xml('<r><t>Bo</t></r><r><rPr><b/></rPr><t>b</t></r><rPh sb="0" eb="1"><t>ボブ</t></rPh>'),
        46_350,
      ],
      ['c@example.org', 'Cem\r\nÖz', 46_350],
      ['d@example.org', xml('<t>D_x0061_n</t>'), 46_350],
    ]);
    expect(roster.rows.map(({ name }) => name)).toEqual(['<b>Ann</b> & "Lee"', 'Bob', 'Cem Öz', 'Dan']);
  });
});

describe('a file that is no workbook, or a dangerous one', () => {
  const good = makeXlsx([{ name: 'Roster', rows: [HEADER, ['ann@example.org', null, null, 46_350]] }]);

  it.each([
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a CSV file', Buffer.from('Email,Start date\n'), 'renamed'],
    ['a web page', Buffer.from(' <!DOCTYPE html><html>'), 'web page'],
    ['an old or encrypted workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'password'],
    ['half a workbook', good.subarray(0, good.length / 2), 'cut short'],
    ['another zip archive', makeZip([{ name: 'a.txt', content: 'x' }]), 'without a workbook'],
    [
      'a workbook that lacks its tab',
      makeZip([
        {
          name: 'xl/workbook.xml',
          content: '<workbook><sheets><sheet name="A" r:id="rId1" xmlns:r="r"/></sheets></workbook>',
        },
      ]),
      'missing',
    ],
    [
      'XML that ends early',
      makeZip([{ name: 'xl/workbook.xml', content: '<workbook><sheets>' }]),
      'not valid XML',
    ],
    [
      'XML with an entity of its own',
      makeZip([
        { name: 'xl/workbook.xml', content: '<!DOCTYPE w [<!ENTITY a "aaaa">]><workbook>&a;</workbook>' },
      ]),
      'not valid XML',
    ],
    [
      'a part that is not UTF-8',
      makeZip([{ name: 'xl/workbook.xml', content: Buffer.from([0x3c, 0x77, 0xff, 0x3e]) }]),
      'not valid XML',
    ],
    [
      'a part with a wrong checksum',
      makeZip([{ name: 'xl/workbook.xml', content: '<workbook/>', declaredCrc: 1 }]),
      'damaged',
    ],
  ])('%s is refused', async (_, bytes, words) => {
    const error = await rosterError(() => readBytes(bytes));
    expect(error.failure).toBe('unreadable');
    expect(error.message).toContain(words);
  });

  it('a bomb is refused by the sizes that it declares, before anything is unpacked', async () => {
    const bomb = makeZip([
      { name: 'xl/workbook.xml', content: 'not even XML', declaredSize: 210 * 1024 * 1024 },
    ]);
    const error = await rosterError(() => readBytes(bomb));
    expect(error.message).toContain('unpacks to more');
  });

  it('a bomb that lies about its size is stopped at the size that it declares', async () => {
    const zeros = Buffer.alloc(60 * 1024 * 1024, ' ');
    const bomb = makeZip([{ name: 'xl/workbook.xml', content: zeros, declaredSize: 1000 }]);
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().rss;
    const error = await rosterError(() => readBytes(bomb));
    expect(error.message).toContain('unpacks to more');
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024);
  });

  it('a few cells far to the right do not fill the memory', async () => {
    const row = (number: number) => `<row r="${number}"><c r="XFD${number}"><v>1</v></c></row>`;
    const sheet = `<worksheet><sheetData>${Array.from({ length: 2000 }, (_, at) => row(at + 1)).join('')}</sheetData></worksheet>`;
    const bytes = makeZip([
      {
        name: 'xl/workbook.xml',
        content: '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="rId1"/></sheets></workbook>',
      },
      {
        name: 'xl/_rels/workbook.xml.rels',
        content:
          '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
      },
      { name: 'xl/worksheets/sheet1.xml', content: sheet },
    ]);
    const error = await rosterError(() => readBytes(bytes));
    expect(error.message).toContain('unpacks to more');
  });

  it('a file that grows while it is read is read again later', async () => {
    // Large enough that reading takes several steps.
    await writeFile(path, Buffer.concat([good, Buffer.alloc(30 * 1024 * 1024)]));
    const settings = { source: 'xlsx' as const, path, dateFormat: 'iso' as const, columns: COLUMNS };
    const reading = rosterError(() => readRoster(settings, contextWith()));
    let writing = true;
    const growing = (async () => {
      while (writing) await appendFile(path, 'x');
    })();
    const error = await reading;
    writing = false;
    await growing;
    expect(error).toMatchObject({
      failure: 'unavailable',
      message: expect.stringContaining('being written'),
    });
  });
});

describe('shownDate', () => {
  it.each([
    [46_327, 'iso', '2026-11-01'],
    [46_327.25, 'd/m/yy', '2026-11-01 06:00'],
    [46_327.999_999_9, 'd/m/yy', '2026-11-01 23:59'],
    [-1, 'yyyy', '-1'],
    [1e9, 'yyyy', '1000000000'],
  ])('%d as %s', (serial, pattern, shown) => expect(shownDate(serial, pattern)).toBe(shown));
});
