import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What the stand-in answers to one request: JSON unless `body` is text; bytes are sent as they are, said to be JSON. `hang`
 * never answers, `reset` hangs up.
 */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly fault?: 'hang' | 'reset';
}

export interface SeenRequest {
  readonly kind: 'token' | 'get' | 'values';
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A token endpoint and the two Sheets requests, on a free loopback port. */
export interface GoogleStandIn {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** Answers that come before the usual one, by kind, in order. */
  readonly next: Record<SeenRequest['kind'], Answer[]>;
  /** The usual answers. */
  sheet: { tabs: unknown[]; values: unknown };
  /** A key file whose token_uri is this stand-in. */
  keyFile(changes?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export const ACCOUNT = 'reader@example-project.iam.gserviceaccount.example.org';
export const ACCESS_TOKEN = 'ya29.stand-in-token';

let privateKey: string | undefined;

export function tab(title: string, more: object = {}, index = 0) {
  return { properties: { sheetId: index, title, index, sheetType: 'GRID' }, ...more };
}

export function values(rows: unknown[][], range = 'Roster!A1:Z1000') {
  return { spreadsheetId: 'SHEET', valueRanges: [{ range, majorDimension: 'ROWS', values: rows }] };
}

export async function startGoogle(): Promise<GoogleStandIn> {
  privateKey ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  const key = privateKey;
  const folder = await mkdtemp(join(tmpdir(), 'google-'));
  const requests: SeenRequest[] = [];
  const next: GoogleStandIn['next'] = { token: [], get: [], values: [] };
  const server = createServer(async (request, response) => {
    const seen = await seenRequest(request);
    requests.push(seen);
    const answer = next[seen.kind].shift() ?? usual(seen.kind);
    if (answer.fault === 'hang') return;
    if (answer.fault === 'reset') {
      request.socket.destroy();
      return;
    }
    const { body } = answer;
    response.writeHead(answer.status ?? 200, {
      'content-type': typeof body === 'string' ? 'text/html' : 'application/json; charset=UTF-8',
      ...answer.headers,
    });
    response.end(typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const standIn: GoogleStandIn = {
    url: `http://127.0.0.1:${port}/`,
    requests,
    next,
    sheet: { tabs: [tab('Roster')], values: values([]) },
    async keyFile(changes = {}) {
      const file = join(folder, `key-${Math.random()}.json`);
      const standard = {
        type: 'service_account',
        client_email: ACCOUNT,
        private_key: key,
        private_key_id: 'k1',
      };
      await writeFile(file, JSON.stringify({ ...standard, token_uri: `${standIn.url}token`, ...changes }));
      return file;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
  function usual(kind: SeenRequest['kind']): Answer {
    if (kind === 'token')
      return { body: { access_token: ACCESS_TOKEN, expires_in: 3600, token_type: 'Bearer' } };
    return {
      body: kind === 'get' ? { spreadsheetId: 'SHEET', sheets: standIn.sheet.tabs } : standIn.sheet.values,
    };
  }
  return standIn;
}

async function seenRequest(request: IncomingMessage): Promise<SeenRequest> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const kind = url.pathname.endsWith('/token')
    ? 'token'
    : url.pathname.includes('/values')
      ? 'values'
      : 'get';
  return { kind, url, authorization: request.headers.authorization, body };
}
