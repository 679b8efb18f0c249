import { describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { WorkbookOptions } from '../../src/sandbox/sheets/workbook.ts';
import { sheets } from './calls.ts';

async function workbook(tabs: WorkbookOptions['tabs'], more: Omit<WorkbookOptions, 'id' | 'tabs'> = {}) {
  return startSandbox({ sheets: { spreadsheets: [{ id: 'ID', tabs, ...more }] } });
}

const values = (sandbox: Sandbox, range: string, query = '') =>
  sheets(sandbox, `/ID/values/${encodeURIComponent(range)}?${query}`);

describe('ranges', () => {
  const A1 = [
    ['A1', 'B1'],
    ['A2', 'B2', 'C2'],
  ];
  const tabs = [
    { title: 'Sheet1', rows: A1 },
    { title: 'D3', rows: [['x']], rowCount: 4, columnCount: 4 },
    { title: "O'Brien's list", rows: [['y']], rowCount: 10, columnCount: 30 },
    { title: '🌵 cohorts', rows: [['z']], rowCount: 10, columnCount: 10 },
  ];

  // The first six were recorded from the Sheets API by gspread.
  it.each([
    { asked: "'Sheet1'", range: 'Sheet1!A1:Z1000' },
    { asked: "'Sheet1'!A1:C", range: 'Sheet1!A1:C1000' },
    { asked: "'Sheet1'!D4:A1", range: 'Sheet1!A1:D4' },
    { asked: "'Sheet1'!A2:2", range: 'Sheet1!A2:Z2' },
    { asked: "'D3'", range: "'D3'!A1:D4" },
    { asked: '🌵 cohorts!A:A', range: "'🌵 cohorts'!A1:A10" },
    { asked: 'Sheet1!B2', range: 'Sheet1!B2' },
    { asked: 'D3', range: "'D3'!A1:D4" },
    { asked: 'B2:C', range: 'Sheet1!B2:C1000' },
    { asked: "'O''Brien''s list'!A:AC", range: "'O''Brien''s list'!A1:AC10" },
    { asked: 'Sheet1!A1:AZ2000', range: 'Sheet1!A1:Z1000' },
  ])('$asked is answered as $range', async ({ asked, range }) => {
    await using sandbox = await workbook(tabs);
    expect(await values(sandbox, asked)).toMatchObject({
      status: 200,
      body: { range, majorDimension: 'ROWS' },
    });
  });

  it.each(['NOPE!A5:F15', 'Roster', 'Sheet1!', 'Sheet1!A1:B2:C3', 'Sheet1!A', "'Sheet1!A1"])(
    '%s is refused as one that can not be parsed',
    async (asked) => {
      await using sandbox = await workbook(tabs);
      expect(await values(sandbox, asked)).toMatchObject({
        status: 400,
        body: {
          error: { code: 400, message: `Unable to parse range: ${asked}`, status: 'INVALID_ARGUMENT' },
        },
      });
    },
  );

  it('that start beyond the grid are refused', async () => {
    await using sandbox = await workbook(tabs);
    expect(await values(sandbox, 'Sheet1!A1001')).toMatchObject({
      status: 400,
      body: {
        error: { message: 'Range (Sheet1!A1001) exceeds grid limits. Max rows: 1000, max columns: 26' },
      },
    });
  });

  it('of a batch are answered each, in order', async () => {
    await using sandbox = await workbook(tabs);
    const { body } = await sheets(sandbox, '/ID/values:batchGet?ranges=Sheet1!A1:A&ranges=Sheet1!B2:D4');
    expect(body).toEqual({
      spreadsheetId: 'ID',
      valueRanges: [
        { range: 'Sheet1!A1:A1000', majorDimension: 'ROWS', values: [['A1'], ['A2']] },
        { range: 'Sheet1!B2:D4', majorDimension: 'ROWS', values: [['B2', 'C2']] },
      ],
    });
  });
});

describe('values', () => {
  it('leave out what is empty at the end and keep what is empty in the middle', async () => {
    await using sandbox = await workbook([
      { title: 'Sheet1', rows: [[], [''], ['A3', null, 'C3', ''], [], ['', 'B5'], [null], []] },
    ]);
    expect((await values(sandbox, 'Sheet1')).body).toMatchObject({
      values: [[], [], ['A3', '', 'C3'], [], ['', 'B5']],
    });
  });

  it('are absent where a range is empty', async () => {
    await using sandbox = await workbook([{ title: 'Sheet1', rows: [['A1']] }]);
    expect((await values(sandbox, 'Sheet1!B1:C9')).body).toEqual({
      range: 'Sheet1!B1:C9',
      majorDimension: 'ROWS',
    });
  });

  // Recorded from the Sheets API by gspread, but for the FORMULA row.
  const matrix = [
    [
      'UNFORMATTED_VALUE',
      'SERIAL_NUMBER',
      [
        [2, 43831, 'string', 53],
        [1.5, 0.12, 36162],
      ],
    ],
    [
      'UNFORMATTED_VALUE',
      'FORMATTED_STRING',
      [
        [2, '2020-01-01', 'string', 53],
        [1.5, 0.12, '1999-01-02'],
      ],
    ],
    [
      'FORMATTED_VALUE',
      'SERIAL_NUMBER',
      [
        ['2', '2020-01-01', 'string', '53'],
        ['1.5', '0.12', '1999-01-02'],
      ],
    ],
    [
      'FORMATTED_VALUE',
      'FORMATTED_STRING',
      [
        ['2', '2020-01-01', 'string', '53'],
        ['1.5', '0.12', '1999-01-02'],
      ],
    ],
    [
      'FORMULA',
      'SERIAL_NUMBER',
      [
        [2, 43831, 'string', 53],
        [1.5, 0.12, 36162],
      ],
    ],
  ] as const;

  it.each(matrix)(
    'as %s with dates as %s are those that were recorded',
    async (value, dateTime, expected) => {
      const date = (iso: string) => ({ date: iso, text: iso });
      await using sandbox = await workbook([
        {
          title: 'Sheet1',
          rows: [
            [2, date('2020-01-01'), 'string', 53],
            [1.5, 0.12, date('1999-01-02')],
          ],
        },
      ]);
      const query = `valueRenderOption=${value}&dateTimeRenderOption=${dateTime}`;
      expect((await values(sandbox, 'Sheet1', query)).body).toMatchObject({ values: expected });
    },
  );

  it.each([
    { locale: 'en_US', shown: ['3/8/2026', '1.5', 'TRUE'] },
    { locale: 'en_GB', shown: ['08/03/2026', '1.5', 'TRUE'] },
    { locale: 'de_DE', shown: ['8.3.2026', '1,5', 'TRUE'] },
  ])('show dates and numbers as the locale $locale writes them', async ({ locale, shown }) => {
    await using sandbox = await workbook([{ title: 'Sheet1', rows: [[{ date: '2026-03-08' }, 1.5, true]] }], {
      locale,
    });
    expect((await values(sandbox, 'Sheet1')).body).toMatchObject({ values: [shown] });
  });

  it('have a time of day as a part of the serial number', async () => {
    await using sandbox = await workbook([
      { title: 'Sheet1', rows: [[{ date: '2026-03-08', time: '18:00' }]] },
    ]);
    const { body } = await values(sandbox, 'Sheet1', 'valueRenderOption=UNFORMATTED_VALUE');
    expect(body).toMatchObject({ values: [[46089.75]] });
  });

  it('come by columns if asked for', async () => {
    await using sandbox = await workbook([{ title: 'Sheet1', rows: [['A1', 'B1'], ['A2'], ['', 'B3']] }]);
    const { body } = await values(sandbox, 'Sheet1', 'majorDimension=COLUMNS');
    expect(body).toMatchObject({
      majorDimension: 'COLUMNS',
      values: [
        ['A1', 'A2'],
        ['B1', '', 'B3'],
      ],
    });
  });

  it('of merged cells are in the first cell alone, and hidden rows are read', async () => {
    await using sandbox = await workbook([
      {
        title: 'Sheet1',
        rows: [
          ['a', 'b'],
          ['c', 'd'],
          ['e', 'f'],
        ],
        merges: ['A1:A2'],
        hiddenRows: [3],
      },
    ]);
    expect((await values(sandbox, 'Sheet1')).body).toMatchObject({
      values: [
        ['a', 'b'],
        ['', 'd'],
        ['e', 'f'],
      ],
    });
  });
});

describe('a spreadsheet', () => {
  const tabs = [
    { title: 'Notes', rows: [] },
    {
      title: 'Roster',
      rows: [['Email'], [{ date: '2026-11-24' }], ['x']],
      merges: ['A1:B1'],
      hiddenRows: [3],
    },
  ];

  it('is answered with its properties, tabs and merges', async () => {
    await using sandbox = await workbook(tabs, {
      title: 'School',
      locale: 'en_GB',
      timeZone: 'Europe/London',
    });
    expect((await sheets(sandbox, '/ID')).body).toMatchObject({
      spreadsheetId: 'ID',
      properties: { title: 'School', locale: 'en_GB', timeZone: 'Europe/London' },
      sheets: [
        { properties: { sheetId: 0, title: 'Notes', index: 0 } },
        {
          properties: {
            sheetId: 1,
            title: 'Roster',
            index: 1,
            gridProperties: { rowCount: 1000, columnCount: 26 },
          },
          merges: [{ sheetId: 1, startRowIndex: 0, endRowIndex: 1, startColumnIndex: 0, endColumnIndex: 2 }],
        },
      ],
    });
  });

  it('is cut down to a field mask', async () => {
    await using sandbox = await workbook(tabs);
    const fields = 'properties(title,locale),sheets/properties.title,sheets(merges/startRowIndex)';
    expect((await sheets(sandbox, `/ID?fields=${encodeURIComponent(fields)}`)).body).toEqual({
      properties: { title: 'Teaching roster', locale: 'en_US' },
      sheets: [
        { properties: { title: 'Notes' } },
        { properties: { title: 'Roster' }, merges: [{ startRowIndex: 0 }] },
      ],
    });
    expect((await sheets(sandbox, '/ID?fields=properties(')).status).toBe(400);
  });

  it('tells a date from a number, and which rows are hidden, where grid data is asked for', async () => {
    await using sandbox = await workbook(tabs);
    const fields =
      'sheets.data(rowData.values(effectiveValue,effectiveFormat.numberFormat.type),rowMetadata.hiddenByUser)';
    const { body } = await sheets(sandbox, `/ID?ranges=Roster&fields=${encodeURIComponent(fields)}`);
    expect(body).toEqual({
      sheets: [
        {
          data: [
            {
              rowData: [
                { values: [{ effectiveValue: { stringValue: 'Email' } }] },
                {
                  values: [
                    {
                      effectiveValue: { numberValue: 46350 },
                      effectiveFormat: { numberFormat: { type: 'DATE' } },
                    },
                  ],
                },
                { values: [{ effectiveValue: { stringValue: 'x' } }] },
              ],
              rowMetadata: [{}, {}, { hiddenByUser: true }],
            },
          ],
        },
      ],
    });
  });

  it.each([
    { what: 'without a token', token: '', code: 401, status: 'UNAUTHENTICATED', shared: true, id: 'ID' },
    {
      what: 'with an expired token',
      token: 'expired',
      code: 401,
      status: 'UNAUTHENTICATED',
      shared: true,
      id: 'ID',
    },
    {
      what: 'with a token of another scope',
      token: 'other',
      code: 403,
      status: 'PERMISSION_DENIED',
      shared: true,
      id: 'ID',
    },
    {
      what: 'that is not shared',
      token: 'good',
      code: 403,
      status: 'PERMISSION_DENIED',
      shared: false,
      id: 'ID',
    },
    { what: 'that is not there', token: 'good', code: 404, status: 'NOT_FOUND', shared: true, id: 'OTHER' },
  ])('$what is refused with $code', async ({ token, code, status, shared, id }) => {
    await using sandbox = await workbook(tabs);
    sandbox.sheets.share(shared);
    const tokens: Record<string, string> = {
      '': '',
      expired: sandbox.sheets.issueToken(),
      other: 'openid',
    };
    sandbox.sheets.expireTokens();
    tokens.good = sandbox.sheets.issueToken();
    tokens.other = sandbox.sheets.issueToken('openid');
    expect(await sheets(sandbox, `/${id}/values/Roster`, tokens[token])).toMatchObject({
      status: code,
      body: { error: { code, status, message: expect.any(String) } },
    });
  });

  it('has the rows that it was given last', async () => {
    await using sandbox = await workbook(tabs);
    sandbox.sheets.setRows({ tab: 'Roster', rows: [['Email'], ['ann@x.org']] });
    expect((await values(sandbox, 'Roster')).body).toMatchObject({ values: [['Email'], ['ann@x.org']] });
    sandbox.sheets.setRows([['first tab']]);
    expect((await values(sandbox, 'Notes')).body).toMatchObject({ values: [['first tab']] });
    expect(() => sandbox.sheets.setRows({ tab: 'NOPE', rows: [] })).toThrow('no tab NOPE');
  });
});
