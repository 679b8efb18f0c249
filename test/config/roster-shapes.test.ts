import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../src/errors.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'shapes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(...lines: string[]) {
  const roster = ['roster:', '  source: xlsx', '  path: r.xlsx', ...lines.map((line) => `  ${line}`)];
  const pool = 'pools: [{ id: a, provider: salable, apiKey: k, subscriptionUuid: s }]';
  writeFileSync(path.join(folder, 'cohort-sync.yaml'), ['timeZone: UTC', ...roster, pool].join('\n'));
  return loadConfig({ cwd: folder, env: {} }).roster;
}

function faults(...lines: string[]): readonly string[] {
  try {
    load(...lines);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.faults.map(({ path: where, problem }) => `${where}: ${problem}`);
  }
}

it('takes one tab a cohort, and a tab with their dates', () => {
  expect(load('sheets: "Cohort *"', 'cohortsSheet: Dates')).toMatchObject({
    sheets: 'Cohort *',
    cohortsSheet: 'Dates',
  });
  expect(load('sheet: Staff')).toMatchObject({ sheet: 'Staff' });
});

it.each(['"Cohort"', '"*"', '"* of *"'])('refuses sheets: %s, which names no cohort', (pattern) => {
  expect(faults(`sheets: ${pattern}`)).toEqual([
    expect.stringContaining('roster.sheets: expected the names of the tabs with one *'),
  ]);
});

it('refuses one tab and one a cohort at once', () => {
  expect(faults('sheet: A', 'sheets: "B *"')).toEqual([
    expect.stringContaining('roster.sheets: roster.sheet is given too'),
  ]);
});
