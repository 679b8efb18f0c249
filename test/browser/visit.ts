import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The rules of axe-core that a page of ours has to keep: WCAG 2.2 AA and its best practices. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Those whose answer depends on the color scheme. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];

/** A browser of one person: its own cookies, and a record of what must not happen. */
export interface Visit extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly url: string;
  /** Errors of the console and of scripts, and answers that failed to load. */
  readonly errors: string[];
  /** Requests to any other host. */
  readonly foreign: readonly string[];
  goto(path: string): Promise<void>;
  /** Signs in by the form, as a person does. */
  signIn(token: string): Promise<void>;
}

export async function openVisit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ baseURL: url, ...options });
  const errors: string[] = [];
  const foreign: string[] = [];
  context.on('console', (message) => {
    const isBad = message.type() === 'error' || message.type() === 'warning';
    if (isBad) errors.push(`${message.text()} at ${message.location().url}`);
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.protocol !== 'data:' && asked.origin !== new URL(url).origin) foreign.push(request.url());
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const goto = async (path: string) => {
    await page.goto(path);
  };
  return {
    ...{ context, page, url, errors, foreign, goto },
    signIn: async (token) => {
      await goto('/sign-in');
      await page.getByLabel('Your token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Nothing went wrong unseen, and nobody else was asked for anything. */
export function expectClean({ errors, foreign }: Visit): void {
  expect(errors).toEqual([]);
  expect(foreign).toEqual([]);
}

/** Words of a table that go on in another line, though they are not long. */
const BROKEN_WORDS = `
  [...document.querySelectorAll('td, th')].flatMap((cell) => {
    const words = [];
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      for (const { 0: word, index } of text.data.matchAll(/(?<![a-z])[a-z]{2,14}(?![a-z])/gi)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) words.push(word);
      }
    }
    return words;
  })`;

/** The page is no wider than a small screen; what is wider in it scrolls by itself, and its words stay whole. */
export async function expectFitting(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const width = await page.evaluate('document.documentElement.scrollWidth');
  const broken = await page.evaluate(BROKEN_WORDS);
  expect({ at: page.url(), width, broken }).toEqual({ at: page.url(), width: 320, broken: [] });
  if (before !== null) await page.setViewportSize(before);
}

/**
 * axe-core finds nothing on the page as it is now, in the light and in the dark. In the dark only the colors are others, so
 * that only what depends on them is looked at again.
 */
export async function expectAccessible(page: Page): Promise<void> {
  // The page has no frames: there is nothing to gather in a page of its own.
  const axe = () => new AxeBuilder({ page }).setLegacyMode(true);
  await expectNothing(page, 'light', () => axe().withTags(TAGS));
  await expectNothing(page, 'dark', () => axe().withRules(COLOR_RULES));
  await page.emulateMedia({ colorScheme: 'light' });
}

async function expectNothing(
  page: Page,
  colorScheme: 'light' | 'dark',
  axe: () => AxeBuilder,
): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  const { violations, passes } = await axe().analyze();
  const found = violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) }));
  expect({ colorScheme, at: page.url(), found }).toEqual({ colorScheme, at: page.url(), found: [] });
  expect(passes.map(({ id }) => id)).toContain('color-contrast');
}
