import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localPath } from '../../src/dashboard/pages/sign-in.ts';
import { SESSION_SECONDS } from '../../src/dashboard/session.ts';
import { type School, startSchool } from '../support/school.ts';
import { call, OPERATOR, TOKENS, VIEWER } from '../support/service.ts';
import { type ServedApp, serveApp } from './app.ts';
import * as visitor from './visitor.ts';

let school: School;
let app: ServedApp;
beforeAll(async () => {
  school = await startSchool();
  app = await serveApp(school);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

function get(path: string, headers: Record<string, string> = {}, url = app.url): Promise<Response> {
  return visitor.get(`${url}${path}`, headers);
}

function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  url = app.url,
): Promise<Response> {
  return visitor.post(`${url}${path}`, fields, headers);
}

const cookieOf = (token: string) => visitor.cookieOf(app.url, token);
const formTokenOf = (cookie: string) => visitor.formTokenOf(app.url, cookie);

describe('signing in', () => {
  test('a right token gives a strict, signed cookie that does not tell the token', async () => {
    const answer = await post('/sign-in', { token: OPERATOR, next: '/runs?x=1' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/runs?x=1');
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie.split('; ').slice(1).sort()).toEqual(
      ['HttpOnly', `Max-Age=${SESSION_SECONDS}`, 'Path=/', 'SameSite=Strict'].sort(),
    );
    expect(decodeURIComponent(cookie)).not.toContain(OPERATOR);
    expect(Buffer.from(cookie, 'base64').toString('latin1')).not.toContain(OPERATOR);
  });

  test.each([
    [
      'the browser says that it came by https',
      { origin: 'https://sync.example.org', 'x-forwarded-host': 'sync.example.org' },
    ],
    ['a proxy says so', { 'x-forwarded-proto': 'https' }],
  ])('the cookie is for https only where %s', async (_, headers) => {
    const answer = await post('/sign-in', { token: VIEWER }, headers);
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
  });

  test('a wrong token is told so on the page, and tries are slowed', async () => {
    await using own = await serveApp(school);
    const first = await post('/sign-in', { token: 'wrong-token-000000000' }, {}, own.url);
    expect(first.status).toBe(401);
    expect(first.headers.get('set-cookie')).toBeNull();
    expect(await first.text()).toContain('This token is not known');
    for (let tries = 1; tries < 10; tries++)
      await post('/sign-in', { token: `wrong-token-00000000${tries}` }, {}, own.url);
    const slowed = await post('/sign-in', { token: OPERATOR }, {}, own.url);
    expect(slowed.status).toBe(429);
    expect(slowed.headers.get('set-cookie')).toBeNull();
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(50);
    // They are the same tries as those with bearer tokens.
    expect((await call(own.url, 'GET', '/api/runs', { token: VIEWER })).status).toBe(429);
  });

  test('a token in the address is no sign-in', async () => {
    const answer = await get(`/?token=${OPERATOR}`);
    expect(answer.status).toBe(303);
    expect(await get(`/sign-in?token=${OPERATOR}`).then((page) => page.headers.get('set-cookie'))).toBeNull();
  });

  test('afterwards one goes to pages of this service only', async () => {
    const elsewhere = [
      'https://evil.example.org/',
      '//evil.example.org',
      '/\\evil.example.org',
      '/\t/evil.example.org',
      '\\\\evil.example.org',
      '/%2e%2e//evil.example.org',
      '/.//evil.example.org',
      'javascript:alert(1)',
      '/sign-out',
      '',
    ];
    const long = await post('/sign-in', { token: OPERATOR, next: `/${'a'.repeat(10_000)}` });
    expect(long.headers.get('location')).toBe('/');
    for (const next of elsewhere) {
      expect([next, localPath(next)]).toEqual([next, '/']);
      const answer = await post('/sign-in', { token: OPERATOR, next });
      expect(answer.headers.get('location')).toBe('/');
    }
    expect(localPath('/people?q=ann&page=2#x')).toBe('/people?q=ann&page=2#x');
  });
});

describe('a session', () => {
  test('opens the pages, the API and the queues, as the role of its token', async () => {
    const cookie = await cookieOf(VIEWER);
    for (const path of ['/', '/api/runs', '/metrics', '/openapi.json', '/queues']) {
      expect([path, (await get(path, { cookie })).status]).toEqual([path, 200]);
    }
    const headers = { cookie, 'content-type': 'application/json' };
    const refused = await fetch(`${app.url}/api/sync`, { method: 'POST', headers, body: '{}' });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });

  test('that was tampered with is none', async () => {
    const cookie = decodeURIComponent(await cookieOf(VIEWER));
    const [name = '', value = ''] = cookie.split(/=(.*)/s);
    const [id = '', expiresAt = '', signature = ''] = value.split('.');
    const forged = [
      [id, String(Number(expiresAt) + 9), signature],
      [`${id}x`, expiresAt, signature],
      [id, expiresAt, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
      [id, expiresAt],
      [''],
    ];
    expect((await get('/', { cookie: `${name}=${encodeURIComponent(value)}` })).status).toBe(200);
    for (const parts of forged) {
      const answer = await get('/', { cookie: `${name}=${encodeURIComponent(parts.join('.'))}` });
      expect(answer.status).toBe(303);
    }
  });

  test('outlives a restart, and not its token', async () => {
    const cookie = await cookieOf(OPERATOR);
    await using restarted = await serveApp(school);
    expect((await get('/', { cookie }, restarted.url)).status).toBe(200);
    const [ops] = TOKENS;
    const changed = [{ ...ops, token: 'another-token-0123456789' }];
    await using other = await serveApp(school, { http: { port: 0, tokens: changed } });
    expect((await get('/', { cookie }, other.url)).status).toBe(303);
    const demoted = [{ ...ops, role: 'viewer' }];
    await using lesser = await serveApp(school, { http: { port: 0, tokens: demoted } });
    expect(await (await get('/', { cookie }, lesser.url)).text()).toContain('viewer');
  });

  test('ends by itself after its time', async () => {
    const cookie = await cookieOf(OPERATOR);
    const { context } = school.service;
    const later = (seconds: number) => ({
      ...context,
      clock: { now: () => context.clock.now() + seconds * 1000 },
    });
    await using before = await serveApp(school, {}, undefined, later(SESSION_SECONDS - 60));
    expect((await get('/', { cookie }, before.url)).status).toBe(200);
    await using after = await serveApp(school, {}, undefined, later(SESSION_SECONDS + 1));
    expect((await get('/', { cookie }, after.url)).status).toBe(303);
  });

  test('that was signed out of is over everywhere, for whoever has kept the cookie too', async () => {
    const cookie = await cookieOf(OPERATOR);
    await using replica = await serveApp(school);
    expect((await get('/', { cookie }, replica.url)).status).toBe(200);
    const answer = await post('/sign-out', { form: await formTokenOf(cookie) }, { cookie });
    expect(answer.headers.get('location')).toBe('/sign-in');
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await get('/', { cookie })).status).toBe(303);
    expect((await get('/', { cookie }, replica.url)).status).toBe(303);
  });
});

describe('a form', () => {
  test('without the token of its session, or with that of another one, does nothing', async () => {
    const cookie = await cookieOf(OPERATOR);
    const other = await formTokenOf(await cookieOf(OPERATOR));
    for (const form of ['', 'x', other]) {
      const answer = await post('/sign-out', { form }, { cookie });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('nothing was done');
    }
    expect((await get('/', { cookie })).status).toBe(200);
  });

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example.org' },
    { origin: 'null' },
  ])('that comes from another site does nothing: %o', async (headers) => {
    const cookie = await cookieOf(OPERATOR);
    const answer = await post('/sign-out', { form: await formTokenOf(cookie) }, { cookie, ...headers });
    expect(answer.status).toBe(403);
    expect((await get('/', { cookie })).status).toBe(200);
  });

  test('that is none is refused as that, signed in or not', async () => {
    const headers = {
      cookie: await cookieOf(OPERATOR),
      accept: 'text/html',
      'content-type': 'multipart/form-data; boundary=x',
    };
    for (const path of ['/sign-in', '/sync']) {
      const answer = await fetch(`${app.url}${path}`, { method: 'POST', body: 'no parts', headers });
      expect([path, answer.status]).toEqual([path, 400]);
      expect(await answer.text()).toContain('can’t be read');
    }
  });

  test('sent after the session has ended leads to the sign-in, which says that nothing was done', async () => {
    const answer = await post('/sign-out', { form: 'x' });
    expect(answer.headers.get('location')).toBe('/sign-in?ended=yes');
    expect(await (await get('/sign-in?ended=yes')).text()).toContain('was not done');
  });
});

describe('answers', () => {
  test('a browser is led to the sign-in, a program is told', async () => {
    const browser = await get('/?a=1&b=2');
    expect(browser.status).toBe(303);
    expect(browser.headers.get('location')).toBe(`/sign-in?next=${encodeURIComponent('/?a=1&b=2')}`);
    const program = await get('/', { accept: 'application/json' });
    expect(program.status).toBe(401);
    expect(program.headers.get('content-type')).toBe('application/problem+json');
    expect((await get('/api/runs')).status).toBe(401);
  });

  test('every page has the policy, word for word', async () => {
    const cookie = await cookieOf(VIEWER);
    for (const [path, status] of [
      ['/', 200],
      ['/sign-in', 303],
      ['/nothing-here', 404],
    ] as const) {
      const answer = await get(path, { cookie });
      expect(answer.status).toBe(status);
      if (status === 303) continue;
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      expect(await answer.text()).not.toMatch(/ style=|<style|<script>| on[a-z]+=/);
    }
  });

  test('what the pages load is kept for ever by its content, and open to all', async () => {
    const page = await (await get('/sign-in')).text();
    const paths = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(paths).toHaveLength(3);
    for (const path of paths) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toContain('immutable');
      const old = await get(path.replace(/\/assets\/\w+/, '/assets/0123456789ab'));
      expect(old.headers.get('cache-control')).toBe('no-cache');
    }
    expect((await get('/assets/0/../../package.json')).status).toBe(404);
  });

  test('while the ledger is away a page says so, and what to do', async () => {
    const cookie = await cookieOf(OPERATOR);
    const { context } = school.service;
    const redis = new Proxy(context.store.redis, {
      get: (target, name) =>
        name === 'hgetall' ? () => Promise.reject(new Error('gone')) : Reflect.get(target, name),
    });
    await using broken = await serveApp(school, {}, undefined, { ...context, store: { redis } });
    const answer = await get('/', { cookie }, broken.url);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('The ledger does not answer');
  });
});

test('without tokens everyone on this machine may act, and the page says so', async () => {
  await using open = await serveApp(school, { http: { port: 0 } });
  const page = await get('/', {}, open.url);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('no sign-in needed');
  expect((await get('/sign-in', {}, open.url)).headers.get('location')).toBe('/');
});
