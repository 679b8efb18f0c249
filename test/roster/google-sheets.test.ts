import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRange } from '../../src/roster/google-metadata.ts';
import { type RosterContext, readRoster } from '../../src/roster/read-roster.ts';
import { ACCESS_TOKEN, type GoogleStandIn, startGoogle, tab, values } from './google-stand-in.ts';
import { COLUMNS, contextWith, fakeTime, NOW, rosterError } from './helpers.ts';

let google: GoogleStandIn;

beforeEach(async () => {
  google = await startGoogle();
  google.sheet.values = values([
    ['Email', 'Start date'],
    ['ann@example.org', 46_350],
  ]);
});

afterEach(() => google.close());

async function settings(changes: { sheet?: string; credentials?: string; apiRootUrl?: string } = {}) {
  return {
    source: 'google-sheets' as const,
    spreadsheetId: 'SHEET',
    credentials: await google.keyFile(),
    apiRootUrl: google.url,
    dateFormat: 'iso' as const,
    columns: COLUMNS,
    ...changes,
  };
}

async function read(changes: Parameters<typeof settings>[0] = {}, context: Partial<RosterContext> = {}) {
  return readRoster(await settings(changes), contextWith(context));
}

describe('reading a Google sheet', () => {
  it('takes a token and two requests', async () => {
    const roster = await read();
    expect(roster.rows).toMatchObject([{ row: 2, email: 'ann@example.org', startsOn: '2026-11-24' }]);
    expect(roster.location).toBe('the tab "Roster" of spreadsheet SHEET');
    expect(google.requests.map(({ kind }) => kind)).toEqual(['token', 'get', 'values']);
  });

  it('asks for unformatted cells and day numbers, with a token of the read-only scope', async () => {
    await read();
    const [token, get, cells] = google.requests;
    const assertion = new URLSearchParams(token?.body).get('assertion')?.split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({
      scope: 'https://www.googleapis.com/auth/spreadsheets.readonly',
      aud: `${google.url}token`,
    });
    expect(get?.url.searchParams.get('fields')).toContain('merges');
    expect(get?.authorization).toBe(`Bearer ${ACCESS_TOKEN}`);
    expect(Object.fromEntries(cells?.url.searchParams ?? [])).toMatchObject({
      ranges: "'Roster'",
      valueRenderOption: 'UNFORMATTED_VALUE',
      dateTimeRenderOption: 'SERIAL_NUMBER',
      majorDimension: 'ROWS',
    });
  });

  it('sends requests below the path of apiRootUrl', async () => {
    await read({ apiRootUrl: `${google.url}google/` });
    expect(google.requests.map(({ url }) => url.pathname)).toEqual([
      '/token',
      '/google/v4/spreadsheets/SHEET',
      '/google/v4/spreadsheets/SHEET/values:batchGet',
    ]);
  });

  it('takes no proxy of the environment for addresses of this machine', async () => {
    const before = process.env.HTTPS_PROXY;
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
    try {
      await expect(read()).resolves.toMatchObject({ rowCount: 1 });
    } finally {
      if (before === undefined) delete process.env.HTTPS_PROXY;
      else process.env.HTTPS_PROXY = before;
    }
  });

  it('takes the first tab that has cells unless told which', async () => {
    google.sheet.tabs = [
      tab('Second', {}, 2),
      tab('Roster', {}, 1),
      { properties: { sheetId: 5, title: 'Chart', index: 0, sheetType: 'OBJECT' } },
    ];
    await expect(read()).resolves.toMatchObject({ location: 'the tab "Roster" of spreadsheet SHEET' });
  });

  it('quotes the name of the tab, apostrophes too', async () => {
    google.sheet.tabs = [tab("O'Brien & Co")];
    google.sheet.values = values([['Email', 'Start date']], "'O''Brien & Co'!A1:Z1000");
    await expect(read({ sheet: " o'brien & co" })).resolves.toMatchObject({ rowCount: 0 });
    expect(google.requests.at(-1)?.url.searchParams.get('ranges')).toBe("'O''Brien & Co'");
  });

  it('lists the tabs there are when the wanted one does not exist', async () => {
    google.sheet.tabs = [tab('2025'), tab('2026', {}, 1)];
    const error = await rosterError(() => read({ sheet: 'Roster' }));
    expect(error.failure).toBe('not-found');
    expect(error.message).toContain('no tab "Roster"');
    expect(error.advice).toContain('"2025", "2026"');
  });

  it('counts rows from where the answer starts, and keeps blank rows', async () => {
    google.sheet.values = values(
      [['Email', 'Start date'], [], ['ann@example.org', 46_350]],
      'Roster!B5:Z1000',
    );
    await expect(read()).resolves.toMatchObject({ rows: [{ row: 7 }], rowCount: 1, blankCount: 1 });
  });

  it('fills merged cells down, but not to the right, not from the header, not into blank rows', async () => {
    const merge = (rows: [number, number], columns: [number, number]) => ({
      startRowIndex: rows[0],
      endRowIndex: rows[1],
      startColumnIndex: columns[0],
      endColumnIndex: columns[1],
    });
    google.sheet.tabs = [tab('Roster', { merges: [merge([0, 2], [0, 1]), merge([2, 6], [1, 3])] })];
    google.sheet.values = values([
      ['Email', 'Start date', 'End date'],
      [],
      ['ann@example.org', 46_350],
      ['bob@example.org'],
      [],
      ['cem@example.org'],
      ['dan@example.org'],
    ]);
    const roster = await read();
    expect(roster.rows.map(({ row, startsOn, endsOn }) => [row, startsOn, endsOn])).toEqual([
      [3, '2026-11-24', '2026-12-28'],
      [4, '2026-11-24', '2026-12-28'],
      [6, '2026-11-24', '2026-12-28'],
    ]);
    expect(roster.problems).toMatchObject([{ row: 7, column: 'Start date', email: 'dan@example.org' }]);
  });

  it('throws an abort as a RosterError, at once', async () => {
    google.next.get.push({ fault: 'hang' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await rosterError(() => read({}, { signal: controller.signal }));
    expect(error.failure).toBe('unavailable');
    expect(error.message).toContain('stopped');
  });
});

describe('an answer that is not what was asked for', () => {
  const HTML = '<!DOCTYPE html><html><title>Sign in</title></html>';
  const cut = JSON.stringify(
    values([
      ['Email', 'Start date'],
      ['ann@example.org', 46_350],
    ]),
  ).slice(0, -20);

  it.each([
    ['a login page', { body: HTML }, 'a web page'],
    ['JSON cut short', { body: cut, headers: { 'content-type': 'application/json' } }, 'not complete JSON'],
    ['nothing', { body: '' }, 'nothing'],
    ['nothing, not modified', { status: 304 }, 'nothing'],
    ['no content', { status: 204 }, 'nothing'],
    ['an empty object', { body: {} }, 'something else'],
    ['null', { body: null }, 'something else'],
    ['no value ranges', { body: { valueRanges: [] } }, 'something else'],
    ['a range without a name', { body: { valueRanges: [{ majorDimension: 'ROWS' }] } }, 'something else'],
    [
      'columns',
      { body: { valueRanges: [{ range: 'Roster!A1:B2', majorDimension: 'COLUMNS' }] } },
      'something else',
    ],
    ['another tab', { body: values([['Email', 'Start date']], 'Other!A1:Z9') }, 'something else'],
    ['cells that are objects', { body: values([[{}]]) }, 'something else'],
    [
      'values that are text',
      { body: { valueRanges: [{ range: 'Roster!A1', majorDimension: 'ROWS', values: 'x' }] } },
      'something else',
    ],
    ['a redirect', { status: 302, headers: { location: '/login' }, body: HTML }, 'redirected'],
  ])('%s is an error, never an empty roster', async (_, answer, words) => {
    for (let n = 0; n < 50; n++) google.next.values.push(answer);
    const error = await rosterError(() => read());
    expect(error.failure).toBe('wrong-shape');
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('Sign in');
  });

  it.each([{ body: HTML }, { body: {} }, { body: { sheets: [] } }, { body: '' }])(
    'so it is for the tabs: %j',
    async (answer) => {
      for (let n = 0; n < 50; n++) google.next.get.push(answer);
      await expect(read()).rejects.toMatchObject({ failure: 'wrong-shape' });
      expect(google.requests.some(({ kind }) => kind === 'values')).toBe(false);
    },
  );

  it('is asked for again for a few seconds', async () => {
    const time = fakeTime();
    google.next.values.push({ body: cut }, { body: HTML });
    await expect(read({}, time)).resolves.toMatchObject({ rowCount: 1 });
    expect(time.total()).toBeGreaterThan(0);
    expect(time.total()).toBeLessThan(10_000);
  });

  it('a tab whose cells are all blank has no header, which is an error too', async () => {
    google.sheet.values = { valueRanges: [{ range: 'Roster!A1:Z1000', majorDimension: 'ROWS' }] };
    await expect(read()).rejects.toMatchObject({
      failure: 'wrong-shape',
      message: expect.stringContaining('empty'),
    });
  });

  it('a header without rows is an empty roster, for the caller to judge', async () => {
    google.sheet.values = values([['Email', 'Start date']]);
    await expect(read()).resolves.toMatchObject({ rows: [], problems: [], rowCount: 0 });
  });
});

describe('a quota that is used up', () => {
  const QUOTA = {
    error: {
      code: 429,
      message:
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user'",
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'RATE_LIMIT_EXCEEDED' }],
    },
  };

  it('is waited out for longer than the minute in which it fills up, and no longer than 150 s', async () => {
    const time = fakeTime();
    for (let n = 0; n < 200; n++) google.next.get.push({ status: 429, body: QUOTA });
    const error = await rosterError(() => read({}, time));
    expect(error).toMatchObject({ failure: 'unavailable', retryAt: null });
    expect(error.message).toContain('quota');
    expect(time.total()).toBeGreaterThan(60_000);
    expect(time.total()).toBeLessThanOrEqual(150_000);
    expect(google.requests.length).toBeLessThan(25);
  });

  it.each([
    ['seconds', '7', {}, 7000],
    ['an HTTP date', 'Sun, 22 Nov 2026 11:00:20 GMT', { date: 'Sun, 22 Nov 2026 11:00:00 GMT' }, 20_000],
    ['an ISO date', '2026-11-22T11:00:30Z', { date: 'Sun, 22 Nov 2026 11:00:00 GMT' }, 30_000],
  ])('waits as long as Retry-After says in %s', async (_, retryAfter, headers, milliseconds) => {
    const time = fakeTime();
    google.next.values.push({ status: 429, body: QUOTA, headers: { ...headers, 'retry-after': retryAfter } });
    await expect(read({}, time)).resolves.toMatchObject({ rowCount: 1 });
    expect(time.slept).toHaveLength(1);
    expect(time.slept[0]).toBeGreaterThanOrEqual(milliseconds);
    expect(time.slept[0]).toBeLessThan(milliseconds + 1000);
  });

  it('does not wait for a moment beyond its patience, but says when it is', async () => {
    const time = fakeTime();
    google.next.get.push({ status: 429, body: QUOTA, headers: { 'retry-after': '3600' } });
    await expect(read({}, time)).rejects.toMatchObject({ failure: 'unavailable', retryAt: NOW + 3_600_000 });
    expect(time.slept).toEqual([]);
  });

  it('is recognized in a 403 and in a web page as well', async () => {
    const time = fakeTime();
    google.next.get.push(
      {
        status: 403,
        body: { error: { code: 403, errors: [{ reason: 'userRateLimitExceeded' }], message: 'slow down' } },
      },
      { status: 429, body: '<html>Sorry...</html>' },
    );
    await expect(read({}, time)).resolves.toMatchObject({ rowCount: 1 });
    expect(time.slept).toHaveLength(2);
  });
});

describe('trouble that passes', () => {
  it.each([[{ status: 503, body: {} }], [{ status: 500, body: '<html>' }], [{ fault: 'reset' as const }]])(
    'is retried for about ten seconds: %j',
    async (answer) => {
      const time = fakeTime();
      for (let n = 0; n < 50; n++) google.next.get.push(answer);
      await expect(read({}, time)).rejects.toMatchObject({ failure: 'unavailable' });
      expect(time.total()).toBeGreaterThan(2_000);
      expect(time.total()).toBeLessThanOrEqual(10_000);
    },
  );

  it('leaves all retries to us: one failure is one request', async () => {
    const time = fakeTime();
    google.next.token.push({ status: 503, body: {} });
    google.next.get.push({ status: 503, body: {} }, { fault: 'reset' });
    await expect(read({}, time)).resolves.toMatchObject({ rowCount: 1 });
    expect(google.requests.map(({ kind }) => kind)).toEqual([
      'token',
      'token',
      'get',
      'get',
      'get',
      'values',
    ]);
    expect(time.slept).toHaveLength(3);
  });

  it('names the place when nobody listens there', async () => {
    const credentials = await google.keyFile();
    const { url } = google;
    const other = await startGoogle();
    await other.close();
    const error = await rosterError(() => read({ credentials, apiRootUrl: other.url }));
    expect(error.failure).toBe('unavailable');
    expect(error.message).toContain(new URL(other.url).origin);
    expect(error.message).toContain('ECONNREFUSED');
    expect(url).not.toBe(other.url);
  });
});

describe('parseRange', () => {
  it.each([
    ['Sheet1!A1:Z1000', 'Sheet1', 1, 0],
    ["'O''Brien!'!B12:C", "O'Brien!", 12, 1],
    ['food.csv!A2:C10001', 'food.csv', 2, 0],
    ['Sheet1!D4', 'Sheet1', 4, 3],
    ['Sheet1!AB:AC', 'Sheet1', 1, 27],
  ])('reads %s', (range, title, firstRow, firstColumn) => {
    expect(parseRange(range)).toEqual({ title, firstRow, firstColumn });
  });

  it('refuses what is no range', () => {
    expect(parseRange('')).toBeNull();
    expect(parseRange('Sheet1')).toBeNull();
    expect(parseRange("'Sheet1!A1")).toBeNull();
  });
});
