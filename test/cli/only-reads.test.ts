import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { ADA, BEN, DAY, HEADER, openWorkspace, type Workspace } from './workspace.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis({ appendfsync: 'always' });
});
afterAll(() => redis.stop());

/** Commands of Redis that change nothing, as the commands of the command line use them. */
const READS = [
  'get',
  'hget',
  'hgetall',
  'hmget',
  'mget',
  'zrange',
  'zrangebyscore',
  'zrevrange',
  'zscore',
  'zcount',
];
const MORE_READS = [
  'info',
  'config',
  'select',
  'client',
  'xrange',
  'exists',
  'zcard',
  'smembers',
  'hello',
  'xlen',
];

test('plan, check, runs and show write nothing to a ledger', async () => {
  await using workspace = await openWorkspace({
    settings: `redis: { url: "${redis.url}" }`,
    rosterSettings: ({ url }) =>
      `roster: { source: google-sheets, spreadsheetId: sandbox-roster, credentials: key.json, apiRootUrl: "${url}" }`,
  });
  const { sheets } = workspace.sandbox;
  await sheets.writeServiceAccountFile(path.join(workspace.folder, 'key.json'));
  const ada = [{ chip: 'ada@example.org', text: 'Ada Ames' }, ...ADA.split(',').slice(1)];
  sheets.setRows([HEADER.split(','), ada, BEN.split(',')]);
  const synced = await workspace.run('sync', '--wait', '--at', DAY);
  const run = /run (r-\S+)/.exec(synced.stderr)?.[1] ?? '';
  const monitor = await redis.connect().monitor();
  const told = new Set<string>();
  monitor.on('monitor', (_time: string, [command = '']: readonly string[]) =>
    told.add(command.toLowerCase()),
  );

  workspace.sandbox.clearLog();
  const plan = await workspace.run('plan', '--at', DAY, '--json');
  expect(plan.json()).toMatchObject({ verdict: 'in-sync', problems: [] });
  // How a people chip reads was found out by the run: no third request tells it again.
  expect(reads(workspace)).toEqual([
    '/v4/spreadsheets/sandbox-roster',
    '/v4/spreadsheets/sandbox-roster/values:batchGet',
  ]);
  const outcomes = await Promise.all([
    plan,
    workspace.run('check'),
    workspace.run('runs'),
    workspace.run('show', run),
  ]);
  monitor.disconnect();
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(told.size).toBeGreaterThan(3);
  expect([...told].filter((command) => ![...READS, ...MORE_READS].includes(command))).toEqual([]);
});

/** The requests to the Sheets API. */
function reads({ sandbox }: Workspace): string[] {
  return sandbox
    .requests()
    .filter(({ provider, path }) => provider === 'sheets' && path !== '/token')
    .map(({ path }) => path);
}
