import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { makeXlsx } from '../roster/xlsx-file.ts';
import { run } from './workspace.ts';

let sandbox: Sandbox;
let root: string;
let folders = 0;

beforeAll(async () => {
  root = mkdtempSync(path.join(os.tmpdir(), 'cs-init-'));
  sandbox = await startSandbox();
});

afterAll(async () => {
  await sandbox.close();
  rmSync(root, { recursive: true });
});

/** A space in the name of a folder is as likely as not. */
function newFolder(): string {
  folders += 1;
  const folder = path.join(root, `folder ${folders}`);
  mkdirSync(folder);
  return folder;
}

const load = (cwd: string, env = {}) => loadConfig({ cwd, env });

describe.concurrent('init', () => {
  test('writes a configuration and a sample on which plan runs at once', async () => {
    const cwd = newFolder();
    const made = await run(['init', '--sandbox', sandbox.url], { cwd });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const plan = await run(['plan', '--json'], { cwd });
    expect(plan.code).toBe(2);
    expect(plan.json()).toMatchObject({
      verdict: 'changes',
      problems: [],
      pools: [{ pool: 'salable-teaching', assign: [{}, {}, {}, {}] }],
    });
  });

  test('overwrites nothing', async () => {
    const cwd = newFolder();
    writeFileSync(path.join(cwd, 'roster.csv'), 'mine');
    const refused = await run(['init'], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('roster.csv exists already; nothing was written');
    expect(existsSync(path.join(cwd, 'cohort-sync.yaml'))).toBe(false);
    expect(readFileSync(path.join(cwd, 'roster.csv'), 'utf8')).toBe('mine');
    writeFileSync(path.join(cwd, 'cohort-sync.yaml'), 'mine');
    const other = await run(['init', '--json'], { cwd });
    expect(other.json()).toMatchObject({
      config: null,
      error: { message: expect.stringContaining('exists') },
    });
    expect(readFileSync(path.join(cwd, 'cohort-sync.yaml'), 'utf8')).toBe('mine');
  });

  test('takes the real Salable where the environment has a key for it', async () => {
    const cwd = newFolder();
    const env = { SALABLE_API_KEY: 'secret-key-0001', SALABLE_SUBSCRIPTION_UUID: 'abc', TZ: 'Europe/Rome' };
    await run(['init'], { cwd, env });
    expect(readFileSync(path.join(cwd, 'cohort-sync.yaml'), 'utf8')).not.toContain('secret-key');
    expect(load(cwd, env)).toMatchObject({
      timeZone: 'Europe/Rome',
      pools: [{ baseUrl: 'https://api.salable.app', apiKey: 'secret-key-0001', subscriptionUuid: 'abc' }],
    });
  });

  test('fills in the columns of a roster, and says which it could not', async () => {
    const cwd = newFolder();
    const lines = [
      'Term plan',
      '',
      'Work e-mail;"Teacher: first, last";Begins on;Room',
      'a@example.org;Ann;24/11/2026;7',
    ];
    writeFileSync(path.join(cwd, 'people.csv'), lines.join('\n'));
    const made = await run(['init', '--roster', 'people.csv', '--json'], { cwd });
    expect(made.json()).toMatchObject({
      columns: { email: 'Work e-mail', name: 'Teacher: first, last', startsOn: 'Begins on' },
      unrecognized: ['cohort', 'endsOn', 'pools', 'status'],
      headers: ['Work e-mail', 'Teacher: first, last', 'Begins on', 'Room'],
    });
    expect(load(cwd).roster).toMatchObject({
      source: 'csv',
      path: path.join(cwd, 'people.csv'),
      dateFormat: 'dmy',
      columns: { email: ['Work e-mail'], name: ['Teacher: first, last'] },
    });
  });

  test('says in words what a roster lacks', async () => {
    const cwd = newFolder();
    writeFileSync(path.join(cwd, 'people.csv'), 'Name,Phone\nAnn,1\n');
    const made = await run(['init', '--roster', 'people.csv'], { cwd });
    expect(made.code).toBe(0);
    expect(made.stdout).toContain('not recognized: email, cohort, startsOn');
    expect(made.stdout).toContain('its header reads: "Name", "Phone"');
    expect(made.stdout).toContain('roster.columns.email');
  });

  test('knows one tab a cohort, and the tab with their dates, of a workbook', async () => {
    const cwd = newFolder();
    const people = [['Mail', 'Instructor']];
    const tabs = [
      {
        name: 'Dates',
        rows: [
          ['Cohort', 'First day', 'Last day'],
          ['1', { date: 46_350 }, null],
        ],
      },
      { name: 'Cohort 1', rows: [...people, ['ann@example.org', 'Ann & "Co"']] },
      { name: 'Cohort 2', rows: people },
    ];
    writeFileSync(path.join(cwd, 'r.xlsx'), makeXlsx(tabs));
    await run(['init', '--roster', 'r.xlsx', '--sandbox', sandbox.url], { cwd });
    expect(load(cwd).roster).toMatchObject({
      source: 'xlsx',
      sheets: 'Cohort *',
      cohortsSheet: 'Dates',
      columns: { email: ['Mail'], startsOn: ['First day'], endsOn: ['Last day'], cohort: ['Cohort'] },
    });
    const plan = await run(['plan', '--json'], { cwd });
    expect(plan.json()).toMatchObject({ problems: [], pools: [{ verdict: expect.any(String) }] });
  });

  test('reads the header of a spreadsheet, by its address in the browser', async () => {
    const cwd = newFolder();
    sandbox.sheets.reset({
      spreadsheets: [
        { id: 'abc_1', tabs: [{ title: 'Notes' }, { title: 'Staff', rows: [['E-mail', 'Start']] }] },
      ],
    });
    await sandbox.sheets.writeServiceAccountFile(path.join(cwd, 'service-account.json'));
    const address = 'https://docs.google.com/spreadsheets/d/abc_1/edit#gid=0';
    const made = await run(['init', '--spreadsheet', address, '--sandbox', sandbox.url], { cwd });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(load(cwd).roster).toMatchObject({
      source: 'google-sheets',
      spreadsheetId: 'abc_1',
      sheet: 'Staff',
      credentials: path.join(cwd, 'service-account.json'),
      columns: { email: ['E-mail'], startsOn: ['Start'] },
    });
  });

  test('writes nothing when the roster can not be read or the sandbox is not there', async () => {
    const cwd = newFolder();
    const [missing, keyless, silent, both] = await Promise.all([
      run(['init', '--roster', 'nobody.csv'], { cwd }),
      run(['init', '--spreadsheet', 'abc_1', '--credentials', 'nobody.json'], { cwd }),
      run(['init', '--sandbox', 'http://127.0.0.1:9'], { cwd }),
      run(['init', '--roster', 'a', '--spreadsheet', 'b'], { cwd }),
    ]);
    expect([missing, keyless, silent, both].map(({ code }) => code)).toEqual([1, 1, 64, 64]);
    expect(missing.stderr).toContain('nobody.csv does not exist; nothing was written\nCorrect --roster.');
    expect(keyless.stderr).toContain(
      'nobody.json does not exist; nothing was written\nCorrect --credentials.',
    );
    expect(existsSync(path.join(cwd, 'cohort-sync.yaml'))).toBe(false);
  });
});
