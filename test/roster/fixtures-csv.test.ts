import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateTable } from '../../src/roster/validate.ts';
import { csv, expected, type Rules, rosterError } from './helpers.ts';

/** Files of real projects, kept beside the repository: see the README there. What they hold is written out by hand. */
const FOLDER = resolve(import.meta.dirname, '../../../shared/fixtures/rosters');

function open(name: string, rules: Rules = {}) {
  return csv(readFileSync(join(FOLDER, `${name}.csv`)), rules);
}

function read(name: string, rules: Rules) {
  const dateFormat = rules.dateFormat ?? 'iso';
  return validateTable(open(name, rules), expected(rules), { dateFormat, weeks: 5, pools: ['zoom'] });
}

function columns(email: string, startsOn: string, more: Rules['columns'] = {}): Rules {
  return { columns: { email: [email], startsOn: [startsOn], ...more } };
}

const three = (cells: (number: number) => string[]) => [1, 2, 3].map(cells);

describe.skipIf(!existsSync(FOLDER))('CSV files of real projects, cell by cell', () => {
  it.each<[string, string[][]]>([
    [
      'csv/amy-upload-empty-middle',
      [
        ['personal', 'middle', 'family', 'email'],
        ...three((n) => [`Px${n}`, '', `Fx${n}`, `Ex${n}@Sx${n}.edu`]),
      ],
    ],
    [
      'csv/amy-upload-malformed-file-with-header',
      [['personal', 'middle', 'family', 'email', 'event', 'role'], ['This is a test file']],
    ],
    [
      'csv/amy-upload-missing-email',
      [['personal', 'middle', 'family'], ...three((n) => [`Px${n}`, `Mx${n}`, `Fx${n}`])],
    ],
    [
      'csv/amy-upload-missing-family',
      [['personal', 'middle', 'email'], ...three((n) => [`Px${n}`, `Mx${n}`, `Ex${n}@Sx${n}.edu`])],
    ],
    ['csv/amy-upload-missing-personal-email', [['middle', 'family'], ...three((n) => [`Mx${n}`, `Fx${n}`])]],
    [
      'csv/amy-upload-person-3',
      [
        ['personal', 'middle', 'family', 'email'],
        ...three((n) => [`Px${n}`, `Mx${n}`, `Fx${n}`, `Ex${n}@Sx${n}.edu`]),
      ],
    ],
    [
      'csv/csvkit-bad',
      [
        ['column_a', 'column_b', 'column_c'],
        ['1', '27', '', "I'm too long!"],
        ['', "I'm too short!"],
        ['0', 'mixed types.... uh oh', '17'],
      ],
    ],
    ['csv/csvkit-test_date_format', [['a'], ['02/01/2014'], ['31/12/2012']]],
    [
      'csv/csvkit-test_extra_header',
      [
        ['a', 'b', 'c', 'd'],
        ['1', '2', '3'],
      ],
    ],
    [
      'csv/csvkit-test_locale',
      [
        ['a', 'b', 'c'],
        ['1,7', '200.000.000', ''],
      ],
    ],
    [
      'csv/csvkit-null_byte',
      [
        ['a', 'b', 'c'],
        ['\0', '2', '3'],
      ],
    ],
    [
      'csv/frictionless-blank-headers',
      [
        ['id', '', 'age'],
        ['1101', 'John', '30'],
        ['1102', 'Julie', '26'],
      ],
    ],
    [
      'csv/frictionless-bom',
      [
        ['id', 'name'],
        ['1', 'english'],
        ['2', '中国人'],
      ],
    ],
    [
      'csv/frictionless-defective-rows',
      [
        ['id', 'name', 'age'],
        ['1101', 'John'],
        ['1102', 'Julie', '26', 'Potatoes'],
      ],
    ],
    [
      'csv/frictionless-duplicate-rows',
      [
        ['id', 'name', 'age'],
        ['1101', 'John', '30'],
        ['1102', 'Julie', '26'],
        ['1101', 'John', '30'],
      ],
    ],
    [
      'csv/frictionless-table-unicode-headers',
      [
        ['id', '国人'],
        ['1', 'english'],
        ['2', '中国人'],
      ],
    ],
    [
      'csv/papaparse-sample-header',
      [
        ['title', 'name'],
        ['test title 01', 'test name 01'],
        ['', 'test name 02'],
      ],
    ],
    [
      'csv/papaparse-sample',
      [
        ['A', 'B', 'C'],
        ['X', 'Y', 'Z'],
      ],
    ],
    [
      'csv/papaparse-utf-8-bom-sample',
      [
        ['A', 'B', 'C'],
        ['X', 'Y', 'Z'],
      ],
    ],
    [
      'csv/exceljs-issue-991',
      [['2019-11-04'], ['11-04-2019'], ['2019-11-04T10:17:55'], ['00210PRG1'], ['1234-5thisisnotadate']],
    ],
    [
      'csv-spectrum/comma_in_quotes',
      [
        ['first', 'last', 'address', 'city', 'zip'],
        ['John', 'Doe', '120 any st.', 'Anytown, WW', '08123'],
      ],
    ],
    [
      'csv-spectrum/empty',
      [
        ['a', 'b', 'c'],
        ['1', '', ''],
        ['2', '3', '4'],
      ],
    ],
    [
      'csv-spectrum/empty_crlf',
      [
        ['a', 'b', 'c'],
        ['1', '', ''],
        ['2', '3', '4'],
      ],
    ],
    [
      'csv-spectrum/escaped_quotes',
      [
        ['a', 'b'],
        ['1', 'ha "ha" ha'],
        ['3', '4'],
      ],
    ],
    [
      'csv-spectrum/json',
      [
        ['key', 'val'],
        ['1', '{"type": "Point", "coordinates": [102.0, 0.5]}'],
      ],
    ],
    [
      'csv-spectrum/newlines',
      [
        ['a', 'b', 'c'],
        ['1', '2', '3'],
        ['Once upon \na time', '5', '6'],
        ['7', '8', '9'],
      ],
    ],
    [
      'csv-spectrum/newlines_crlf',
      [
        ['a', 'b', 'c'],
        ['1', '2', '3'],
        ['Once upon \na time', '5', '6'],
        ['7', '8', '9'],
      ],
    ],
    [
      'csv-spectrum/quotes_and_newlines',
      [
        ['a', 'b'],
        ['1', 'ha \n"ha" \nha'],
        ['3', '4'],
      ],
    ],
    [
      'csv-spectrum/simple',
      [
        ['a', 'b', 'c'],
        ['1', '2', '3'],
      ],
    ],
    [
      'csv-spectrum/simple_crlf',
      [
        ['a', 'b', 'c'],
        ['1', '2', '3'],
      ],
    ],
    [
      'csv-spectrum/utf8',
      [
        ['a', 'b', 'c'],
        ['1', '2', '3'],
        ['4', '5', 'ʤ'],
      ],
    ],
  ])('%s', (name, cells) => {
    const table = open(name);
    expect(table.rows.map((row) => row.cells)).toEqual(cells);
    expect(table.rows.map(({ row }) => row)).toEqual(cells.map((_, at) => at + 1));
  });

  it.each([
    ['iso', ['not a date written as YYYY-MM-DD', 'not a date written as YYYY-MM-DD']],
    ['dmy', ['the year 2014 is not', 'the year 2012 is not']],
    ['mdy', ['the year 2014 is not', 'the year 2012 is not']],
  ] as const)('ambiguous dates, of years that no cohort of today has, as %s', (dateFormat, words) => {
    const { rows, problems } = read('csv/csvkit-test_date_format', { ...columns('a', 'a'), dateFormat });
    expect(rows).toEqual([]);
    const dates = problems.filter(({ problem }) => !problem.includes('email'));
    expect(dates.map(({ row }) => row)).toEqual([2, 3]);
    for (const [at, { problem }] of dates.entries()) expect(problem).toContain(words[at]);
  });

  it('dates with a time of day and an offset are refused, none is moved to another day', () => {
    const { rows, problems } = read('csv/frictionless-timezone-with-id', columns('id', 'datetime'));
    expect(rows).toEqual([]);
    expect(
      problems.filter(({ column }) => column === 'datetime').map(({ row, problem }) => [row, problem]),
    ).toEqual([2, 3, 4, 5].map((row) => [row, 'the date has a time of day: enter the date alone']));
  });

  it('a row with a stray comma is believed in none of its cells', () => {
    const { problems } = read('csv/csvkit-bad', columns('column_a', 'column_c', { name: ['column_b'] }));
    expect(problems.filter(({ row }) => row === 2)).toMatchObject([
      { problem: expect.stringContaining('more cells than the header') },
    ]);
  });

  it.each([
    ['csv/amy-upload-missing-email', columns('email', 'family'), 'no column "email"'],
    ['csv/amy-upload-missing-personal-email', columns('email', 'family'), 'no column "email"'],
    ['csv/amy-upload-person-task-3', columns('email', 'start'), 'no column "start"'],
    ['csv/frictionless-duplicate-headers', columns('name', 'id'), 'the column "id" twice: in A1 and C1'],
    ['csv-spectrum/location_coordinates', {}, 'quotation mark in line 2'],
  ])('%s is refused', async (name, rules, words) => {
    const error = await rosterError(() => read(name, rules));
    expect(error.message).toContain(words);
  });
});
