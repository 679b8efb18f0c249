import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { lexer, type Token, type Tokens } from 'marked';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planDocument } from '../../src/dashboard/schemas.ts';
import { addDays, dateIn, systemClock } from '../../src/dates.ts';
import { countsText, type PlanRow, planCounts, planRows } from '../../src/runs/plan-rows.ts';
import { type ServedApp, serveApp } from '../dashboard/app.ts';
import { type SignedIn, signedIn } from '../dashboard/signed-in.ts';
import { type School, startSchool, teaches } from '../support/school.ts';
import { VIEWER } from '../support/service.ts';

const LEAVERS = ['lena', 'leo', 'lia', 'lou'].map((name) => `${name}@example.org`);
const OTHERS = ['ada', 'ben', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'].map((name) => `${name}@example.org`);

/** Cohorts as somebody could type them who means no good. They stand in the reasons. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '**bold** | _pipe_ ~~gone~~',
  '[click](https://evil.example)',
  'https://evil.example/x www.evil.example',
  '`code` \\| $x$ @everyone <!-- --> &lt;b&gt;',
];

let school: School;
let app: ServedApp;
let viewer: SignedIn;
beforeAll(async () => {
  school = await startSchool({
    salable: { subscriptions: [{ seats: 13, assigned: [...LEAVERS, 'owner@example.org'] }, { seats: 2 }] },
    pools: [{ id: 'teaching' }, { id: 'grading', max: 2 }],
    roster: teaches(...LEAVERS, ...OTHERS),
  });
  app = await serveApp(school);
  school.workHere();
  await school.sync();
  viewer = await signedIn(app.url, VIEWER);
  writeFileSync(path.join(school.folder, 'roster.csv'), hostileRoster());
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

/** Some have vanished, some come in cohorts with names that look like code, and one row can't be read. */
function hostileRoster(): string {
  const today = dateIn(systemClock.now(), 'America/New_York');
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const stay = OTHERS.map((who) => [who, 'x', 'now', addDays(today, -3)]);
  const come = HOSTILE.map((cohort, place) => [`new${place}@example.org`, cohort, cohort, addDays(today, 1)]);
  const odd = ['lena@example,org', '<script>alert(1)</script>', 'now', addDays(today, -3)];
  const rows = [['Email', 'Instructor', 'Cohort', 'Start date'], ...stay, ...come, odd];
  return rows.map((row) => row.map(cell).join(',')).join('\n');
}

/** Who and why of each line of each pool, in the order in which it stands there. */
type Lines = Record<string, [who: string, why: string][]>;

function linesOfText(text: string): Lines {
  const lines: Lines = {};
  let pool = '';
  for (const line of stripVTControlCharacters(text).split('\n')) {
    pool = /^(\S+) \(\w+\): .* seats/.exec(line)?.[1] ?? (line === '' ? '' : pool);
    if (pool === '') continue;
    lines[pool] ??= [];
    const [sign = '', who = '', why = ''] = line.trim().split(/ {2,}/);
    if (/^[-+?=!…] /.test(sign)) lines[pool]?.push([who, why]);
  }
  return lines;
}

/** As a reader of GitHub's Markdown sees it. Anything but text and code in a cell is a name that got out. */
function linesOfMarkdown(text: string): Lines {
  const lines: Lines = {};
  let pool = '';
  for (const token of lexer(text, { gfm: true })) {
    if (token.type === 'heading') pool = plainText(token.tokens ?? []).split(' ')[0] ?? '';
    if (token.type !== 'table' || pool === 'Problems') continue;
    lines[pool] = rowsOf(token).map(([, who, why]) => [who ?? '', why ?? '']);
  }
  return lines;
}

function rowsOf(token: Token): string[][] {
  const isTable = (each: Token): each is Tokens.Table => each.type === 'table';
  return isTable(token) ? token.rows.map((row) => row.map((cell) => plainText(cell.tokens))) : [];
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      expect(['text', 'escape', 'codespan', 'strong']).toContain(token.type);
      const text = 'text' in token && typeof token.text === 'string' ? token.text : '';
      return token.type === 'codespan' ? text : unescaped(text);
    })
    .join('');
}

function linesOfPage(page: string): Lines {
  const sections = page.split('<section class="card" aria-labelledby="pool-').slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const body = /<tbody>(.*?)<\/tbody>/s.exec(section)?.[1] ?? '';
      const rows = body.split('<tr>').slice(1);
      const cells = rows.map((row) => row.split('<td').slice(2).map(cellText));
      return [section.split('"')[0] ?? '', cells.map(([who = '', why = '']) => [who, why])];
    }),
  );
}

function cellText(cell: string): string {
  return unescaped(cell.slice(cell.indexOf('>') + 1).replaceAll(/<\/?[a-z][^>]*>/g, '')).trim();
}

function unescaped(text: string): string {
  const named: Record<string, string> = {
    lt: '<',
    gt: '>',
    quot: '"',
    amp: '&',
    '#39': "'",
    '#58': ':',
    '#46': '.',
  };
  return text.replaceAll(/&(#?\w+);/g, (whole, name: string) => named[name] ?? whole);
}

/** A code span keeps spaces as they are, everything else is shown on one line. */
const lineOf = ({ who, reason }: PlanRow): [string, string] => [who, reason];

test('one plan is the same as a document, as text, as Markdown and as a page, whatever the names', async () => {
  const cli = async (...args: string[]) => {
    const outcome = await school.cli('plan', ...args).done;
    expect(outcome.code, outcome.err).toBe(3);
    return outcome.out;
  };
  const [json, text, markdown, page] = await Promise.all([
    cli('--json'),
    cli(),
    cli('--markdown'),
    viewer.text('/preview'),
  ]);
  const plan = planDocument.parse(JSON.parse(json));
  const lines = Object.fromEntries(plan.pools.map((pool) => [pool.pool, planRows(pool).map(lineOf)]));

  // There is something of everything that matters in it.
  const counts = planCounts(plan);
  expect(counts).toMatchObject({ assign: expect.any(Number), held: expect.any(Number) });
  expect(Math.min(counts.assign, counts.held, counts.waiting, counts.buy)).toBeGreaterThan(0);
  expect(plan.pools.flatMap(({ kept }) => kept).length).toBeGreaterThan(0);
  for (const cohort of HOSTILE) expect(JSON.stringify(lines)).toContain(JSON.stringify(cohort).slice(1, -1));

  expect(linesOfText(text)).toEqual(lines);
  expect(linesOfPage(page)).toEqual(lines);
  expect(linesOfMarkdown(markdown)).toEqual(lines);
  for (const each of [text, markdown, page]) expect(each).toContain(countsText(counts));
  for (const each of [markdown, page]) {
    expect(each).not.toMatch(/<(img|script>a|!--)/);
    expect(each).toContain('row');
  }
});

test('two ways to print it at once are refused', async () => {
  expect(await school.cli('plan', '--json', '--markdown').done).toMatchObject({ code: 64 });
});
