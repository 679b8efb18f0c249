import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { DAY, openWorkspace } from './workspace.ts';

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
  await using workspace = await openWorkspace({ settings: `redis: { url: "${redis.url}" }` });
  const synced = await workspace.run('sync', '--wait', '--at', DAY);
  const run = /run (r-\S+)/.exec(synced.stderr)?.[1] ?? '';
  const monitor = await redis.connect().monitor();
  const told = new Set<string>();
  monitor.on('monitor', (_time: string, [command = '']: readonly string[]) =>
    told.add(command.toLowerCase()),
  );

  const outcomes = await Promise.all([
    workspace.run('plan', '--at', DAY),
    workspace.run('check'),
    workspace.run('runs'),
    workspace.run('show', run),
  ]);
  monitor.disconnect();
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(told.size).toBeGreaterThan(3);
  expect([...told].filter((command) => ![...READS, ...MORE_READS].includes(command))).toEqual([]);
});
