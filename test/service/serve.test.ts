import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import * as schemas from '../../src/dashboard/schemas.ts';
import { systemClock } from '../../src/dates.ts';
import { listRuns } from '../../src/ledger/runs.ts';
import { takeTick } from '../../src/ledger/ticks.ts';
import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import { schedulesOf } from '../../src/schedule/schedules.ts';
import { startTestRedis } from '../support/redis.ts';
import { type School, startSchool, teaches } from '../support/school.ts';
import { call, OPERATOR, servicesOf } from '../support/service.ts';
import { until } from '../support/until.ts';

const TEACHERS = ['ada', 'bo', 'cy'].map((name) => `${name}@example.org`);

function smallSchool(): Promise<School> {
  return startSchool({
    salable: { subscriptions: [{ seats: 4, assigned: ['owner@example.org'] }] },
    roster: teaches(...TEACHERS),
  });
}

async function startRun(url: string): Promise<string> {
  const answer = await call(url, 'POST', '/api/sync', { body: {} });
  expect(answer.status).toBe(202);
  return schemas.triggered.parse(await answer.json()).run;
}

describe.concurrent('serve', () => {
  test('does a run, tells it in JSON lines without a secret, and ends with 0', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const serve = await services.start({ settings: { log: { level: 'debug' } } });
    const run = await startRun(serve.url);
    expect((await school.ended(run)).pools[0]?.done.assigned).toEqual(TEACHERS);
    serve.signal('SIGTERM');
    expect(await serve.ended).toBe(0);

    const lines = serve.lines();
    expect(lines.map((line) => line.msg)).toEqual(expect.arrayContaining(['starting', 'ready', 'stopped']));
    const ofRun = lines.filter((line) => line.run === run && line.pool === 'teaching');
    expect(ofRun.length).toBeGreaterThan(2);
    expect(serve.log()).not.toContain(SANDBOX_API_KEY);
    expect(serve.log()).not.toContain(OPERATOR);
    const { store } = school.service.context;
    expect(await store.redis.hgetall('{cohort-sync}:ledger:workers')).toEqual({});
  });

  test('its log names nobody but those whom an action concerns', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const [ada = '', ...others] = TEACHERS;
    const first = await services.start({ name: 'first' });
    await school.ended(await startRun(first.url));
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);

    school.setRoster(teaches(...TEACHERS, 'new@example.org', 'not,an.address@example'));
    const second = await services.start({ name: 'second' });
    const run = await startRun(second.url);
    const { problems, pools } = await school.ended(run);
    expect(problems).toHaveLength(1);
    expect(pools[0]?.done.assigned).toEqual(['new@example.org']);
    second.signal('SIGTERM');
    expect(await second.ended).toBe(0);
    for (const person of [ada, ...others, 'owner@example.org', 'an.address'])
      expect(second.log()).not.toContain(person);
    expect(second.lines().some(({ msg }) => msg.includes('1 problem'))).toBe(true);
  });

  test('SIGTERM lets the call under way finish, and another process goes on with the run', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const first = await services.start();
    const held = school.sandbox.faults.order({
      match: { provider: 'salable', method: 'PUT' },
      times: 1,
      fault: { kind: 'hold', when: 'after' },
    });
    const run = await startRun(first.url);
    await held.hit();
    first.signal('SIGTERM');
    await until('the end to begin', () => first.log().includes('stopping'));
    held.release();
    expect(await first.ended).toBe(0);
    await services.start({ only: 'worker' });
    expect((await school.ended(run)).verdict).toBe('in-sync');
    expect(school.sandbox.effects()).toHaveLength(TEACHERS.length);
  });

  test('waits for a Redis that is not there yet, and is stopped while it waits', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    await school.redis.kill();
    const patient = services.begin({ name: 'patient' });
    const stopped = services.begin({ name: 'stopped' });
    await until('word of the wait', () => stopped.log().includes('Redis is away'));
    stopped.signal('SIGTERM');
    expect(await stopped.ended).toBe(0);
    await until('word of the wait', () => patient.log().includes('Redis is away'));
    await school.redis.restart();
    const url = await patient.ready();
    expect((await call(url, 'GET', '/readyz', { token: null })).status).toBe(200);
  });

  test('an outage of Redis is told once when it begins and once when it is over, however long it takes', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const settings = { log: { level: 'debug' }, schedule: [{ cron: '* * * * * *' }] };
    const serve = await services.start({ settings });
    await school.redis.kill();
    const tries = () => serve.lines().filter(({ msg }) => msg.includes('lost its connection')).length;
    await until('many tries of the queues', () => tries() > 30);
    await school.redis.restart();
    await until('word of the end', () => serve.log().includes('Redis is back'));
    const told = serve.lines().filter(({ level }) => level === 'warn' || level === 'error');
    const counts = Map.groupBy(told, ({ msg, schedule }) => `${msg} ${schedule ?? ''}`);
    expect(told.filter(({ msg }) => msg === 'Redis is away')).toHaveLength(1);
    for (const [message, lines] of counts) expect(lines, message).toHaveLength(1);
  });

  test('refuses a Redis that may drop keys, and warns of one that may lose a second', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const redis = await startTestRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    try {
      const refused = services.begin({ settings: { redis: { url: redis.url } } });
      expect(await refused.ended).toBe(1);
      expect(refused.log()).toContain('set maxmemory-policy noeviction');
      await redis.connect().config('SET', 'maxmemory-policy', 'noeviction');
      const warned = await services.start({ settings: { redis: { url: redis.url } } });
      expect(warned.log()).toContain('set appendonly yes, appendfsync always');
      const answer = await call(warned.url, 'GET', '/readyz', { token: null });
      expect(answer.status).toBe(200);
      expect(schemas.readiness.parse(await answer.json()).warnings[0]).toContain('appendonly yes');
    } finally {
      await redis.stop();
    }
  });

  test('takes over a changed configuration at SIGHUP, and refuses a bad one', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const serve = await services.start({ name: 'live' });
    const settings = (token: string) => ({
      http: { port: 0, tokens: [{ name: 'new', role: 'operator', token }] },
    });
    services.write({ name: 'live', settings: { ...settings('short'), timeZone: 'Nowhere' } });
    serve.signal('SIGHUP');
    await until('the refusal', () => serve.log().includes('is refused'));
    const refusal = serve.lines().find((line) => line.msg.includes('is refused'));
    expect(refusal?.faults).toEqual([
      expect.objectContaining({ path: 'timeZone' }),
      expect.objectContaining({ path: 'http.tokens[0].token' }),
    ]);
    expect((await call(serve.url, 'GET', '/api/runs')).status).toBe(200);

    services.write({ name: 'live', settings: settings('another-token-0123456789') });
    serve.signal('SIGHUP');
    await until('the change', () => serve.log().includes('is in force'));
    expect((await call(serve.url, 'GET', '/api/runs')).status).toBe(401);
    const run = await call(serve.url, 'POST', '/api/sync', { token: 'another-token-0123456789', body: {} });
    const { run: id } = schemas.triggered.parse(await run.json());
    expect((await school.ended(id)).verdict).toBe('in-sync');

    // An address that is taken is a fault that only starting shows.
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : 0;
    services.write({ name: 'live', settings: { http: { port } } });
    serve.signal('SIGHUP');
    await until('the second refusal', () => serve.log().split('is refused').length > 2);
    const answer = await call(serve.url, 'GET', '/api/runs', { token: 'another-token-0123456789' });
    expect(answer.status).toBe(200);
    taken.close();
    serve.signal('SIGTERM');
    expect(await serve.ended).toBe(0);
  });

  test('in roles: two workers share the work of what others start, and one that is killed is replaced by the other', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    const [front] = await Promise.all([
      services.start({ only: 'http', name: 'front' }),
      services.start({ only: 'schedule', name: 'clock' }),
    ]);
    expect((await call(front.url, 'GET', '/readyz', { token: null })).status).toBe(200);
    const [one, two] = await Promise.all([
      services.start({ only: 'worker', name: 'one' }),
      services.start({ only: 'worker', name: 'two' }),
    ]);
    expect(one.url).toBe('none');
    const run = await startRun(front.url);
    expect((await school.ended(run)).pools[0]?.done.assigned).toEqual(TEACHERS);
    one.signal('SIGKILL');
    school.setRoster(teaches(...TEACHERS, 'dee@example.org'));
    const next = await startRun(front.url);
    expect((await school.ended(next)).pools[0]?.done).toMatchObject({
      incremented: 1,
      assigned: ['dee@example.org'],
    });
    two.signal('SIGTERM');
    expect(await two.ended).toBe(0);
    await until('a warning that nobody works', async () => {
      const answer = await call(front.url, 'GET', '/readyz', { token: null });
      return schemas.readiness.parse(await answer.json()).warnings.some((each) => each.includes('no worker'));
    });
  });

  test('a run that was missed is made up once by three replicas, and a monitor hears of it once', async () => {
    await using school = await smallSchool();
    await using services = servicesOf(school);
    let beats = 0;
    const monitor = createServer((_request, response) => {
      beats += 1;
      response.end('OK');
    });
    await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
    const address = monitor.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const settings = {
      schedule: [{ cron: '0 * * * *' }],
      heartbeat: { url: `http://127.0.0.1:${port}/ping/secret` },
    };
    const config = loadConfig({ path: services.write({ settings }), cwd: school.folder, env: process.env });
    const [hourly] = schedulesOf(config, new Map());
    const { store } = school.service.context;
    const ago = systemClock.now() - 3 * 60 * 60_000;
    const tick = { schedule: hourly?.id ?? '', local: '2026-01-01T00:00:00', at: ago, before: null };
    await takeTick(store, tick, 'r-before');

    const replicas = ['a', 'b', 'c'].map((name) => services.start({ settings, name }));
    const [first] = await Promise.all(replicas);
    const { run } = await until('the run', async () => (await listRuns(store, 5))[0]);
    expect((await school.ended(run)).trigger).toBe('cron');
    await until('the heartbeat', () => beats > 0);
    expect(await listRuns(store, 5)).toHaveLength(1);
    expect(run).toMatch(/^r-\d{8}-\d{2}0000-/);
    const list = await call(first?.url ?? '', 'GET', '/api/runs');
    expect(schemas.runList.parse(await list.json()).next[0]).toMatchObject({ why: 'cron 0 * * * *' });
    expect(beats).toBe(1);
    monitor.close();
  });
});
