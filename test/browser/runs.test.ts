import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays, dateIn, systemClock } from '../../src/dates.ts';
import { readHoldsOfRun } from '../../src/ledger/holds.ts';
import { type ServedApp, serveApp } from '../dashboard/app.ts';
import { type School, startSchool } from '../support/school.ts';
import { OPERATOR, VIEWER } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { startChromium } from './chromium.ts';
import { expectAccessible, expectClean, expectFitting, openVisit, type Visit } from './visit.ts';

const LEAVERS = ['lena', 'leo', 'lia', 'lou'].map((name) => `${name}@example.org`);
const OTHERS = ['ada', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'].map((name) => `${name}@example.org`);

/** What a name must never be taken for. */
const HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

let browser: Browser;
let school: School;
let app: ServedApp;
let visit: Visit;
beforeAll(async () => {
  [browser, school] = await Promise.all([
    startChromium(),
    startSchool({
      salable: { subscriptions: [{ seats: 3, assigned: ['owner@example.org'] }] },
      roster: [],
      guardrails: { seatIncrease: 100 },
    }),
  ]);
  app = await serveApp(school);
  setRoster(...LEAVERS, ...OTHERS);
  visit = await openVisit(browser, app.url);
  await visit.signIn(OPERATOR);
});
afterAll(async () => {
  await browser.close();
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

/** Everyone teaches now, under names and in a cohort that look like markup; one row can't be read. */
function setRoster(...people: readonly string[]): void {
  const start = addDays(dateIn(systemClock.now(), 'America/New_York'), -3);
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = people.map((who) => [who, `${who} ${HOSTILE}`, `now ${HOSTILE}`, start]);
  const all = [['Email', 'Instructor', 'Cohort', 'Start date'], ...rows, ['', HOSTILE, 'now', start]];
  writeFileSync(path.join(school.folder, 'roster.csv'), all.map((row) => row.map(cell).join(',')).join('\n'));
}

function runOf({ page }: Visit): string {
  return /\/runs\/(r-[\w-]+)/.exec(page.url())?.[1] ?? '';
}

test('from the preview by a button to a run, which is followed live to its end', async () => {
  const { page } = visit;
  await visit.goto('/preview');
  await page.getByText('12 to assign').waitFor();
  await expectAccessible(page);
  await expectFitting(page);
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.getByRole('heading', { level: 1, name: 'under way' }).waitFor();
  // Nobody works yet, and it is not merely "running".
  await page.getByRole('status').getByText('no worker is running').waitFor();
  const held = school.sandbox.faults.order({
    match: { provider: 'salable', method: 'PUT', path: '/licenses' },
    fault: { kind: 'hold' },
  });
  school.workHere();
  await held.hit();
  await page
    .getByRole('status')
    .getByText(/assign 12 people/)
    .waitFor();

  // Someone who opens it in the middle sees all that was told before, and who is being worked on.
  await using late = await openVisit(browser, app.url);
  await late.signIn(VIEWER);
  await late.goto(new URL(page.url()).pathname);
  const log = late.page.getByRole('log');
  for (const text of ['started by http', 'reading the roster', '10 to buy, 12 to assign', 'the total is 13'])
    await log.getByText(text).waitFor();
  await late.page.getByText('being asked for').first().waitFor();
  await expectAccessible(late.page);

  held.release();
  for (const each of [page, late.page]) {
    await each.getByRole('status').getByText('The run has ended: in-sync.').waitFor();
    await each.getByRole('heading', { level: 1, name: 'in sync' }).waitFor();
    await each.getByRole('cell', { name: '+ assigned' }).nth(11).waitFor();
    // Told once each, live or from the server.
    expect(await each.getByRole('log').getByText('reading the roster').count()).toBe(1);
    expect(await each.getByRole('log').getByText('the run has ended').count()).toBe(1);
  }
  await page.getByRole('cell', { name: HOSTILE }).first().waitFor();
  await visit.goto(new URL(page.url()).pathname);
  await expectAccessible(page);
  await expectFitting(page);
  expectClean(visit);
  expectClean(late);
});

test('a page whose connection breaks goes on where it was', async () => {
  await using proxy = await startTcpProxy(app.url, () => undefined);
  await using broken = await openVisit(browser, proxy.url);
  await broken.signIn(VIEWER);
  const held = school.sandbox.faults.order({ match: { provider: 'salable' }, fault: { kind: 'hold' } });
  const { run } = await school.trigger();
  await held.hit();
  const { page } = broken;
  const followed = page.waitForResponse(/\/events/);
  await broken.goto(`/runs/${run}`);
  await followed;
  const log = page.getByRole('log');
  await log.getByText('reading the pool').waitFor();
  proxy.cut();
  await page.getByText('The connection was lost').waitFor();
  held.release();
  await school.ended(run);
  await page.getByRole('status').getByText('The run has ended: in-sync.').waitFor();
  expect(await page.getByText('The connection was lost').isVisible()).toBe(false);
  const told = await log.getByRole('listitem').allTextContents();
  expect(new Set(told).size).toBe(told.length);
  expect(told.map((text) => text.replace(/^\S+ (teaching )?/, ''))).toEqual([
    expect.stringContaining('started by cli'),
    'reading the roster',
    expect.stringContaining('read 13 rows'),
    'reading the pool',
    'nothing to do',
    'teaching: in-sync',
    'the run has ended: in-sync',
  ]);
  // The break itself is reported by the browser, and nothing else.
  expect(broken.errors.filter((text) => !text.includes('net::ERR'))).toEqual([]);
});

test('a run that fails says why, what comes next, and is whole without JavaScript', async () => {
  const fault = { kind: 'status', status: 401 } as const;
  const refused = school.sandbox.faults.order({ match: { provider: 'salable' }, times: 'always', fault });
  const { run } = await school.sync();
  refused.cancel();
  await using plain = await openVisit(browser, app.url, { javaScriptEnabled: false });
  await plain.signIn(VIEWER);
  await plain.goto(`/runs/${run}`);
  await plain.page.getByRole('heading', { level: 1, name: 'failed' }).waitFor();
  await plain.page.getByRole('log').getByText('the run has ended: failed').waitFor();
  await visit.goto(`/runs/${run}`);
  await expectAccessible(visit.page);
  expectClean(plain);
});

test('a hold is looked at, refused by a wrong number, approved by a double click, and done', async () => {
  setRoster(...OTHERS);
  const { run } = await school.sync();
  const { page } = visit;
  await visit.goto(`/runs/${run}`);
  await page.getByRole('link', { name: 'Look at them and decide' }).click();
  await page
    .getByText('Approving takes a seat from 4 people and gives back 4 seats in teaching today')
    .waitFor();
  await page.getByText(`lena@example.org ${HOSTILE}`).waitFor();
  await expectAccessible(page);
  await expectFitting(page);

  // Another one looks at the same, and a viewer has no buttons.
  await using other = await openVisit(browser, app.url);
  await other.signIn(OPERATOR);
  await other.goto(`/runs/${run}/hold`);
  await using viewer = await openVisit(browser, app.url);
  await viewer.signIn(VIEWER);
  await viewer.goto(`/runs/${run}/hold`);
  await viewer.page.getByText('it takes a token whose role is operator').waitFor();
  expect(await viewer.page.getByRole('button', { name: /Approve|Reject/ }).count()).toBe(0);
  expectClean(viewer);

  await page.getByLabel('Why, for the record').fill(`they left ${HOSTILE}`);
  await page.getByLabel('type how many people').fill('5');
  await page.keyboard.press('Enter');
  await page.getByText('“5” is another number').waitFor();
  await expectAccessible(page);
  // The answer to a wrong number is a 400, which the console reports.
  expect(visit.errors.splice(0)).toHaveLength(1);
  await page.getByLabel('type how many people').fill('4');
  await page.getByRole('button', { name: 'Approve these 4 lines' }).dblclick();
  // The run that it starts may have ended before its page is there: then nothing is followed any more.
  await page.getByRole('heading', { level: 1, name: 'in sync' }).waitFor();
  expect(runOf(visit)).not.toBe(run);
  await page.getByRole('cell', { name: '− unassigned' }).nth(3).waitFor();
  const [hold] = await readHoldsOfRun(school.service.context.store, run);
  expect(hold).toMatchObject({ state: 'approved', by: 'ops', note: `they left ${HOSTILE}` });
  await visit.goto(`/runs/${run}/hold`);
  await page.getByText(`they left ${HOSTILE}`).waitFor();
  await expectAccessible(page);
  expectClean(visit);

  await other.page.getByLabel('type how many people').fill('4');
  await other.page.getByRole('button', { name: 'Approve these 4 lines' }).click();
  await other.page.getByText('What teaching held was approved by ops at').waitFor();
  await expectAccessible(other.page);
});

test('what nobody decided in time is shown as expired, without buttons', async () => {
  setRoster(...OTHERS.slice(3));
  const { run } = await school.sync();
  const { context } = school.service;
  const clock = { now: () => context.clock.now() + 73 * 3_600_000 };
  await using later = await serveApp(school, {}, undefined, { ...context, clock });
  await using expired = await openVisit(browser, later.url);
  await expired.signIn(OPERATOR);
  await expired.goto(`/runs/${run}/hold`);
  await expired.page.getByText('expired').first().waitFor();
  expect(await expired.page.getByRole('button', { name: /Approve|Reject/ }).count()).toBe(0);
  await expectAccessible(expired.page);
  expectClean(expired);
});
