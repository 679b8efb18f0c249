import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSheet } from 'read-excel-file/node';
import { describe, expect, it } from 'vitest';
import { RosterError } from '../../src/errors.ts';
import type { Cell, RawRoster } from '../../src/roster/table.ts';
import { validateRoster } from '../../src/roster/validate.ts';
import { parseXlsx } from '../../src/roster/xlsx/read-xlsx.ts';
import { expected, type Rules, rosterError, rowsOf } from './helpers.ts';

/** Files of real projects, kept beside the repository: see the README there. */
const FOLDER = resolve(import.meta.dirname, '../../../shared/fixtures/rosters/xlsx');
const files = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
const signal = new AbortController().signal;

function open(name: string, sheet?: string): Promise<RawRoster> {
  const settings = { path: name, ...(sheet === undefined ? {} : { sheet }) };
  return parseXlsx(readFileSync(join(FOLDER, name)), settings, signal);
}

async function read(name: string, rules: Rules, sheet?: string) {
  const pools = ['zoom'];
  return validateRoster(await open(name, sheet), expected(rules), { dateFormat: 'iso', weeks: 5, pools });
}

function columns(email: string, startsOn: string, more: Rules['columns'] = {}): Rules {
  return { columns: { email: [email], startsOn: [startsOn], ...more } };
}

/** By row: the cells that show something, as they show. */
function shown({ tables }: RawRoster): Record<number, (string | number | boolean)[]> {
  const text = (cell: Cell) => (typeof cell === 'object' ? (cell?.shown ?? '') : cell);
  return Object.fromEntries(rowsOf(tables[0]).map(({ row, cells }) => [row, cells.map(text)]));
}

describe.skipIf(files.length === 0)('workbooks of real projects', () => {
  it('the teacher roster of janitor: a title above, dates beside day numbers, error cells, a blank row', async () => {
    const rules = columns('Subject', 'Hire Date', {
      name: ['First Name'],
      status: ['Active?'],
      cohort: ['% Allocated'],
    });
    const { rows, problems, rowCount, blankCount } = await read('janitor-dirty_data.xlsx', rules);
    // Nobody has an address, so nobody can be acted on.
    expect({ rows, rowCount, blankCount }).toEqual({ rows: [], rowCount: 12, blankCount: 1 });
    const of = (column: string) => problems.filter((one) => one.column === column);
    expect(of('Hire Date').map(({ row, value, problem }) => [row, value, problem])).toEqual([
      [3, '39690', 'the number 39690 is not a date between 2015 and 2045'],
      [5, '2001-08-15', '2001-08-15 is not a date between 2015 and 2045'],
      [6, '38572', 'the number 38572 is not a date between 2015 and 2045'],
      [8, '11037', 'the number 11037 is not a date between 2015 and 2045'],
      [9, '11037', 'the number 11037 is not a date between 2015 and 2045'],
      [11, '1999-09-20', '1999-09-20 is not a date between 2015 and 2045'],
      [12, '27919', 'the number 27919 is not a date between 2015 and 2045'],
      [14, '34700', 'the number 34700 is not a date between 2015 and 2045'],
      [15, '40071', 'the number 40071 is not a date between 2015 and 2045'],
    ]);
    expect(of('Subject').map(({ row, name, problem }) => [row, name, problem.slice(0, 24)])).toEqual([
      [3, 'Jason', 'not an email address: th'],
      [4, 'Jason', 'not an email address: th'],
      [5, 'Alicia', 'not an email address: th'],
      [6, 'Ada', 'the cell shows an error '],
      [7, 'Desus', 'not an email address: th'],
      [8, 'Chien-Shiung', 'not an email address: th'],
      [9, 'Chien-Shiung', 'not an email address: th'],
      [11, 'James', 'not an email address: th'],
      [12, 'Hedy', 'not an email address: th'],
      [13, 'Carlos', 'not an email address: th'],
      [14, 'Young', 'there is no email addres'],
      [15, 'Micheal', 'not an email address: th'],
    ]);
    expect(of('% Allocated').map(({ row, value }) => [row, value])).toEqual([
      [13, '#N/A'],
      [14, '#N/A'],
    ]);
    const twice = await rosterError(() =>
      read('janitor-dirty_data.xlsx', columns('Certification', 'Hire Date')),
    );
    expect(twice.message).toContain('the column "Certification" twice: in I2 and J2');
  });

  it.each([
    ['arts', 'David Bowie', '2016-01-10', [16, 17, 18, 19]],
    ['other', 'Vera Rubin', '2016-12-25', [16, 17, 18, 19]],
  ])(
    'deaths, tab %s: prose above is passed over, prose below is a problem of its rows',
    async (tab, first, date, prose) => {
      const rules = columns('Name', 'Date of death', { name: ['Profession'] });
      const { rows, problems, rowCount } = await read('readxl-deaths.xlsx', rules, tab);
      expect({ rows, rowCount }).toEqual({ rows: [], rowCount: 14 });
      expect(problems.filter(({ row }) => row === 6)).toMatchObject([{ column: 'Name', value: first }]);
      expect(problems.filter(({ column }) => column === 'Date of death').map(({ row }) => row)).toEqual(
        prose,
      );
      expect(shown(await open('readxl-deaths.xlsx', tab))[6]?.at(-1)).toBe(date);
    },
  );

  it('workbooks that count from 1904', async () => {
    expect(shown(await open('exceljs-1904.xlsx'))).toEqual({ 4: ['', '1904-01-01'] });
    const lines = shown(await open('csvkit-test_skip_lines.xlsx'));
    expect(lines[4]).toEqual(['text', 'date', 'integer', 'boolean', 'float', 'datetime', 'empty_column']);
    expect(lines[5]).toEqual(['Chicago Reader', '1971-01-01', 40, true, 1, '1971-01-01 04:14']);
  });

  it.each<[string, string | undefined, Record<number, (string | number | boolean)[]>]>([
    ['csvkit-sheets.xlsx', 'ʤ', { 1: ['a', 'b', 'c'], 2: [1, 2, 3] }],
    ['exceljs-dateIssue.xlsx', undefined, { 1: ['Date'], 2: ['20/11/20'] }],
    ['exceljs-issue-163.xlsx', undefined, { 1: [1], 2: [2], 3: [3] }],
    ['frictionless-merged-cells.xlsx', 'Лист1', { 1: ['data'] }],
    [
      'readxl-dates-1900-LibreOffice.xlsx',
      undefined,
      { 1: ['1/1/00', '01/01/00', '01/Jan', 'January 1, 2000', '2000-01-01'] },
    ],
    ['readxl-missing-v-node-xlsx.xlsx', undefined, { 1: ['A', 'B', 'A + B'], 2: [1, 2, '#UNCALCULATED'] }],
    [
      'readxl-inlineStr.xlsx',
      undefined,
      {
        1: ['NN', 'Hierarchy', '', 'Outline Number', 'ID', 'Name', 'Type', 'Description'],
        2: [1, '+', '', '1.', 'RQ11610', 'requirement', 'Textual Requirement', 'test'],
      },
    ],
    [
      'readxl-names-need-repair-xlsx.xlsx',
      undefined,
      { 1: ['a b', 'a b', '', 'c%&$'], 2: [1, 'a', 'one', 1.1], 3: [2, 'b', 'two', 2.2] },
    ],
  ])('%s, tab %s', async (name, tab, rows) => {
    expect(shown(await open(name, tab))).toEqual(rows);
  });

  it('the one without styles and shared strings', async () => {
    const rows = shown(await open('readxl-no-styles-or-sharedStrings-parts.xlsx'));
    expect(Object.keys(rows)).toHaveLength(12);
    expect(rows[2]).toEqual(['german', 73, 0.143292665]);
  });

  it('the one with line breaks of every kind', async () => {
    const { rows, problems } = await read(
      'readxl-new_line_errors.xlsx',
      columns('column_name', 'column_name'),
    );
    expect(rows).toEqual([]);
    expect(problems[0]).toMatchObject({
      row: 2,
      problem:
        'not an email address: there is no @ in it (a people chip has to be replaced by the address itself)',
    });
  });

  it('a header over several rows is found where all its columns are, or refused with what it has', async () => {
    const error = await rosterError(() =>
      read('frictionless-multiline-headers.xlsx', columns('Region', 'Start date')),
    );
    expect(error.message).toContain('no column "Start date"; its header in row 1');
  });

  it('the export of Google Sheets', async () => {
    const { rowCount, problems, rows } = await read(
      'readxl-iris-google-doc.xlsx',
      columns('Species', 'Sepal.Length'),
    );
    expect({ rows, rowCount }).toEqual({ rows: [], rowCount: 150 });
    expect(problems.filter(({ row }) => row === 2)).toMatchObject([
      { column: 'Species' },
      { column: 'Sepal.Length', value: '5.1' },
    ]);
  });

  it('a tab that is not there is explained with those that are', async () => {
    const error = await rosterError(() => open('csvkit-sheets.xlsx', 'Data 2'));
    expect(error.advice).toContain('"not this one", "data", "ʤ"');
  });

  // What another program makes of the same file: an opinion that is not ours.
  it.each(files.filter((name) => !name.includes('no-styles')))(
    '%s reads as read-excel-file reads it',
    async (name) => {
      const theirs = await readSheet(readFileSync(join(FOLDER, name)), 1);
      const ours = rowsOf((await open(name)).tables[0]);
      const plain = (cell: unknown) => {
        if (cell instanceof Date) return cell.toISOString().slice(0, 10);
        return cell ?? null;
      };
      const byRow = new Map(ours.map(({ row, cells }) => [row, cells]));
      for (const [at, row] of theirs.entries()) {
        const cells = byRow.get(at + 1) ?? [];
        for (const [column, cell] of row.entries()) {
          const own = cells[column] ?? null;
          if (typeof own === 'object' && own !== null) {
            expect(cell).toBeInstanceOf(Date);
            expect(plain(cell)).toBe(
              new Date(Date.UTC(1899, 11, 30) + Math.floor(own.serial) * 86_400_000)
                .toISOString()
                .slice(0, 10),
            );
          } else if (typeof own === 'string' && own.startsWith('#')) {
            // Errors and formulas without a result are blank to it.
            expect(cell).toBeNull();
          } else if (typeof own === 'string' && own.includes('\n')) {
            expect(String(cell).replace(/\r/g, '')).toBe(own.replace(/\r/g, ''));
          } else {
            expect(plain(cell)).toBe(own);
          }
        }
      }
    },
  );

  it.each(files)('%s: no row is lost, whatever its header', async (name) => {
    const tables = (await open(name)).tables;
    const header = rowsOf(tables[0])[0]?.cells.map((cell) => String(cell ?? '')) ?? [];
    const [email = 'Email', startsOn = 'Start date'] = header.filter((text) => text !== '');
    try {
      const { rows, problems, rowCount } = await read(name, columns(email, startsOn));
      expect(rows.length + new Set(problems.map(({ row }) => row)).size).toBe(rowCount);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(RosterError);
    }
  });
});
