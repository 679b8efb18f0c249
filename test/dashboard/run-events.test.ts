import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fromInstant } from '../../src/dates.ts';
import { eventsAfter, publish } from '../../src/ledger/events.ts';
import { type School, startSchool, teaches } from '../support/school.ts';
import { call, servicesOf, VIEWER } from '../support/service.ts';
import { until } from '../support/until.ts';
import { type ServedApp, serveApp } from './app.ts';
import { follow, type Message } from './follow.ts';

const told = z.object({ pool: z.string().nullable(), step: z.string(), text: z.string(), time: z.string() });

/** What was told, without where the run is, which is not part of it. */
function toldIn(messages: readonly Message[]): Message[] {
  return messages.filter(({ event }) => event !== 'now');
}

/** The steps in their order, each once for as long as it lasts. */
function stepsOf(messages: readonly Message[]): string[] {
  const steps = toldIn(messages).map(({ data }) => told.parse(data).step);
  return steps.filter((step, place) => step !== steps[place - 1]);
}

describe('the messages of a run', () => {
  let school: School;
  let app: ServedApp;
  beforeAll(async () => {
    school = await startSchool({
      salable: { subscriptions: [{ seats: 2, assigned: ['owner@example.org'] }] },
      roster: teaches('ada@example.org', 'ben@example.org'),
    });
    app = await serveApp(school);
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await school[Symbol.asyncDispose]();
  });
  let run = '';

  test('are told as they come, each with its place, to the end', async () => {
    const { run: id } = await school.trigger();
    run = id;
    const following = await follow(app.url, run);
    expect(following.answer.headers.get('content-type')).toContain('text/event-stream');
    expect(following.answer.headers.get('x-accel-buffering')).toBe('no');
    await until('the first message', () => following.messages.length > 0 || null);
    // Nobody works yet, and that is said.
    expect(stepsOf(following.messages)).toEqual(['start']);
    school.workHere();
    await following.ended;
    expect(stepsOf(following.messages)).toEqual([
      'start',
      'roster',
      'read',
      'plan',
      'increment',
      'assign',
      'verify',
      'done',
      'end',
    ]);
    const last = following.messages.at(-1);
    expect(last).toMatchObject({ event: 'end', data: { text: 'the run has ended: in-sync' } });
    expect(toldIn(following.messages).every(({ id: place }) => /^\d+-\d+$/.test(place))).toBe(true);
    const plan = toldIn(following.messages)
      .map(({ data }) => told.parse(data))
      .find(({ step }) => step === 'plan');
    expect(plan).toMatchObject({ pool: 'teaching', text: '1 to buy, 2 to assign' });
  });

  test('are told again from the place after a break, and all of them to someone who comes late', async () => {
    const all = await follow(app.url, run);
    await all.ended;
    const middle = all.messages[5]?.id ?? '';
    const rest = await follow(app.url, run, { 'last-event-id': middle });
    await rest.ended;
    expect(rest.messages).toEqual(all.messages.slice(6));
    const asked = await follow(app.url, run, {}, middle);
    await asked.ended;
    expect(asked.messages).toEqual(all.messages.slice(6));
    for (const place of ['no such place', '999999999999999-0']) {
      const odd = await follow(app.url, run, { 'last-event-id': place });
      await odd.ended;
      expect(odd.messages).toEqual(all.messages);
    }
  });

  test('an end is told of a run whose messages are gone', async () => {
    await school.service.context.store.redis.del(`{cohort-sync}:ledger:run:${run}:events`);
    const gone = await follow(app.url, run);
    await gone.ended;
    expect(gone.messages.at(-1)).toMatchObject({ event: 'end' });
  });

  test('need a token, and a run', async () => {
    expect((await call(app.url, 'GET', `/api/runs/${run}/events`, { token: null })).status).toBe(401);
    expect((await call(app.url, 'GET', '/api/runs/r-none/events')).status).toBe(404);
    const answer = await call(app.url, 'GET', `/api/runs/${run}/events`, { token: VIEWER });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
  });
});

test('a run on which nobody works says so, and one whose worker died says that it is gone on with', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 2 }] },
    roster: teaches('ada@example.org'),
  });
  await using app = await serveApp(school);
  const { run } = await school.trigger();
  const following = await follow(app.url, run);
  const now = () => following.messages.findLast(({ event }) => event === 'now')?.data;
  await until('a word on where the run is', () => now() ?? null);
  expect(now()).toEqual([
    {
      pool: 'teaching',
      text: expect.stringMatching(/^no worker is running, so nothing is done: .* Last: started by cli/),
    },
  ]);

  const hanging = school.sandbox.faults.order({ match: { provider: 'salable' }, fault: { kind: 'silence' } });
  const worker = await school.worker();
  await hanging.hit();
  await worker.kill();
  school.workHere();
  await following.ended;
  expect(stepsOf(following.messages)).toContain('take-over');
});

test('a stream ends with the session that opened it', async () => {
  await using school = await startSchool();
  const { context } = school.service;
  let ahead = 0;
  const clock = { now: () => context.clock.now() + ahead };
  // Its seconds are short, so that the session is soon looked at again.
  const timer = { ...context.timer, elapsed: () => performance.now() * 20 };
  await using app = await serveApp(school, {}, undefined, { ...context, clock, timer });
  const { run } = await school.trigger();
  const body = new URLSearchParams({ token: VIEWER });
  const signedIn = await fetch(`${app.url}/sign-in`, { method: 'POST', body, redirect: 'manual' });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const following = await follow(app.url, run, { cookie, authorization: '' });
  await until('the first message', () => following.messages.length > 0 || null);
  ahead = 13 * 3_600_000;
  await following.ended;
  expect(following.messages.at(-1)?.event).toBe('signed-out');
  expect((await call(app.url, 'GET', `/api/runs/${run}/events`, { token: null })).status).toBe(401);
});

test('an answer to HEAD is no stream that stays open', async () => {
  await using school = await startSchool();
  await using app = await serveApp(school);
  const { run } = await school.trigger();
  for (let asked = 0; asked <= 100; asked++)
    expect((await call(app.url, 'HEAD', `/api/runs/${run}/events`)).status).toBe(200);
});

test('a hundred streams are followed at most, and their end gives room again', async () => {
  await using school = await startSchool();
  await using app = await serveApp(school);
  const { run } = await school.trigger();
  const { store } = school.service.context;
  const event = {
    at: '2026-11-28T10:00:00Z',
    pool: null,
    step: 'x',
    text: 'x',
    done: null,
    of: null,
    until: null,
  };
  await publish(store, run, event, () => undefined);
  const streams = await Promise.all(Array.from({ length: 100 }, () => follow(app.url, run)));
  await until(
    'all to be told',
    () => streams.every(({ messages }) => stepsOf(messages).includes('x')) || null,
  );
  const refused = await call(app.url, 'GET', `/api/runs/${run}/events`);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('10');
  for (const stream of streams.slice(0, 50)) stream.leave();
  await until('room for one more', async () => {
    const answer = await call(app.url, 'GET', `/api/runs/${run}/events`);
    await answer.body?.cancel();
    return answer.status === 200 || null;
  });
  for (const stream of streams) stream.leave();
});

test('a stream that is open keeps the service from ending no longer than it takes', async () => {
  await using school = await startSchool();
  await using services = servicesOf(school);
  const service = await services.start({ only: 'http' });
  const { run } = await school.trigger();
  const following = await follow(service.url, run);
  await until('the first message', () => following.messages.length > 0 || null);
  const asked = performance.now();
  service.signal('SIGTERM');
  expect(await service.ended).toBe(0);
  expect(performance.now() - asked).toBeLessThan(3_000);
  await following.ended;
});

test('a provider that refuses and then asks to be left alone is told of with the try, its time and until when', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 2, assigned: ['owner@example.org'] }] },
    roster: teaches('ada@example.org'),
  });
  const order = (method: string, status: number, headers = {}) =>
    school.sandbox.faults.order({
      match: { provider: 'salable', method },
      fault: { kind: 'status', status, headers },
    });
  order('GET', 503);
  order('PUT', 429, { 'retry-after': '1' });
  school.workHere();
  const { run } = await school.sync();
  const events = (await eventsAfter(school.service.context.store, run, '0')).map(({ event }) => event);
  const [retry] = events.filter(({ step }) => step === 'retry');
  expect(retry?.text).toMatch(/\(503\).* Trying again in \d s: try 2 of 5, at \d\d:\d\d:\d\d\.$/);
  expect(retry?.until).toMatch(/^2.*Z$/);
  const [limited] = events.filter(({ step }) => step === 'rate-limited');
  expect(limited?.text).toMatch(/429.* try 2 of 5, at \d\d:\d\d:\d\d\.$/);
  expect(fromInstant(limited?.until ?? '')).toBeGreaterThan(fromInstant(limited?.at ?? '') + 900);
  expect(events.findLast(({ step }) => step === 'assign')).toMatchObject({ done: 1, of: 1 });
});
