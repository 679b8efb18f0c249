import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../src/dashboard/routes.ts';
import * as schemas from '../../src/dashboard/schemas.ts';
import { readHoldsOfRun } from '../../src/ledger/holds.ts';
import { listRuns } from '../../src/ledger/runs.ts';
import { type School, startSchool, taught, teaches } from '../support/school.ts';
import { call, VIEWER } from '../support/service.ts';
import { type ServedApp, serveApp } from './app.ts';

describe('requests', () => {
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

  const faulty = async (body: unknown) => {
    const answer = await call(app.url, 'POST', '/api/sync', { body });
    return { status: answer.status, problem: schemas.problem.parse(await answer.json()) };
  };

  test('a body that is no JSON, or not as it has to be, is refused with what is wrong', async () => {
    expect(await faulty('{"pools":')).toMatchObject({
      status: 400,
      problem: { detail: 'the body is not JSON' },
    });
    expect((await faulty({ pools: ['NO SUCH POOL'] })).problem.faults?.[0]?.path).toBe('pools[0]');
    expect((await faulty({ pools: 'teaching' })).problem.faults?.[0]?.path).toBe('pools');
    expect((await faulty({ pool: ['teaching'] })).status).toBe(400);
    expect((await faulty([])).status).toBe(400);
    expect((await faulty('null')).status).toBe(400);
    expect((await faulty({ pools: ['zoom'] })).problem).toMatchObject({
      detail: 'there is no pool zoom',
      advice: 'The configuration has teaching.',
    });
    expect(await listRuns(school.service.context.store, 5)).toEqual([]);
  });

  test('a body that is too large is refused, whether or not it says how long it is', async () => {
    const large = JSON.stringify({ note: 'x'.repeat(100_000) });
    expect((await faulty(large)).status).toBe(413);
    const stream = new Response(large).body;
    const request = new Request(`${app.url}/api/sync`, {
      method: 'POST',
      headers: { authorization: 'Bearer operator-token-0123456789', 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    });
    expect((await fetch(request)).status).toBe(413);
  });

  test('what is not there is said to be missing', async () => {
    const missing = await call(app.url, 'GET', '/api/runs/r-20260101-000000-none');
    expect(missing.status).toBe(404);
    expect(schemas.problem.parse(await missing.json()).detail).toContain('there is no run');
    expect((await call(app.url, 'GET', '/api/nothing')).status).toBe(404);
    expect((await call(app.url, 'GET', '/api/forecast?weeks=0')).status).toBe(400);
    expect((await call(app.url, 'GET', '/api/runs?last=many')).status).toBe(400);
  });

  test('the OpenAPI document has the routes of the API, each with what it takes and gives', async () => {
    const document: unknown = await (await call(app.url, 'GET', '/openapi.json', { token: VIEWER })).json();
    expect(document).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/api/sync': { post: { 'x-role': 'operator', responses: { 202: {}, 400: {}, 401: {}, 403: {} } } },
        '/api/runs/{id}': { get: { parameters: [{ name: 'id', in: 'path' }] } },
        '/api/plan': { get: { parameters: [{ name: 'pool', in: 'query' }] } },
        '/healthz': { get: { security: [] } },
      },
    });
    const paths = Object.keys(Object(Object(document).paths));
    const routes = Object.values(ROUTES).map((route) => route.path.replace(':id', '{id}'));
    expect(paths.sort()).toEqual([...new Set(routes)].sort());
  });
});

test('200 triggers at once are one run', async () => {
  await using school = await startSchool();
  await using app = await serveApp(school);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => call(app.url, 'POST', '/api/sync', { body: { pools: [] } })),
  );
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
  const documents = await Promise.all(
    answers.map(async (answer) => schemas.triggered.parse(await answer.json())),
  );
  expect(new Set(documents.map((document) => document.run)).size).toBe(1);
  expect(documents.filter((document) => !document.joined)).toHaveLength(1);
  expect(await listRuns(school.service.context.store, 5)).toHaveLength(1);
});

test('while Redis is away the API says so, and comes back by itself', async () => {
  await using school = await startSchool();
  await using app = await serveApp(school);
  await school.redis.kill();
  const away = await call(app.url, 'POST', '/api/sync', { body: {} });
  expect(away.status).toBe(503);
  const ready = await call(app.url, 'GET', '/readyz', { token: null });
  expect(ready.status).toBe(503);
  expect(schemas.readiness.parse(await ready.json()).problems[0]).toContain('Redis does not answer');
  expect((await call(app.url, 'GET', '/healthz', { token: null })).status).toBe(200);
  await school.redis.restart();
  await expect
    .poll(async () => (await call(app.url, 'POST', '/api/sync', { body: {} })).status, { timeout: 10_000 })
    .toBe(202);
});

const LEAVERS = ['lena', 'leo', 'lia', 'lou'].map((name) => `${name}@example.org`);

test('a run is started, shown, approved by name, and counted in the metrics', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 5, assigned: [...LEAVERS, 'owner@example.org'] }] },
    roster: teaches(...LEAVERS, 'ada@example.org'),
  });
  await using app = await serveApp(school);
  school.workHere();

  const started = await call(app.url, 'POST', '/api/sync', { body: { pools: ['teaching'] } });
  expect(started.status).toBe(202);
  const { run } = schemas.triggered.parse(await started.json());
  expect(started.headers.get('location')).toBe(`/api/runs/${run}`);
  await school.ended(run);
  const shown = schemas.runDocument.parse(await (await call(app.url, 'GET', `/api/runs/${run}`)).json());
  expect(shown).toMatchObject({ run, trigger: 'http', verdict: 'in-sync' });

  // All of them vanish from the sheet in the middle of their cohort.
  school.setRoster(teaches('ada@example.org'));
  const plan = schemas.planDocument.parse(
    await (await call(app.url, 'GET', '/api/plan', { token: VIEWER })).json(),
  );
  expect(plan.pools[0]?.held.map((line) => line.grantee).sort()).toEqual(LEAVERS);
  const forecast = await call(app.url, 'GET', '/api/forecast?weeks=2', { token: VIEWER });
  expect(schemas.forecastDocument.parse(await forecast.json()).pools[0]).toMatchObject({
    pool: 'teaching',
    paid: 6,
  });
  const held = schemas.triggered.parse(await (await call(app.url, 'POST', '/api/sync', { body: {} })).json());
  expect((await school.ended(held.run)).verdict).toBe('held');

  const before = await metricsOf(app.url);
  expect(before.get('cohort_sync_holds_open{pool="teaching"}')).toBe(1);
  expect(before.get('cohort_sync_held_lines{pool="teaching"}')).toBe(4);
  expect(before.get('cohort_sync_runs_total{verdict="in-sync"}')).toBe(1);
  expect(before.get('cohort_sync_runs_total{verdict="held"}')).toBe(1);
  expect(before.get('cohort_sync_pool_verdict{pool="teaching",verdict="held"}')).toBe(1);

  const body = { note: 'they have left' };
  const approval = await call(app.url, 'POST', `/api/runs/${held.run}/approve`, { body });
  expect(approval.status).toBe(202);
  const approved = schemas.approved.parse(await approval.json());
  expect(approved.approved[0]?.lines.map((line) => line.grantee).sort()).toEqual(LEAVERS);
  const [hold] = await readHoldsOfRun(school.service.context.store, held.run);
  expect(hold).toMatchObject({ state: 'approved', by: 'ops', note: 'they have left' });
  const after = await school.ended(approved.run);
  expect(after.trigger).toBe('approval');
  expect([...(after.pools[0]?.done.unassigned ?? [])].sort()).toEqual(LEAVERS);

  const again = await call(app.url, 'POST', `/api/runs/${held.run}/approve`, { body: {} });
  expect(again.status).toBe(409);
  expect(schemas.problem.parse(await again.json()).detail).toContain('was approved by ops');
  expect((await call(app.url, 'POST', '/api/runs/r-none/reject', { body: {} })).status).toBe(404);

  const seats = await metricsOf(app.url);
  expect(seats.get('cohort_sync_holds_open{pool="teaching"}')).toBe(0);
  expect(seats.get('cohort_sync_seats{pool="teaching",state="assigned"}')).toBe(2);
  expect(seats.get('cohort_sync_seconds_since_success{pool="teaching"}')).toBeLessThan(20);
  expect(seats.get('cohort_sync_workers{state="alive"}')).toBe(1);
  const list = schemas.runList.parse(await (await call(app.url, 'GET', '/api/runs?last=2')).json());
  expect(list.runs.map((each) => each.trigger)).toEqual(['approval', 'http']);
});

test('a rejected hold is not asked again', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 5, assigned: [...LEAVERS, 'owner@example.org'] }] },
    roster: teaches(...LEAVERS),
  });
  await using app = await serveApp(school);
  school.workHere();
  await school.sync();
  school.setRoster(taught('former@example.org'));
  const held = await school.sync();
  expect(held.verdict).toBe('held');
  const answer = await call(app.url, 'POST', `/api/runs/${held.run}/reject`, {
    body: { pools: ['teaching'] },
  });
  expect(answer.status).toBe(200);
  expect(schemas.rejected.parse(await answer.json()).rejected[0]?.lines).toHaveLength(4);
  expect((await school.sync()).pools[0]?.held).toEqual([]);
});

test('metrics are whole for each of several who ask at once', async () => {
  await using school = await startSchool({ roster: teaches('ada@example.org') });
  await using app = await serveApp(school);
  school.workHere();
  await school.sync();
  // Each asks again at once, so that they overlap in every way.
  const asking = Array.from({ length: 4 }, async () => {
    for (let time = 0; time < 50; time++)
      expect((await metricsOf(app.url)).get('cohort_sync_seats{pool="teaching",state="total"}')).toBe(1);
  });
  await Promise.all(asking);
});

/** The metrics by their names with labels. */
async function metricsOf(url: string): Promise<Map<string, number>> {
  const answer = await call(url, 'GET', '/metrics', { token: VIEWER });
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
