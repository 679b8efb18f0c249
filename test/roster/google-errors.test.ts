import { chmod, writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RosterError } from '../../src/errors.ts';
import { failureOf } from '../../src/roster/google-failure.ts';
import { readRoster } from '../../src/roster/read-roster.ts';
import {
  ACCESS_TOKEN,
  ACCOUNT,
  type Answer,
  type GoogleStandIn,
  startGoogle,
  values,
} from './google-stand-in.ts';
import { COLUMNS, contextWith, rosterError } from './helpers.ts';

let google: GoogleStandIn;

beforeEach(async () => {
  google = await startGoogle();
  google.sheet.values = values([['Email', 'Start date']]);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await google.close();
});

/** Reads with this key file (a good one if absent; none at all if null) and returns what goes wrong. */
async function failing(keyFile?: string | null, context = contextWith()): Promise<RosterError> {
  const credentials = keyFile === null ? {} : { credentials: keyFile ?? (await google.keyFile()) };
  const error = await rosterError(() => readRoster(sheetSettings(credentials), context));
  const everything = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  for (const secret of [ACCESS_TOKEN, 'PRIVATE KEY', 'MII', 'eyJ']) expect(everything).not.toContain(secret);
  return error;
}

function sheetSettings(credentials: { credentials?: string }) {
  return {
    source: 'google-sheets' as const,
    spreadsheetId: 'SHEET',
    ...credentials,
    apiRootUrl: google.url,
    dateFormat: 'iso' as const,
    columns: COLUMNS,
  };
}

/** The same answer to every try. */
function always(kind: 'token' | 'get' | 'values', answer: Answer) {
  google.next[kind].push(...Array.from({ length: 50 }, () => answer));
}

function apiError(code: number, message: string, more: object = {}): Answer {
  return { status: code, body: { error: { code, message, ...more } } };
}

describe('what the Sheets API refuses', () => {
  it('403: says with whom to share the sheet', async () => {
    always('get', apiError(403, 'The caller does not have permission', { status: 'PERMISSION_DENIED' }));
    const error = await failing();
    expect(error.failure).toBe('denied');
    expect(error.advice).toBe(`Share the spreadsheet with ${ACCOUNT} as Viewer.`);
    expect(google.requests).toHaveLength(2);
  });

  it('403 for a disabled API: says where to enable it', async () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' }];
    always('get', apiError(403, 'Google Sheets API has not been used in project 1234 before', { details }));
    const error = await failing();
    expect(error.failure).toBe('denied');
    expect(error.message).toContain('not enabled');
    expect(error.advice).toContain('sheets.googleapis.com?project=1234');
  });

  it('403 for a missing scope: says which', async () => {
    always('get', apiError(403, 'Request had insufficient authentication scopes.'));
    const error = await failing();
    expect(error.failure).toBe('denied');
    expect(error.message).toContain('spreadsheets.readonly');
  });

  it('401: says that the token was not accepted', async () => {
    always('get', apiError(401, 'Request had invalid authentication credentials.'));
    await expect(failing()).resolves.toMatchObject({ failure: 'denied' });
  });

  it('404: says where the id is found', async () => {
    always('get', apiError(404, 'Requested entity was not found.', { status: 'NOT_FOUND' }));
    const error = await failing();
    expect(error.failure).toBe('not-found');
    expect(error.message).toContain('SHEET');
    expect(error.advice).toContain(ACCOUNT);
  });

  it('400 for a range: the tab was renamed meanwhile', async () => {
    always('values', apiError(400, "Unable to parse range: 'Roster'", { status: 'INVALID_ARGUMENT' }));
    const error = await failing();
    expect(error.failure).toBe('not-found');
    expect(error.message).toContain('the tab "Roster"');
    expect(error.advice).toContain('roster.sheet');
  });

  it('400 for an Excel file in Drive: says how to convert it', async () => {
    always('get', apiError(400, 'This operation is not supported for this document'));
    await expect(failing()).resolves.toMatchObject({
      failure: 'unreadable',
      message: expect.stringContaining('Excel'),
    });
  });

  it('any other 400: passes its words on, without keys', async () => {
    always('get', apiError(400, 'bad request to https://x.org/?key=AIzaSecret&alt=json'));
    const error = await failing();
    expect(error.failure).toBe('unreadable');
    expect(error.message).toContain('?key=[hidden]&alt=json');
  });

  it('5xx: is worth another try later', async () => {
    always('values', { status: 503, body: {}, headers: { 'retry-after': '2' } });
    const error = await failing();
    expect(error).toMatchObject({ failure: 'unavailable' });
    expect(error.message).toContain('HTTP 503');
    expect(error.retryAt).not.toBeNull();
  });

  it('silence: ends after the time that one try may take', async () => {
    always('get', { fault: 'hang' });
    const error = await failing(undefined, contextWith({ attemptMs: 40, random: () => 0.99 }));
    expect(error.failure).toBe('unavailable');
    expect(error.message).toContain('did not answer in time');
  });
});

describe('what the token endpoint refuses', () => {
  it('invalid_grant: the key is no longer good', async () => {
    always('token', {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
    const error = await failing();
    expect(error.failure).toBe('denied');
    expect(error.message).toContain('invalid_grant: Invalid JWT Signature.');
    expect(error.advice).toContain('new key');
    expect(google.requests).toHaveLength(1);
  });

  it('invalid_grant for a wrong time: the clock of this machine', async () => {
    const words =
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
    always('token', { status: 400, body: { error: 'invalid_grant', error_description: words } });
    expect((await failing()).advice).toContain('clock');
  });

  it('a login page in place of a token is no token', async () => {
    always('token', { body: '<html>Sign in</html>' });
    await expect(failing()).resolves.toMatchObject({ failure: 'wrong-shape' });
    expect(google.requests.some(({ kind }) => kind !== 'token')).toBe(false);
  });

  it.each([503, 429])('%d is retried, then unavailable', async (status) => {
    always('token', { status, body: {} });
    await expect(failing()).resolves.toMatchObject({ failure: 'unavailable' });
    expect(google.requests.length).toBeGreaterThan(2);
  });

  it('silence ends there too', async () => {
    always('token', { fault: 'hang' });
    await expect(
      failing(undefined, contextWith({ attemptMs: 40, random: () => 0.99 })),
    ).resolves.toMatchObject({
      failure: 'unavailable',
    });
  });
});

describe('credentials', () => {
  it('a key file that is missing', async () => {
    const error = await failing('/nowhere/key.json');
    expect(error.failure).toBe('not-found');
    expect(error.message).toContain('/nowhere/key.json');
    expect(error.advice).toContain('roster.credentials');
  });

  it('a key file that may not be read', async () => {
    const file = await google.keyFile();
    await chmod(file, 0o000);
    // A user who may read everything can't see this.
    if (process.getuid?.() !== 0) await expect(failing(file)).resolves.toMatchObject({ failure: 'denied' });
  });

  it.each([
    ['is not JSON', '-----BEGIN PRIVATE KEY-----\nMIIabc'],
    ['is of a user', JSON.stringify({ type: 'authorized_user', refresh_token: 'MIIabc' })],
    ['has no key', JSON.stringify({ type: 'service_account', client_email: ACCOUNT })],
    [
      'has a broken key',
      JSON.stringify({ type: 'service_account', client_email: ACCOUNT, private_key: 'MIIabc' }),
    ],
  ])('a key file that %s', async (_, content) => {
    const file = await google.keyFile();
    await writeFile(file, content);
    const error = await failing(file);
    expect(error.failure).toBe('unreadable');
    expect(error.message).toContain(file);
    expect(google.requests).toEqual([]);
  });

  it('GOOGLE_APPLICATION_CREDENTIALS: a key file there is used, its token_uri and its account too', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', await google.keyFile());
    await expect(readRoster(sheetSettings({}), contextWith())).resolves.toMatchObject({ rowCount: 0 });
    expect(google.requests.map(({ kind }) => kind)).toEqual(['token', 'get', 'values']);
    always('get', apiError(403, 'The caller does not have permission'));
    expect((await failing(null)).advice).toContain(ACCOUNT);
  });

  it('GOOGLE_APPLICATION_CREDENTIALS: a file that is not there', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json');
    const error = await failing(null);
    expect(error.failure).toBe('not-found');
    expect(error.advice).toContain('GOOGLE_APPLICATION_CREDENTIALS');
  });

  it('none at all: says what to set', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '');
    vi.stubEnv('HOME', '/nowhere');
    vi.stubEnv('CLOUDSDK_CONFIG', '');
    vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
    const error = await failing(null);
    expect(error.failure).toBe('denied');
    expect(error.advice).toContain('roster.credentials');
  });
});

describe('failureOf', () => {
  const clock = { now: () => 0 };

  it('takes a status from wherever the client puts it', () => {
    expect(failureOf({ status: 503 }, clock).status).toBe(503);
    expect(failureOf({ code: 503 }, clock).status).toBe(503);
    expect(failureOf({ response: { status: 503 } }, clock).status).toBe(503);
    expect(failureOf({ code: 'ECONNRESET' }, clock)).toMatchObject({ status: null, code: 'ECONNRESET' });
  });

  it('makes something of anything that is thrown', () => {
    for (const thrown of [
      undefined,
      null,
      'no',
      7,
      new Error('key=secret'),
      { response: null },
      { code: {} },
    ]) {
      expect(failureOf(thrown, clock)).toMatchObject({ status: null, message: '' });
    }
  });

  it.each([
    'Bearer abc.def',
    'ya29.a0Af_x-y',
    '?key=AIzaSyX',
    'eyJhbGciOi.eyJpc3Mi.sig',
    '-----BEGIN PRIVATE KEY-----\nMII',
  ])('hides %j in what the API says', (secret) => {
    const { message } = failureOf(
      { status: 400, response: { data: { error: { message: `no: ${secret}` } } } },
      clock,
    );
    expect(message).toContain('[hidden]');
    expect(message).not.toContain(secret);
  });
});
