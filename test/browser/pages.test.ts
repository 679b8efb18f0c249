import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays, dateIn, systemClock } from '../../src/dates.ts';
import { listRuns } from '../../src/ledger/runs.ts';
import { type ServedApp, serveApp } from '../dashboard/app.ts';
import { type School, startSchool, subscriptionUuid } from '../support/school.ts';
import { OPERATOR, VIEWER } from '../support/service.ts';
import { startChromium } from './chromium.ts';
import { expectAccessible, expectClean, expectFitting, openVisit } from './visit.ts';

/** Names as a spreadsheet may have them: none may be more than text. */
const HOSTILE = {
  'img@example.org': `<img src=x onerror="document.title='taken'">`,
  'script@example.org': `</td></table><script>document.title='taken'</script>`,
  'attribute@example.org': `" onmouseover="document.title='taken'" x="`,
  'right@example.org': '\u05d3\u05e0\u05d4 \u05db\u05d4\u05df',
  'long@example.org': 'Wolfeschlegelsteinhausenbergerdorff'.repeat(6).slice(0, 200),
  'formula@example.org': `=HYPERLINK("https://evil.example.org","click")`,
};

const EVERYONE = ['ann', 'ben', 'cleo', 'dev'].map((name) => `${name}@example.org`);
const LEAVING = ['eve', 'finn', 'gus'].map((name) => `${name}@example.org`);

/** What has the focus, by its text. */
const FOCUSED = 'document.activeElement.textContent';

/** Sends the form that a viewer is not shown, with the token of a form that they are. */
const FORGED = `
  const form = document.createElement('form');
  form.method = 'post';
  form.action = '/sync';
  form.append(document.querySelector('input[name=form]').cloneNode());
  document.body.append(form);
  form.submit();`;

let browser: Browser;
let school: School;
let app: ServedApp;

function writeRoster(addresses: readonly string[]): void {
  const start = addDays(dateIn(systemClock.now(), 'America/New_York'), -3);
  const hostile = Object.entries(HOSTILE).map(([email, name]) => [email, name, '<b>cohort</b>']);
  const rows = [
    ...hostile,
    ...addresses.map((email) => [email, email, 'now']),
    ['no address', 'Nobody', 'now'],
  ];
  const quoted = rows.map((row) =>
    [...row, start].map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','),
  );
  const text = ['Email,Instructor,Cohort,Start date', ...quoted, ''].join('\n');
  writeFileSync(path.join(school.folder, 'roster.csv'), text);
}

async function sync(...pools: string[]): Promise<string> {
  const { run } = await school.trigger(...pools);
  await school.ended(run);
  return run;
}

beforeAll(async () => {
  [browser, school] = await Promise.all([
    startChromium(),
    startSchool({
      pools: [
        { id: 'teaching' },
        { id: 'gone', subscriptionUuid: subscriptionUuid(9) },
        { id: 'later', subscriptionUuid: subscriptionUuid(2) },
      ],
      guardrails: { unexplainedRemovals: { count: 1, share: 0 } },
    }),
  ]);
  app = await serveApp(school);
});
afterAll(async () => {
  await browser.close();
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

/** Pages whose state the test has set up, each looked at as a person would. */
async function lookAt(paths: readonly string[], token = OPERATOR): Promise<void> {
  await using visit = await openVisit(browser, app.url);
  await visit.signIn(token);
  for (const each of paths) {
    await visit.goto(each);
    await expectAccessible(visit.page);
    await expectFitting(visit.page);
  }
  expectClean(visit);
}

test('before the first run the pages say what to do first', async () => {
  await using visit = await openVisit(browser, app.url);
  await visit.signIn(OPERATOR);
  await visit.page.getByRole('heading', { name: 'No run yet' }).waitFor();
  expect(await visit.page.getByText('never checked').count()).toBe(3);
  expect(await visit.page.getByText('in sync').count()).toBe(0);
  await lookAt(['/', '/runs', '/people']);
});

describe('after runs', () => {
  beforeAll(async () => {
    writeRoster([...EVERYONE, ...LEAVING]);
    school.workHere();
    await sync('teaching', 'gone');
    writeRoster(EVERYONE);
    await sync('teaching', 'gone');
  });

  test('every page keeps the rules of accessibility and fits a narrow screen, in the states held, failed and never checked', async () => {
    await using visit = await openVisit(browser, app.url);
    await visit.signIn(OPERATOR);
    for (const state of ['held', 'failed', 'never checked'])
      await visit.page.getByText(state, { exact: true }).first().waitFor();
    await visit.page.getByText('The numbers as tables').first().click();
    await expectAccessible(visit.page);
    await lookAt([
      '/',
      '/runs',
      '/runs?verdict=waiting',
      '/people',
      '/people?q=ann',
      '/people?q=zoe@example.org',
      '/people/ann@example.org',
      '/people/long@example.org',
    ]);
    await lookAt(['/', '/people/img@example.org'], VIEWER);
  });

  test('errors are pages too', async () => {
    await using visit = await openVisit(browser, app.url);
    await visit.signIn(OPERATOR);
    for (const [address, title] of [
      ['/nothing-here', 'Not found'],
      ['/people/nobody', 'Not found'],
    ] as const) {
      await visit.goto(address);
      await visit.page.getByRole('heading', { level: 1, name: title }).waitFor();
      await expectAccessible(visit.page);
    }
    const file = path.join(school.folder, 'roster.csv');
    renameSync(file, `${file}.away`);
    await visit.goto('/people/ann@example.org');
    await visit.page.getByRole('heading', { level: 1, name: 'A source could not be read' }).waitFor();
    await expectAccessible(visit.page);
    renameSync(`${file}.away`, file);
    expect(visit.foreign).toEqual([]);
  });

  test('names from the spreadsheet are text wherever they are shown', async () => {
    await using visit = await openVisit(browser, app.url);
    const { page } = visit;
    await visit.signIn(VIEWER);
    await visit.goto('/people');
    for (const name of Object.values(HOSTILE)) await page.getByRole('link', { name, exact: true }).waitFor();
    for (const [address, name] of Object.entries(HOSTILE)) {
      await visit.goto(`/people?q=${encodeURIComponent(name)}`);
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(`${name} ${address}`);
      expect(await page.locator('main').textContent()).toContain('<b>cohort</b>');
      expect(await page.title()).toBe(`${name} · cohort-sync`);
      await page.getByRole('heading', { level: 1 }).hover();
      expect(await page.locator('main img, main script, main b:text("cohort")').count()).toBe(0);
    }
    await visit.goto('/');
    expect(await page.title()).toBe('Overview · cohort-sync');
    expectClean(visit);
  });

  test('a person is found and explained with a timeline, without JavaScript', async () => {
    await using visit = await openVisit(browser, app.url, { javaScriptEnabled: false });
    const { page } = visit;
    await visit.signIn(VIEWER);
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByLabel('Address or name').fill('Finn@Example.org');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'finn@example.org' }).waitFor();
    const teaching = page.getByRole('region', { name: 'teaching', exact: true });
    await teaching.getByText('is held for approval').waitFor();
    await teaching.getByText('guardrail unexplainedRemovals').waitFor();
    expect(await page.getByRole('region', { name: 'gone', exact: true }).textContent()).toContain(
      'could not be looked up',
    );
    await page.getByText('The days as a table').click();
    const had = page.getByRole('row', { name: /had a seat teaching/ });
    expect(await had.textContent()).toContain('today');
    await page.getByRole('img', { name: /Cohorts and seats/ }).waitFor();
    expectClean(visit);
  });

  test('runs are narrowed to those of a pool and a verdict', async () => {
    await using visit = await openVisit(browser, app.url, { javaScriptEnabled: false });
    const { page } = visit;
    await visit.signIn(VIEWER);
    await visit.goto('/runs');
    await page.getByText('2 runs, newest first').waitFor();
    await page.getByLabel('Verdict').selectOption('in sync');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('heading', { name: 'No such run' }).waitFor();
    await page.getByLabel('Verdict').selectOption('failed');
    await page.getByLabel('Pool').selectOption('teaching');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('2 runs of this kind').waitFor();
    await page.getByText('teaching: held').waitFor();
    await visit.goto('/runs?pool=later');
    await page.getByRole('heading', { name: 'No such run' }).waitFor();
    expectClean(visit);
  });

  test('bull-board has the way back, shows its queues, and asks nobody else for anything', async () => {
    await using visit = await openVisit(browser, app.url);
    const { page } = visit;
    await visit.signIn(VIEWER);
    await page.getByRole('link', { name: 'Queues' }).click();
    await page.getByText('pool-teaching').first().waitFor();
    await page.getByRole('link', { name: 'sync', exact: true }).first().click();
    await page.getByText('sync-roster').first().waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expectClean(visit);
  });

  test('a viewer sees no button that acts, and is refused where they would act', async () => {
    await using visit = await openVisit(browser, app.url);
    const { page } = visit;
    await visit.signIn(VIEWER);
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out']);
    const before = await listRuns(school.service.context.store, 100);
    await page.evaluate(FORGED);
    await page.getByRole('heading', { level: 1, name: 'Not allowed' }).waitFor();
    await page.getByText('Board may look but not act').waitFor();
    await expectAccessible(page);
    expect(await listRuns(school.service.context.store, 100)).toEqual(before);
    expect(visit.foreign).toEqual([]);
  });

  test('with the keyboard alone one passes the navigation and starts a run of one pool', async () => {
    await using visit = await openVisit(browser, app.url);
    const { page } = visit;
    await visit.signIn(OPERATOR);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(FOCUSED)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    const reached: string[] = [];
    for (let presses = 0; presses < 6 && reached.at(-1) !== 'Sync now: teaching'; presses++) {
      await page.keyboard.press('Tab');
      reached.push(String(await page.evaluate(FOCUSED)));
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    }
    expect(reached).toEqual(['Sync now', 'Sync now: teaching']);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\/r-/);
    const run = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect((await school.ended(run)).pools.map(({ pool }) => pool)).toEqual(['teaching']);
  });

  test('a second press joins the run that is under way', async () => {
    await using visit = await openVisit(browser, app.url);
    const { page } = visit;
    await visit.signIn(OPERATOR);
    const runs = async () => (await listRuns(school.service.context.store, 100)).length;
    const before = await runs();
    await page.getByRole('button', { name: 'Sync now', exact: true }).dblclick();
    await page.waitForURL(/\/runs\/r-/);
    expect(await runs()).toBe(before + 1);
  });
});
