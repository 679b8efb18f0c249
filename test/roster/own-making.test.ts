import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRoster } from '../../src/roster/read-roster.ts';
import { COLUMNS, contextWith, rosterError } from './helpers.ts';
import { makeXlsx, type XlsxCell } from './xlsx-file.ts';

/** What no public file shows. Each is read as CSV and as XLSX. */
let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'made-'));
});
afterAll(() => rm(folder, { recursive: true }));

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function read(source: 'csv' | 'xlsx', rows: readonly (readonly string[])[]) {
  const path = join(folder, `${files++}.${source}`);
  const cells: XlsxCell[][] = rows.map((row) => row.map((text) => text || null));
  const csv = rows.map((row) => row.map(quoted).join(',')).join('\n');
  await writeFile(path, source === 'csv' ? csv : makeXlsx([{ name: 'Roster', rows: cells }]));
  return readRoster({ source, path, dateFormat: 'iso', columns: COLUMNS }, contextWith());
}

const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date'];
const row = (email: string, name = 'Ann Lee', cohort = 'C1', start = '2026-11-24') => [
  email,
  name,
  cohort,
  start,
];

describe.each(['csv', 'xlsx'] as const)('%s', (source) => {
  it('takes space of every kind and what is invisible for what it looks like', async () => {
    const rows = [
      ['\uFEFFE\u00ADmail', '\u00A0Instructor\u2003', 'Co\u200Bhort', 'Start\u00A0date\u200F'],
      row('\u00A0ann@example.org\u00A0'),
      row('ann\u200B@example.org'),
      row('\u202Aann@example.org\u202C', '\u200FAnn\u00A0Lee\u200E', '\u2066C1\u2069'),
      row('ＡＮＮ@example.org'.normalize('NFKC'), 'Ann\tLee', 'C1', '\u200E2026-11-24\u00A0'),
    ];
    const roster = await read(source, rows);
    expect(roster.problems).toEqual([]);
    expect(new Set(roster.rows.map(({ email, name, cohort }) => `${email}/${name}/${cohort}`))).toEqual(
      new Set(['ann@example.org/Ann Lee/C1']),
    );
  });

  it('refuses letters that only look alike, by name and code', async () => {
    const roster = await read(source, [
      HEADER,
      row('аnn@example.org'),
      row('ann@exаmple.org'),
      row('ａnn@example.org'),
    ]);
    expect(roster.rows).toEqual([]);
    expect(roster.problems.map(({ problem }) => /U\+\w+/.exec(problem)?.[0])).toEqual([
      'U+0430',
      'U+0430',
      'U+FF41',
    ]);
  });

  it('keeps formulas and markup in names as they are typed, and as text', async () => {
    const names = [
      '=HYPERLINK("http://x")',
      '<script>alert(1)</script>',
      '@SUM(A1)',
      "Robert'); DROP TABLE--",
      '-1+1',
      'Ann & Bob <b>',
    ];
    const roster = await read(source, [HEADER, ...names.map((name, at) => row(`a${at}@example.org`, name))]);
    expect(roster.rows.map(({ name }) => name)).toEqual(names);
    expect(roster.problems).toEqual([]);
  });

  it.each([
    ['Ann Lee <ann@example.org>'],
    ['mailto:Ann@example.org'],
    ['<ann@example.org>'],
    ['"ann@example.org"'],
    ['\u201Cann@example.org\u201D'],
    ['\u2018ann@example.org\u2019'],
    ['ann@example.org;'],
    ['"Lee, Ann" <mailto:ann@example.org>'],
    ['mailto:ann@example.org?subject=Your%20seat'],
    ["'ann@example.org"],
    ["'ann@example.org'"],
  ])('understands the address in %s', async (text) => {
    await expect(read(source, [HEADER, row(text)])).resolves.toMatchObject({
      rows: [{ email: 'ann@example.org' }],
      problems: [],
    });
  });

  it.each([
    ['ann@example.org, bob@example.org', 'several'],
    ['Ann <ann@example.org>; Bob <bob@example.org>', 'several'],
    ['ann@example.org bob@example.org', 'several'],
    ['ann@example.org (home)', 'not an email address'],
    ['ann@example.org>', 'not an email address'],
    ['ann at example.org', 'no @'],
  ])('refuses %s by name', async (text, words) => {
    const { rows, problems } = await read(source, [HEADER, row(text)]);
    expect(rows).toEqual([]);
    expect(problems).toMatchObject([
      { row: 2, column: 'Email', value: text, problem: expect.stringContaining(words) },
    ]);
  });

  it('keeps plus-addresses apart', async () => {
    const { rows } = await read(source, [
      HEADER,
      row('ann+a@example.org'),
      row('ann+b@example.org'),
      row('ann@example.org'),
    ]);
    expect(rows.map(({ email }) => email)).toEqual([
      'ann+a@example.org',
      'ann+b@example.org',
      'ann@example.org',
    ]);
  });

  it('reads a sheet of a thousand columns', async () => {
    const wide = Array.from({ length: 1000 }, (_, at) =>
      at === 999 ? 'Email' : at === 500 ? 'Start date' : `Note ${at}`,
    );
    const line = wide.map((_, at) => (at === 999 ? 'ann@example.org' : at === 500 ? '2026-11-24' : ''));
    await expect(read(source, [wide, line])).resolves.toMatchObject({ rows: [{ row: 2 }], problems: [] });
    const twice = wide.with(0, 'Email');
    await expect(rosterError(() => read(source, [twice, line]))).resolves.toMatchObject({
      message: expect.stringContaining('in A1 and ALL1'),
    });
  });
});

describe('large files', () => {
  it('100,000 rows of CSV are all accounted for', async () => {
    const rows = Array.from({ length: 100_000 }, (_, at) =>
      at % 1000 === 999
        ? ''
        : at % 1000 === 998
          ? `bad${at},N,C${at % 9},2026-11-24`
          : `a${at}@example.org,N,C${at % 9},2026-11-24`,
    );
    const path = join(folder, 'large.csv');
    await writeFile(path, [HEADER.join(','), ...rows, ''].join('\r\n'));
    const roster = await readRoster(
      { source: 'csv', path, dateFormat: 'iso', columns: COLUMNS },
      contextWith(),
    );
    expect(roster).toMatchObject({ rowCount: 99_900, blankCount: 100 });
    expect(roster.rows).toHaveLength(99_800);
    expect(roster.problems).toHaveLength(100);
    expect(roster.rows.at(-1)).toMatchObject({ row: 99_999, email: 'a99997@example.org' });
  });

  it('a CSV file that grows while it is read is read again later', async () => {
    const path = join(folder, 'growing.csv');
    await writeFile(path, Buffer.alloc(30 * 1024 * 1024, 'Email,Start date\n'));
    const reading = rosterError(() =>
      readRoster({ source: 'csv', path, dateFormat: 'iso', columns: COLUMNS }, contextWith()),
    );
    let writing = true;
    const growing = (async () => {
      while (writing) await appendFile(path, 'x');
    })();
    const error = await reading;
    writing = false;
    await growing;
    expect(error).toMatchObject({
      failure: 'unavailable',
      message: expect.stringContaining('being written'),
    });
  });
});
