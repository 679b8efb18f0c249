import { connect, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { waitForRedis } from '../../src/cli/wait-for-redis.ts';
import {
  forLedger,
  forProducers,
  forWorkers,
  inspectDurability,
  untilReady,
} from '../../src/queue/connection.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const log = { info: vi.fn(), warn: vi.fn() };
let server: TestRedis;
const closing: { disconnect(): void }[] = [];

beforeAll(async () => {
  server = await startTestRedis({ appendfsync: 'always' });
});
afterAll(() => server.stop());
beforeEach(() => {
  log.info.mockClear();
  log.warn.mockClear();
});
afterEach(async () => {
  for (const redis of closing.splice(0)) redis.disconnect();
});

function closed<T extends { disconnect(): void }>(redis: T): T {
  closing.push(redis);
  return redis;
}

/** A line to the server that can break between a command and its reply: the server has applied what the client can't know. */
async function startLossyLine(server: string) {
  const socket = `${server}.lossy`;
  let lossy = false;
  const line = createServer((client) => {
    const upstream = connect(server);
    const hangUp = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', hangUp).on('close', hangUp).pipe(upstream);
    upstream.on('error', hangUp).on('data', (reply) => {
      if (!lossy) return client.write(reply);
      lossy = false;
      return hangUp();
    });
  });
  await new Promise<void>((resolve) => line.listen(socket, resolve));
  return {
    socket,
    loseReplies: () => {
      lossy = true;
    },
    close: () => line.close(),
  };
}

test('every role reads and writes, by URL of a unix socket', async () => {
  for (const role of [forWorkers, forProducers, forLedger]) {
    const redis = closed(role({ url: server.url }, log));
    await untilReady(redis);
    expect(await redis.set('key', 'value')).toBe('OK');
  }
});

test('a producer fails at once while Redis is away', async () => {
  const redis = closed(forProducers({ socket: '/nowhere/redis.sock' }, log));
  await expect(redis.ping()).rejects.toThrow(/enableOfflineQueue/);
});

test('a lost reply rejects for the ledger, and what it was of is not sent again', async () => {
  const line = await startLossyLine(server.socket);
  const redis = closed(forLedger({ socket: line.socket }, log));
  await redis.set('purchases', '0');
  for (let round = 1; round <= 20; round++) {
    line.loseReplies();
    await expect(redis.incr('purchases')).rejects.toThrow();
    await vi.waitFor(async () => expect(await redis.get('purchases')).toBe(String(round)));
  }
  line.close();
});

test('an outage is logged once when it begins and once when it ends', async () => {
  const own = await startTestRedis();
  const redis = closed(forLedger({ url: own.url }, log));
  await redis.ping();
  await own.kill();
  await vi.waitFor(() => expect(log.warn).toHaveBeenCalled());
  await expect(redis.ping()).rejects.toThrow();
  await own.restart();
  await vi.waitFor(() => expect(log.info).toHaveBeenCalledWith(expect.anything(), 'Redis is back'));
  expect(log.warn).toHaveBeenCalledOnce();
  await own.stop();
});

test('a service waits for Redis however long that takes, says so again and again, and stops when it is told to', async () => {
  const own = await startTestRedis();
  await own.kill();
  const redis = closed(forLedger({ url: own.url }, log));
  const told = vi.fn();
  const often = { tellMs: 30, lookMs: 10 };
  const stop = new AbortController();
  const waiting = waitForRedis(redis, { warn: told }, stop.signal, often);
  await vi.waitFor(() => expect(told.mock.calls.length).toBeGreaterThan(2));
  expect(told).toHaveBeenCalledWith(
    { problem: expect.stringContaining("can't be used") },
    'waiting for Redis; nothing runs until it answers',
  );
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  const patient = waitForRedis(redis, { warn: told }, new AbortController().signal, often);
  await own.restart();
  await patient;
  expect(await redis.ping()).toBe('PONG');
  await own.stop();
});

test('the ledger gives a hanging server up after five seconds', async () => {
  const redis = closed(forLedger({ url: server.url }, log));
  await redis.ping();
  const blocker = closed(server.connect());
  await blocker.client('PAUSE', 6_500, 'ALL');
  const started = performance.now();
  await expect(redis.incr('late')).rejects.toThrow('Command timed out');
  expect(performance.now() - started).toBeGreaterThan(4_500);
  await vi.waitFor(async () => expect(await redis.get('late')).toBe('1'), { timeout: 5_000 });
});

test('the log of an outage holds no password', async () => {
  const redis = closed(forLedger({ url: 'redis://user:hunter2hunter2@127.0.0.1:1/0' }, log));
  await expect(untilReady(redis, 200)).rejects.toThrow(/127\.0\.0\.1:1 can't be used: .*ECONNREFUSED/);
  expect(log.warn).toHaveBeenCalledOnce();
  expect(JSON.stringify(log.warn.mock.calls)).not.toContain('hunter2');
});

test('appendfsync always, noeviction and a recent version meet the bar', async () => {
  expect(await inspectDurability(server.connect())).toEqual({ ok: true, fatal: [], warnings: [] });
});

test.for([
  ['allkeys-lru', 'fatal', /may drop keys .*maxmemory-policy allkeys-lru.*set maxmemory-policy noeviction/],
  ['volatile-ttl', 'fatal', /maxmemory-policy volatile-ttl/],
] as const)('maxmemory-policy %s is %s', async ([policy, , message]) => {
  const redis = server.connect();
  await redis.config('SET', 'maxmemory-policy', policy);
  try {
    const { ok, fatal } = await inspectDurability(redis);
    expect(ok).toBe(false);
    expect(fatal).toEqual([expect.stringMatching(message)]);
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  }
});

test('everysec and a missing append-only file are warned of', async () => {
  const redis = server.connect();
  await redis.config('SET', 'appendfsync', 'everysec');
  expect((await inspectDurability(redis)).warnings).toEqual([
    expect.stringContaining('has appendfsync everysec'),
  ]);
  await redis.config('SET', 'appendfsync', 'always');
  await redis.config('SET', 'appendonly', 'no');
  expect((await inspectDurability(redis)).warnings).toEqual([expect.stringContaining('no append-only file')]);
  await redis.config('SET', 'appendonly', 'yes');
});

test('where CONFIG is forbidden it goes by INFO', async () => {
  const redis = server.connect();
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lfu');
  await redis.acl('SETUSER', 'managed', 'on', '>secret', '~*', '&*', '+@all', '-config');
  const managed = server.connect({ username: 'managed', password: 'secret' });
  try {
    expect((await inspectDurability(managed)).fatal).toEqual([expect.stringContaining('allkeys-lfu')]);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await inspectDurability(managed)).toMatchObject({
      fatal: [],
      warnings: [expect.stringContaining("doesn't tell its appendfsync")],
    });
  } finally {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  }
});
