import { afterAll, beforeAll, expect, test } from 'vitest';
import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import { type School, startSchool } from '../support/school.ts';
import { OPERATOR, VIEWER } from '../support/service.ts';
import { serveApp } from './app.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
  const data = { run: null, pools: ['of bob@x.example.org'], note: `key ${SANDBOX_API_KEY}` };
  await school.service.queues.sync.add('old-job', data, { jobId: 'an-old-job' });
});
afterAll(() => school[Symbol.asyncDispose]());

function ask(url: string, method: string, target: string, token = VIEWER): Promise<Response> {
  return fetch(`${url}/queues${target}`, { method, headers: { authorization: `Bearer ${token}` } });
}

test('bull-board shows the jobs with addresses and keys masked', async () => {
  await using app = await serveApp(school);
  const answer = await ask(app.url, 'GET', '/api/queues?activeQueue=sync&status=waiting');
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain('an-old-job');
  expect(text).toContain('***@***');
  expect(text).not.toContain('bob@');
  expect(text).not.toContain(SANDBOX_API_KEY);
});

test('its page loads, and asks nobody else for anything', async () => {
  await using app = await serveApp(school);
  const page = await ask(app.url, 'GET', '');
  expect(page.status).toBe(200);
  const html = await page.text();
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/https?:/);
  const script = /src="(static\/js\/[^"]+)"/.exec(html)?.[1] ?? '';
  expect((await ask(app.url, 'GET', `/${script}`)).status).toBe(200);
  expect((await ask(app.url, 'HEAD', '')).status).toBe(200);
  const again = await ask(app.url, 'GET', '/?status=active');
  expect([again.status, new URL(again.url).search]).toEqual([200, '?status=active']);
});

test('it is read-only, for operators too', async () => {
  await using app = await serveApp(school);
  expect((await ask(app.url, 'PUT', '/api/queues/sync/pause')).status).toBe(403);
  expect((await ask(app.url, 'PUT', '/api/queues/sync/pause', OPERATOR)).status).toBe(405);
  expect((await ask(app.url, 'PUT', '/api/queues/sync/an-old-job/clean', OPERATOR)).status).toBe(405);
});

test('where the configuration allows it, an operator acts and a viewer does not', async () => {
  const http = {
    port: 0,
    queueActions: true,
    tokens: [
      { name: 'ops', role: 'operator', token: OPERATOR },
      { name: 'board', role: 'viewer', token: VIEWER },
    ],
  };
  await using app = await serveApp(school, { http });
  expect((await ask(app.url, 'PUT', '/api/queues/sync/pause')).status).toBe(403);
  expect((await ask(app.url, 'PUT', '/api/queues/sync/pause', OPERATOR)).status).toBe(200);
  expect(await school.service.queues.sync.isPaused()).toBe(true);
});
