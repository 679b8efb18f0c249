import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedApp, serveApp } from '../dashboard/app.ts';
import { type School, startSchool } from '../support/school.ts';
import { OPERATOR } from '../support/service.ts';
import { startChromium } from './chromium.ts';
import { expectAccessible, expectClean, openVisit } from './visit.ts';

let browser: Browser;
let school: School;
let app: ServedApp;
beforeAll(async () => {
  [browser, school] = await Promise.all([startChromium(), startSchool()]);
  app = await serveApp(school);
});
afterAll(async () => {
  await browser.close();
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

test('one signs in with a token, comes to where one wanted to go, and signs out', async () => {
  await using visit = await openVisit(browser, app.url);
  const { page } = visit;
  await visit.goto('/?from=mail');
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await expectAccessible(page);
  await page.keyboard.type('not-a-token-0123456789');
  await page.keyboard.press('Enter');
  await page.getByText('This token is not known').waitFor();
  // The answer to a wrong token is a 401, which the console reports.
  expect(visit.errors).toHaveLength(1);
  await page.getByLabel('Your token').fill(OPERATOR);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(page.url()).toBe(`${app.url}/?from=mail`);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Your token').waitFor();
  await visit.goto('/');
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  expect(visit.foreign).toEqual([]);
});

test('whoever follows a link from another site stays signed in', async () => {
  await using visit = await openVisit(browser, app.url);
  await visit.signIn(OPERATOR);
  const { page } = visit;
  await page.goto(app.url.replace('127.0.0.1', 'localhost'));
  await page.setContent(`<a href="${app.url}/?from=chat">open</a>`);
  await page.getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expectClean({ ...visit, foreign: [] });
});

test('without JavaScript it is the same', async () => {
  await using visit = await openVisit(browser, app.url, { javaScriptEnabled: false });
  await visit.signIn(OPERATOR);
  await visit.page.getByRole('button', { name: 'Sign out' }).click();
  await visit.page.getByLabel('Your token').waitFor();
  expectClean(visit);
});
