import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toInstant } from '../../src/dates.ts';
import { recordPeople } from '../../src/ledger/people.ts';
import { listRuns, startRun } from '../../src/ledger/runs.ts';
import { type School, startSchool, taught, teaches } from '../support/school.ts';
import { OPERATOR, VIEWER } from '../support/service.ts';
import { type ServedApp, serveApp } from './app.ts';
import { cookieOf, formTokenOf, get, post } from './visitor.ts';

let school: School;
let app: ServedApp;
let operator: string;
let viewer: string;
beforeAll(async () => {
  school = await startSchool({
    pools: [{ id: 'teaching' }, { id: 'grading' }],
    salable: { subscriptions: [{}, {}] },
    roster: [...teaches('ann@example.org', 'zoe@example.org'), ...taught('old@example.org')],
  });
  const file = path.join(school.folder, 'roster.csv');
  writeFileSync(file, readFileSync(file, 'utf8').replace(',zoe,', ',Zoë Ångström,'));
  app = await serveApp(school);
  [operator, viewer] = [await cookieOf(app.url, OPERATOR), await cookieOf(app.url, VIEWER)];
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

async function textOf(target: string, cookie = viewer): Promise<string> {
  const answer = await get(`${app.url}${target}`, { cookie });
  expect([target, answer.status]).toEqual([target, 200]);
  return answer.text();
}

const runs = async () => (await listRuns(school.service.context.store, 1000)).length;

describe('the button that starts a run', () => {
  const press = async (fields: Record<string, string>, cookie = operator) => {
    const form = await formTokenOf(app.url, cookie);
    return post(`${app.url}/sync`, { form, ...fields }, { cookie });
  };

  test('is refused to a viewer, without the token of a form, and for a pool that is not there', async () => {
    const before = await runs();
    expect((await press({}, viewer)).status).toBe(403);
    expect((await press({ form: '' })).status).toBe(403);
    const unknown = await press({ pool: 'zoom' });
    expect(unknown.status).toBe(400);
    expect(await unknown.text()).toContain('There is no pool zoom');
    expect((await get(`${app.url}/sync`, { cookie: operator })).status).toBe(404);
    expect(await runs()).toBe(before);
  });

  test('starts one run of a pool, and a second press joins it and says so', async () => {
    const before = await runs();
    const [first, second] = [await press({ pool: 'teaching' }), await press({ pool: 'teaching' })];
    expect([first.status, second.status]).toEqual([303, 303]);
    const target = first.headers.get('location') ?? '';
    expect(target).toMatch(/^\/runs\/r-/);
    expect(second.headers.get('location')).toBe(`${target}?joined=yes`);
    expect(await runs()).toBe(before + 1);
    // Nobody works on it yet: the page says so, and never that it merely runs.
    const page = await textOf('/');
    expect(page).toContain('A run is at work: no worker is running, so nothing is done');
    expect(await textOf('/runs')).toContain('teaching: no worker is running');
    school.workHere();
    expect((await school.ended(target.slice('/runs/'.length))).pools.map(({ pool }) => pool)).toEqual([
      'teaching',
    ]);
  });
});

describe('after a run', () => {
  beforeAll(async () => {
    await school.sync();
  });

  test('overview, runs and people ask no provider and no sheet (rule 19)', async () => {
    school.sandbox.clearLog();
    rmSync(path.join(school.folder, 'roster.csv'));
    const overview = await textOf('/');
    expect(overview).toContain('<title id="chart-teaching-title">Seats needed and paid in teaching</title>');
    expect(overview).toContain('Enough seats until');
    expect(await textOf('/runs')).toContain('teaching: in sync');
    const people = await textOf('/people');
    for (const each of ['ann@example.org', 'zoe@example.org', 'old@example.org'])
      expect(people).toContain(each);
    expect(school.sandbox.requests()).toEqual([]);
  });

  test('while the roster can’t be read, a person’s page says so and what to do', async () => {
    const answer = await get(`${app.url}/people/ann@example.org`, { cookie: viewer });
    expect(answer.status).toBe(502);
    const page = await answer.text();
    expect(page).toContain('A source could not be read');
    expect(page).toContain('roster.csv');
  });

  test('who opens a person’s page at once asks the providers once', async () => {
    school.setRoster(teaches('ann@example.org', 'zoe@example.org'));
    school.sandbox.clearLog();
    await textOf('/people/ann@example.org');
    const once = school.sandbox.requests().length;
    school.sandbox.clearLog();
    await Promise.all(Array.from({ length: 8 }, () => textOf('/people/ann@example.org')));
    expect(once).toBeGreaterThan(0);
    expect(school.sandbox.requests().length).toBeLessThan(once * 8);
  });

  test('people are found by parts of name and address, whatever the case and the accents', async () => {
    for (const text of ['ZOE', 'zoë ång', 'Angst', 'oe@exam']) {
      const found = await textOf(`/people?q=${encodeURIComponent(text)}`);
      expect([text, found.includes('zoe@example.org'), found.includes('ann@')]).toEqual([text, true, false]);
    }
    const exact = await get(`${app.url}/people?q=${encodeURIComponent(' Ann@Example.org ')}`, {
      cookie: viewer,
    });
    expect(exact.headers.get('location')).toBe('/people/ann@example.org');
    const unknown = await textOf('/people?q=nobody@example.org');
    expect(unknown).toContain('href="/people/nobody@example.org"');
  });

  test('lists are paged, and the pages hold everyone once', async () => {
    const { store } = school.service.context;
    const many = Array.from({ length: 1_200 }, (_, place) => ({
      ...{ row: place, email: `p${place}@example.org`, name: null, cohort: 'c', startsOn: '2026-01-01' },
      ...{ endsOn: '2026-02-01', pools: null, canceled: false, granteeIds: {} },
    }));
    const roster = {
      rows: many,
      problems: [],
      rowCount: 0,
      blankCount: 0,
      hash: 'many',
      location: '',
      readAt: '',
    };
    await recordPeople(store, 'many', roster, toInstant(0));
    for (let past = 1; past <= 60; past++) {
      const startedAt = toInstant(past * 1000);
      await startRun(
        store,
        { run: `r-past-${past}`, trigger: 'cli', startedAt, pools: [], clockOffset: 0 },
        past * 1000,
      );
    }
    // The list is made anew after a run.
    await school.sync();
    const seen: string[] = [];
    for (const page of [1, 2, 3]) {
      const text = await textOf(`/people?q=p&page=${page}`);
      expect(text).toContain(`Page ${page} of 3`);
      seen.push(...[...text.matchAll(/<td>(p\d+@example.org)/g)].map(([, each]) => each ?? ''));
    }
    expect(seen).toHaveLength(1_200);
    expect(new Set(seen).size).toBe(1_200);
    const second = await textOf('/runs?page=2');
    expect(second).toContain('Page 2 of 2');
    expect(second).toContain('r-past-1<');
    const beyond = await get(`${app.url}/runs?page=9&verdict=open`, { cookie: viewer });
    expect(beyond.headers.get('location')).toBe('/runs?verdict=open');
    expect((await get(`${app.url}/people?page=99`, { cookie: viewer })).headers.get('location')).toBe(
      '/people',
    );
    expect(await textOf('/runs?verdict=open')).toContain('60 runs of this kind');
  });
});
