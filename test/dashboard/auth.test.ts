import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as schemas from '../../src/dashboard/schemas.ts';
import { type School, startSchool } from '../support/school.ts';
import { call, OPERATOR, VIEWER } from '../support/service.ts';
import { type ServedApp, serveApp } from './app.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

const READS = [
  '/api/runs',
  '/api/plan',
  '/api/forecast',
  '/api/runs/r-1',
  '/metrics',
  '/openapi.json',
  '/queues',
];
const WRITES = ['/api/sync', '/api/runs/r-1/approve', '/api/runs/r-1/reject'];

describe('with tokens', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await serveApp(school);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([
    ...READS.map((path) => ['GET', path] as const),
    ...WRITES.map((path) => ['POST', path] as const),
  ])('%s %s is refused without a token', async (method, path) => {
    const answer = await call(app.url, method, path, { token: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(schemas.problem.parse(await answer.json()).detail).toContain('a token is needed');
  });

  test('a wrong token is refused, and so is a right one in another scheme', async () => {
    expect((await call(app.url, 'GET', '/api/runs', { token: `${OPERATOR}x` })).status).toBe(401);
    const basic = { authorization: `Basic ${Buffer.from(`ops:${OPERATOR}`).toString('base64')}` };
    expect((await fetch(`${app.url}/api/runs`, { headers: basic })).status).toBe(401);
    expect((await fetch(`${app.url}/api/runs?token=${OPERATOR}`)).status).toBe(401);
  });

  test.each(WRITES)('a viewer may not post to %s', async (path) => {
    const answer = await call(app.url, 'POST', path, { token: VIEWER, body: {} });
    expect(answer.status).toBe(403);
    expect(schemas.problem.parse(await answer.json()).detail).toBe('board may look but not act');
  });

  test('a program with a token need not name the type of what it sends, nor send anything', async () => {
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const bare = await fetch(`${app.url}/api/runs/r-1/approve`, { method: 'POST', headers });
    expect(bare.status).toBe(404);
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    const typed = await fetch(`${app.url}/api/sync`, {
      method: 'POST',
      headers: form,
      body: '{"pools":["nope"]}',
    });
    expect(schemas.problem.parse(await typed.json()).detail).toBe('there is no pool nope');
  });

  test('a viewer looks, and health needs no token', async () => {
    expect((await call(app.url, 'GET', '/api/runs', { token: VIEWER })).status).toBe(200);
    expect((await call(app.url, 'GET', '/healthz', { token: null })).status).toBe(200);
    await school.redis.connect().config('SET', 'appendfsync', 'everysec');
    const ready = schemas.readiness.parse(
      await (await call(app.url, 'GET', '/readyz', { token: null })).json(),
    );
    expect(ready.ready).toBe(true);
    expect(ready.warnings).toContainEqual(expect.stringContaining('appendfsync always'));
    expect(ready.warnings).toContainEqual(expect.stringContaining('no worker is alive'));
  });

  test('every answer has the security headers, and none lets other origins in', async () => {
    const asked = [
      ['/healthz', null],
      ['/api/runs', VIEWER],
      ['/nothing', null],
      ['/metrics', null],
    ] as const;
    for (const [path, token] of asked) {
      const answer = await fetch(`${app.url}${path}`, {
        headers: {
          origin: 'https://evil.example.org',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
      });
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    const preflight = await fetch(`${app.url}/api/sync`, { method: 'OPTIONS' });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test('whoever tries tokens has to wait, and whoever has shown a right one has not', async () => {
  await using app = await serveApp(school);
  expect((await call(app.url, 'GET', '/api/runs', { token: VIEWER })).status).toBe(200);
  for (let tries = 0; tries < 10; tries++) {
    expect((await call(app.url, 'GET', '/api/runs', { token: `wrong-token-${tries}-0123` })).status).toBe(
      401,
    );
  }
  const slowed = await call(app.url, 'GET', '/api/runs', { token: 'wrong-token-10-0123' });
  expect(slowed.status).toBe(429);
  expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(50);
  // Not even a right one tells an attacker that it is right.
  expect((await call(app.url, 'GET', '/api/runs', { token: OPERATOR })).status).toBe(429);
  expect((await call(app.url, 'GET', '/api/runs', { token: VIEWER })).status).toBe(200);
});

test('a request whose headers come too slowly is cut off', async () => {
  await using app = await serveApp(school, {}, { headersMs: 200, requestMs: 400 });
  const { hostname, port } = new URL(app.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', () => undefined);
    socket.write(
      `GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${OPERATOR.slice(0, 4)}`,
    );
  });
  expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/);
});

describe('without tokens, on loopback', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await serveApp(school, { http: { port: 0 } });
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test('everything is allowed as operator', async () => {
    expect((await call(app.url, 'GET', '/api/runs', { token: null })).status).toBe(200);
    expect((await call(app.url, 'POST', '/api/runs/r-1/approve', { token: null })).status).toBe(404);
  });

  test('a program that sends nothing need not name its type', async () => {
    const answer = await fetch(`${app.url}/api/runs/r-1/approve`, { method: 'POST' });
    expect(answer.status).toBe(404);
  });

  test('a foreign name that points here is refused, as a web page would use it', async () => {
    const { port } = new URL(app.url);
    const answer = await rawRequest(Number(port), 'GET /api/runs HTTP/1.1\r\nHost: evil.example.org\r\n');
    expect(answer).toContain('HTTP/1.1 403');
  });

  test('a request from another site is refused', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' };
    const answer = await fetch(`${app.url}/api/sync`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(403);
  });

  test('a form of another site can’t start a run', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', '']) {
      const answer = await fetch(`${app.url}/api/sync`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{}',
      });
      expect(answer.status).toBe(415);
    }
  });
});

function rawRequest(port: number, head: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => resolve(text));
    socket.end(`${head}Connection: close\r\n\r\n`);
  });
}
