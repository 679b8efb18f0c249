import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RosterError } from '../../src/errors.ts';
import { readDate } from '../../src/roster/dates.ts';
import { parseRange } from '../../src/roster/google-metadata.ts';
import { readGoogleSheet } from '../../src/roster/google-sheets.ts';
import type { RawTable } from '../../src/roster/table.ts';
import { validateTable } from '../../src/roster/validate.ts';
import { type Answer, type GoogleStandIn, startGoogle, tab } from './google-stand-in.ts';
import { COLUMNS, contextWith, csv, expected, type Rules, rosterError, rowsOf } from './helpers.ts';

/** Recordings of the real API and files of real projects, kept beside the repository: see the README there. */
const FIXTURES = resolve(import.meta.dirname, '../../../shared/fixtures');

const exchange = z.object({
  request: z.object({ method: z.string(), url: z.string() }),
  response: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
});

function recorded(path: string) {
  const text = readFileSync(join(FIXTURES, 'sheets', path), 'utf8');
  const json: unknown[] = path.endsWith('.jsonl')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [JSON.parse(text)];
  return json.map((one) => exchange.parse(one));
}

function answerOf({ response }: z.infer<typeof exchange>): Answer {
  const type = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return {
    status: response.status,
    body: response.body,
    ...(type ? { headers: { 'content-type': type } } : {}),
  };
}

describe.skipIf(!existsSync(FIXTURES))('recordings of the Sheets API', () => {
  let google: GoogleStandIn;
  let credentials: string;
  beforeAll(async () => {
    google = await startGoogle();
    credentials = await google.keyFile();
  });
  afterAll(() => google.close());
  beforeEach(() => {
    for (const kind of ['token', 'get', 'values'] as const) google.next[kind].length = 0;
    google.sheet.tabs = [tab('Sheet1')];
  });

  async function read(sheet?: string): Promise<RawTable> {
    const settings = {
      source: 'google-sheets' as const,
      spreadsheetId: 'SHEET',
      credentials,
      apiRootUrl: google.url,
      dateFormat: 'iso' as const,
      columns: COLUMNS,
      ...(sheet === undefined ? {} : { sheet }),
    };
    const { tables } = await readGoogleSheet(settings, expected({}), contextWith());
    if (tables[0] === undefined) throw new Error('no table');
    return tables[0];
  }

  const valueRange = z.object({
    range: z.string(),
    majorDimension: z.string(),
    values: z.array(z.array(z.unknown())).optional(),
  });

  it('every recorded values.get is a table with the numbers of its rows, or no such answer', async () => {
    const exchanges = recorded('gspread-cassettes/values-get.jsonl').filter(
      ({ response }) => response.status === 200,
    );
    let tables = 0;
    for (const { response } of exchanges) {
      const { range, majorDimension, values = [] } = valueRange.parse(response.body);
      const { title, firstRow, firstColumn } = parseRange(range) ?? {
        title: '',
        firstRow: 0,
        firstColumn: 0,
      };
      google.sheet.tabs = [tab(title)];
      google.sheet.values = { valueRanges: [response.body] };
      if (majorDimension === 'ROWS') {
        const table = await read(title);
        expect(rowsOf(table).map(({ cells }) => cells.slice(firstColumn))).toEqual(values);
        expect(rowsOf(table).map(({ row }) => row)).toEqual(values.map((_, at) => firstRow + at));
        tables++;
      } else {
        await expect(read(title)).rejects.toMatchObject({ failure: 'wrong-shape' });
      }
    }
    expect(tables).toBeGreaterThan(90);
  });

  it('a recorded values.batchGet of several ranges is not the one that was asked for', async () => {
    for (const { response } of recorded('gspread-cassettes/values-batchGet.jsonl')) {
      google.sheet.values = response.body;
      await expect(read()).rejects.toMatchObject({ failure: 'wrong-shape' });
    }
  });

  it('every recorded spreadsheets.get gives tabs and merged cells, or is no such answer', async () => {
    google.sheet.values = { valueRanges: [{ range: 'Sheet1!A1:B2', majorDimension: 'ROWS' }] };
    const outcomes: string[] = [];
    const merges: number[] = [];
    for (const one of recorded('gspread-cassettes/spreadsheets-get.jsonl')) {
      // As often as it is asked for.
      google.next.get = Array.from({ length: 30 }, () => answerOf(one));
      try {
        merges.push((await read()).merges.length);
        outcomes.push('table');
      } catch (thrown) {
        outcomes.push(thrown instanceof RosterError ? thrown.failure : 'other');
      }
    }
    expect(new Set(outcomes)).toEqual(new Set(['table', 'wrong-shape']));
    // Only merges over several rows count.
    expect(Math.max(...merges)).toBe(3);
  });

  it.each([
    ['gargle-errors/drive-automated-queries_429.json', 'unavailable', 'quota'],
    ['gargle-errors/drive-files-get-nonexistent-file-id_404.json', 'not-found', 'SHEET'],
    ['gargle-errors/fitness-get-wrong-scope_403.json', 'denied', 'scope'],
    ['gargle-errors/sheets-spreadsheets-get-api-key-not-enabled_403.json', 'denied', 'not enabled'],
    ['gargle-errors/sheets-spreadsheets-get-bad-field-mask_400.json', 'unreadable', 'invalid argument'],
    ['gargle-errors/sheets-spreadsheets-get-nonexistent-range_400.json', 'not-found', 'does not exist'],
    ['gargle-errors/sheets-spreadsheets-get-nonexistent-sheet-id_404.json', 'not-found', 'SHEET'],
    ['gargle-errors/sheets-spreadsheets-get-quota-exceeded-readgroup_429.json', 'unavailable', 'quota'],
    ['gargle-errors/sheets-spreadsheets-get-service-disabled_403.json', 'denied', 'not enabled'],
  ])('%s is %s', async (path, failure, words) => {
    const [one] = recorded(path);
    if (one === undefined) throw new Error('no recording');
    for (const kind of ['get', 'values'] as const) {
      google.next[kind] = Array.from({ length: 50 }, () => answerOf(one));
      const error = await rosterError(() => read());
      expect(error.failure).toBe(failure);
      expect(error.message).toContain(words);
      expect(error.message).not.toContain('<');
      google.next[kind] = [];
    }
  });

  it.each([
    ['gargle-errors/tokeninfo-bad-path_404.json', 'not-found'],
    ['gargle-errors/tokeninfo-stale_400.json', 'denied'],
  ])('%s from the token endpoint is %s', async (path, failure) => {
    google.next.token = recorded(path).map(answerOf);
    await expect(read()).rejects.toMatchObject({ failure });
  });

  it('the recorded errors of gspread say what is wrong', async () => {
    const failures: string[] = [];
    for (const one of recorded('gspread-cassettes/errors.jsonl')) {
      google.next.get = [answerOf(one)];
      failures.push((await rosterError(() => read())).failure);
    }
    expect(failures).toEqual(['not-found', 'denied', 'unreadable', 'unreadable', 'unreadable']);
  });

  it('a recorded 429, 429, 200 is waited out', async () => {
    const exchanges = recorded('grouparoo-nock/recordProperty.jsonl');
    google.next.get = exchanges.slice(0, 3).map(answerOf);
    const rows = exchanges.find(({ request }) => request.url.includes('A2:J10001'));
    google.sheet.values = { valueRanges: [rows?.response.body] };
    const table = await read('profiles-10.csv');
    expect(rowsOf(table)).toHaveLength(10);
    expect(rowsOf(table)[9]).toMatchObject({
      row: 11,
      cells: expect.arrayContaining(['diston9@example.com']),
    });
  });

  it('recorded day numbers are the dates that the sheet shows', () => {
    const grid = z.object({
      sheets: z.tuple([
        z.object({
          data: z.tuple([z.object({ rowData: z.array(z.object({ values: z.array(z.unknown()) })) })]),
        }),
      ]),
    });
    const dateCell = z.object({
      effectiveValue: z.object({ numberValue: z.number() }),
      effectiveFormat: z.object({
        numberFormat: z.object({ type: z.literal('DATE'), pattern: z.literal('M/d/yyyy') }),
      }),
      formattedValue: z.string(),
    });
    const text = readFileSync(join(FIXTURES, 'sheets/grafana-griddata/mixed-data.json'), 'utf8');
    const cells = grid.parse(JSON.parse(text)).sheets[0].data[0].rowData.flatMap(({ values }) => values);
    const dates = cells.flatMap((cell) => dateCell.safeParse(cell).data ?? []);
    expect(dates.length).toBeGreaterThan(5);
    for (const { effectiveValue, formattedValue } of dates) {
      expect(readDate(effectiveValue.numberValue, 'iso')).toEqual(readDate(formattedValue, 'mdy'));
    }
  });
});

describe.skipIf(!existsSync(FIXTURES))('CSV files of real projects', () => {
  function read(name: string, rules: Rules = {}) {
    const table = csv(readFileSync(join(FIXTURES, 'rosters', name)), rules);
    return validateTable(table, expected(rules), {
      dateFormat: rules.dateFormat ?? 'iso',
      weeks: 5,
      pools: ['zoom'],
    });
  }

  function columns(email: string, startsOn: string, more: Rules['columns'] = {}): Rules {
    return { dateFormat: 'mdy', columns: { email: [email], startsOn: [startsOn], ...more } };
  }

  it('the form of the Carpentries: a time of day is refused, the person is named', () => {
    const rules = columns('Email address', 'Timestamp', { name: ['Personal (first) name'] });
    const { rows, problems, rowCount } = read('csv/amy-upgrade_instructor_profiles4.csv', rules);
    expect({ rows, rowCount }).toEqual({ rows: [], rowCount: 2 });
    expect(problems.map(({ row, email, name, problem }) => [row, email, name, problem])).toEqual([
      [2, 'her@mione.gr', 'Hermione', 'the date has a time of day: enter the date alone'],
      [3, 'her@mione.gr', 'Hermione', 'the date has a time of day: enter the date alone'],
    ]);
    expect(read('csv/amy-upgrade_instructor_profiles2.csv', rules)).toMatchObject({
      rows: [],
      problems: [],
      rowCount: 0,
    });
  });

  it('a person list of the Carpentries has no dates, and says so', async () => {
    const error = await rosterError(() => read('csv/amy-upload-person-3.csv'));
    expect(error.message).toContain('no column "Start date"');
    const missing = await rosterError(() =>
      read('csv/amy-upload-missing-email.csv', columns('email', 'family')),
    );
    expect(missing.message).toContain('no column "email"');
  });

  it('the worksheet of xPRO: everyone who can be read is named', () => {
    const { problems, rowCount } = read(
      'csv/mitxpro-coupon_requests.csv',
      columns('Requested By', 'Activation'),
    );
    expect(rowCount).toBe(7);
    expect(new Set(problems.map(({ row }) => row)).size).toBe(7);
    expect(problems.filter(({ email }) => email === 'requester@example.com')).toHaveLength(6);
  });

  it.each([
    [
      'csv/csvkit-test_utf16_big.csv',
      'UTF-16',
      columns('a', 'b', { name: ['c'] }),
      [
        [2, '3'],
        [3, 'ʤ'],
      ],
    ],
    [
      'csv/csvkit-test_utf8_bom.csv',
      'a byte order mark',
      columns('foo', 'bar', { name: ['baz'] }),
      [
        [2, '3'],
        [3, 'ʤ'],
      ],
    ],
    [
      'csv/csvkit-mac_newlines.csv',
      'lone CRs',
      columns('b', 'c', { name: ['a'] }),
      [
        [2, '1'],
        [3, 'Once upon a time'],
      ],
    ],
    [
      'csv/csvkit-bad_skip_lines.csv',
      'blank lines on top',
      columns('column_a', 'column_c', { name: ['column_b'] }),
      [
        [5, null],
        [6, "I'm too short!"],
        [7, 'mixed types.... uh oh'],
      ],
    ],
    [
      'csv/frictionless-skip-rows-before-headers.csv',
      'a comment on top',
      columns('id', '名字', {}),
      [
        [3, null],
        [4, null],
      ],
    ],
    [
      'csv-spectrum/newlines.csv',
      'line breaks in cells',
      columns('b', 'c', { name: ['a'] }),
      [
        [2, '1'],
        [3, 'Once upon a time'],
        [4, '7'],
      ],
    ],
    [
      'csv-spectrum/escaped_quotes.csv',
      'doubled quotes',
      columns('a', 'a', { name: ['b'] }),
      [
        [2, 'ha "ha" ha'],
        [3, '4'],
      ],
    ],
  ])('%s with %s', (name, _, rules, rows) => {
    const header = name.includes('skip-rows') ? columns('id', 'name') : rules;
    const { problems } = read(name, header);
    const named = new Map(problems.map((problem) => [problem.row, problem.name]));
    expect([...named]).toEqual(rows);
  });

  it('a row of nothing but commas is blank', () => {
    expect(read('csv/csvkit-test_empty_columns_long_row.csv', columns('a', 'b'))).toMatchObject({
      rowCount: 0,
      blankCount: 1,
    });
    const recipients = read('csv/csvkit-FY09_EDU_Recipients_by_State.csv', columns('State Name', 'Code'));
    expect(recipients.blankCount).toBe(1);
  });

  it.each([
    ['csv/frictionless-duplicate-headers.csv', 'wrong-shape', 'twice', columns('name', 'id')],
    ['csv/exceljs-issue-991.csv', 'wrong-shape', 'no header', {}],
    ['csv-spectrum/location_coordinates.csv', 'unreadable', 'line 2 ', {}],
  ])('%s is refused', async (name, failure, words, rules) => {
    const error = await rosterError(() => read(name, rules));
    expect(error.failure).toBe(failure);
    expect(error.message).toContain(words);
  });

  const all = ['csv', 'csv-spectrum'].flatMap((folder) =>
    existsSync(FIXTURES)
      ? readdirSync(join(FIXTURES, 'rosters', folder)).map((name) => join(folder, name))
      : [],
  );

  it.each(all.filter((name) => name.endsWith('.csv')))('%s: no row is lost, whatever it is', (name) => {
    const bytes = readFileSync(join(FIXTURES, 'rosters', name));
    for (const format of ['iso', 'dmy', 'mdy'] as const) {
      try {
        const table = csv(bytes);
        const [top = [], second = []] = rowsOf(table).map(({ cells }) => cells);
        const [email = 'Email', startsOn = 'Start date'] = (top.length > 1 ? top : second).map(String);
        const rules = { ...columns(email, startsOn), dateFormat: format };
        const result = read(name, rules);
        const headerRow = table.rows.length - result.rowCount - result.blankCount;
        const accounted = result.rows.length + new Set(result.problems.map(({ row }) => row)).size;
        expect(accounted).toBe(result.rowCount);
        expect(headerRow).toBeGreaterThan(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RosterError);
      }
    }
  });
});
