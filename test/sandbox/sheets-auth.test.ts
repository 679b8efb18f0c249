import { createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auth, sheets as sheetsApi } from 'googleapis/build/src/apis/sheets/index.js';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/dates.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

function assertion(sandbox: Sandbox, claims: object = {}, privateKey?: string) {
  const key = sandbox.sheets.serviceAccountKey();
  const now = Math.floor(systemClock.now() / 1000);
  const scope = 'https://www.googleapis.com/auth/spreadsheets.readonly';
  const body = { iss: key.client_email, aud: key.token_uri, scope, iat: now, exp: now + 3600, ...claims };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(body)}`;
  return `${signed}.${createSign('RSA-SHA256')
    .update(signed)
    .sign(privateKey ?? key.private_key, 'base64url')}`;
}

async function requestToken(sandbox: Sandbox, form: Record<string, string>) {
  const response = await fetch(`${sandbox.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: await response.json() };
}

const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

describe('the token endpoint', () => {
  it('grants a token for a JWT that the service account signed', async () => {
    await using sandbox = await startSandbox();
    const { status, body } = await requestToken(sandbox, { grant_type, assertion: assertion(sandbox) });
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), expires_in: 3599, token_type: 'Bearer' });
    expect(sandbox.sheets.report().tokensGranted).toBe(1);
    expect(sandbox.requests()).toMatchObject([
      { provider: 'sheets', method: 'POST', path: '/token', summary: 'grant token' },
    ]);
  });

  const stranger = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

  it.each([
    {
      what: 'another signature',
      form: (of: Sandbox) => ({ grant_type, assertion: assertion(of, {}, stranger) }),
      error: 'invalid_grant',
      description: 'Invalid JWT Signature.',
    },
    {
      what: 'no assertion',
      form: () => ({ grant_type }),
      error: 'invalid_grant',
      description: 'Invalid JWT Signature.',
    },
    {
      what: 'another account',
      form: (of: Sandbox) => ({ grant_type, assertion: assertion(of, { iss: 'x@y.iam' }) }),
      error: 'invalid_grant',
      description: 'Invalid grant: account not found',
    },
    {
      what: 'another audience',
      form: (of: Sandbox) => ({ grant_type, assertion: assertion(of, { aud: 'https://x.org/' }) }),
      error: 'invalid_grant',
      description: 'Invalid JWT: Failed audience check.',
    },
    {
      what: 'a JWT of long ago',
      form: (of: Sandbox) => ({ grant_type, assertion: assertion(of, { iat: 1, exp: 3601 }) }),
      error: 'invalid_grant',
      description: expect.stringContaining('short-lived'),
    },
    {
      what: 'another grant',
      form: () => ({ grant_type: 'password' }),
      error: 'unsupported_grant_type',
      description: 'Invalid grant_type: password',
    },
  ])('refuses $what', async ({ form, error, description }) => {
    await using sandbox = await startSandbox();
    expect(await requestToken(sandbox, form(sandbox))).toEqual({
      status: 400,
      body: { error, error_description: description },
    });
    expect(sandbox.sheets.report().tokensGranted).toBe(0);
  });
});

describe('the googleapis client', () => {
  it('reads the sheet with the key file that the sandbox wrote', async () => {
    await using sandbox = await startSandbox();
    sandbox.sheets.setRows([
      ['Email', 'Start date'],
      ['ann@x.org', { date: '2026-11-24' }],
    ]);
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    const path = join(folder, 'service-account.json');
    await sandbox.sheets.writeServiceAccountFile(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const key = JSON.parse(await readFile(path, 'utf8'));
    await rm(folder, { recursive: true });

    const client = new auth.JWT({
      email: key.client_email,
      key: key.private_key,
      scopes: ['https://www.googleapis.com/auth/spreadsheets.readonly'],
      // google-auth-library asks Google's own endpoint whatever the key file says.
      transporterOptions: {
        adapter: async (request, send) => {
          if (String(request.url) === 'https://oauth2.googleapis.com/token')
            request.url = new URL(key.token_uri);
          return send(request);
        },
      },
    });
    const api = sheetsApi({ version: 'v4', auth: client, rootUrl: `${sandbox.url}/` });
    const { data } = await api.spreadsheets.values.batchGet({
      spreadsheetId: 'sandbox-roster',
      ranges: ['Roster!1:1', 'Roster!A2:B'],
      valueRenderOption: 'UNFORMATTED_VALUE',
    });
    expect(data.valueRanges).toEqual([
      { range: 'Roster!A1:Z1', majorDimension: 'ROWS', values: [['Email', 'Start date']] },
      { range: 'Roster!A2:B1000', majorDimension: 'ROWS', values: [['ann@x.org', 46350]] },
    ]);
    await expect(api.spreadsheets.get({ spreadsheetId: 'OTHER', auth: client })).rejects.toMatchObject({
      status: 404,
    });
    expect(sandbox.sheets.report().tokensGranted).toBe(1);
  });
});
