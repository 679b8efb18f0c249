import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { DAY, openWorkspace, type Workspace } from './workspace.ts';

/** Secrets that would be seen wherever they leaked. */
const KEY = 'test_canary_5b1e8d40c7';
const PASSWORD = 'canary-password-77c1';
const WRONG_PASSWORD = 'canary-mistyped-12aa';
const SECRETS = [KEY, PASSWORD, WRONG_PASSWORD];

let redis: TestRedis;
let port: number;
beforeAll(async () => {
  port = await freePort();
  redis = await startTestRedis({
    settings: { requirepass: PASSWORD, port: String(port), bind: '127.0.0.1' },
  });
});
afterAll(() => redis.stop());

test('no key and no password shows in any output at any log level, nor in what Redis is told', async () => {
  await using workspace = await openWorkspace();
  configure(workspace, PASSWORD);
  const watcher = redis.connect({ password: PASSWORD });
  const told: string[] = [];
  const monitor = await watcher.monitor();
  monitor.on('monitor', (_time: string, args: readonly string[]) => told.push(args.join(' ')));

  const outputs: string[] = [];
  const see = async (...args: string[]) => {
    const { stdout, stderr, code } = await workspace.run(...args);
    outputs.push(stdout, stderr);
    return code;
  };
  expect(await see('check')).toBe(0);
  expect(await see('plan', '--at', DAY)).toBe(2);
  expect(await see('sync', '--wait', '--at', DAY)).toBe(0);
  expect(await see('runs', '--json')).toBe(0);

  // A server that repeats what it was sent.
  workspace.breakSalable({ kind: 'status', status: 401, body: { error: `unknown key ${KEY}` } });
  expect(await see('plan', '--json')).toBe(1);
  expect(await see('sync', '--wait', '--at', DAY)).toBe(1);
  expect(outputs.join('')).toContain('does not accept the API key');
  configure(workspace, WRONG_PASSWORD);
  expect(await see('runs')).toBe(1);
  expect(outputs.join('')).toContain('WRONGPASS');

  monitor.disconnect();
  expect(told.length).toBeGreaterThan(100);
  for (const secret of SECRETS) {
    expect(outputs.join('\n')).not.toContain(secret);
    // The server itself hides what AUTH was given.
    expect(told.filter((line) => line.includes(secret))).toEqual([]);
  }
});

function configure({ folder, sandbox }: Workspace, password: string): void {
  sandbox.salable.reset({
    keys: [{ key: KEY }],
    subscriptions: [{ seats: 2, assigned: ['owner@example.org'] }],
    settings: { events: { after: { polls: 0 } } },
  });
  writeFileSync(path.join(folder, '.env'), `SALABLE_KEY=${KEY}\n`);
  writeFileSync(
    path.join(folder, 'cohort-sync.yaml'),
    `timeZone: America/New_York
roster: { source: csv, path: roster.csv }
pools:
  - id: teaching
    provider: salable
    baseUrl: ${sandbox.url}/salable
    apiKey: \${SALABLE_KEY}
    subscriptionUuid: ${sandbox.salable.report().subscriptions[0]?.uuid}
redis: { url: "redis://:${password}@127.0.0.1:${port}" }
log: { level: trace }
`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
