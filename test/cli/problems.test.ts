import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { ADA, DAY, HEADER, openWorkspace } from './workspace.ts';

const BAD = [
  HEADER,
  ADA,
  'ben@example,"Ben, the ""boss""",2026-11,soon,',
  '"=HYPERLINK(""x"")",<b>Eve</b>,2026-11,2026-11-24,',
  'dan@example.org,Dan Dee,2026-11,2026-11-24,2026-01-01',
];

describe.concurrent('problems of the roster', () => {
  test('are listed by row, in the order of the sheet, and written to a file that a spreadsheet can open', async () => {
    await using workspace = await openWorkspace({ roster: BAD });
    const plan = await workspace.run('plan', '--at', DAY, '--problems', 'problems.csv');
    const start = plan.stdout.indexOf('Rows of the roster');
    expect(
      plan.stdout
        .slice(start)
        .split('\n')
        .slice(1, 6)
        .map((line) => line.trim().split(/\s{2,}/)),
    ).toEqual([
      ['row 3', 'Email', 'ben@example', 'not an email address'],
      ['Start date', 'soon', 'not a date written as YYYY-MM-DD'],
      ['row 4', 'Email', '=HYPERLINK("x")', expect.stringContaining('no @ in it')],
      ['row 5', 'End date', '2026-01-01', 'the last day 2026-01-01 is before the first day 2026-11-24'],
      ['until it is mended dan@example.org keeps what they have'],
    ]);
    const text = readFileSync(path.join(workspace.folder, 'problems.csv'), 'utf8');
    expect(text.charCodeAt(0)).toBe(0xfeff);
    const rows: unknown = parse(text, { bom: true, columns: true });
    expect(rows).toMatchObject([
      { Tab: '', Row: '3', Column: 'Email', 'What it says': 'ben@example' },
      { Row: '3', Column: 'Start date' },
      { Row: '4', 'What it says': '\'=HYPERLINK("x")' },
      { Row: '5', 'Keeps what they have until then': 'dan@example.org' },
    ]);
  });

  test('an empty list replaces an old one, and a file that can not be written is said', async () => {
    await using workspace = await openWorkspace();
    const [good, bad] = await Promise.all([
      workspace.run('plan', '--at', DAY, '--problems', 'problems.csv', '--json'),
      workspace.run('plan', '--at', DAY, '--problems', 'no/such/folder.csv', '--json'),
    ]);
    expect(good.json()).toMatchObject({ problems: [] });
    expect(
      readFileSync(path.join(workspace.folder, 'problems.csv'), 'utf8').trim().split('\r\n'),
    ).toHaveLength(1);
    expect(bad.code).toBe(1);
    expect(bad.json()).toMatchObject({ error: { message: expect.stringContaining('no/such/folder.csv') } });
  });

  test('check counts them in its line, and lists them below', async () => {
    await using workspace = await openWorkspace({ roster: BAD });
    const { stdout, code } = await workspace.run('check');
    expect(code).toBe(0);
    expect(stdout).toContain('3 rows could not be believed: row 3 (Email: not an email address; Start date:');
    expect(stdout).toMatch(/^ {2}row 5 +End date/m);
  });
});
