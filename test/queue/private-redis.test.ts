import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { forLedger, inspectDurability, type RedisAddress, untilReady } from '../../src/queue/connection.ts';
import { hasPrivateRedis, openPrivateRedis, type PrivateRedis } from '../../src/queue/private-redis.ts';
import { processIdentity } from '../../src/queue/process-identity.ts';

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const users: ChildProcess[] = [];
const opened: PrivateRedis[] = [];
let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(path.join(os.tmpdir(), 'cs-data-'));
});

afterEach(async () => {
  for (const user of users.splice(0)) user.kill('SIGKILL');
  for (const own of opened.splice(0)) await own.close();
  // Finds the server of killed users, if any, and stops it.
  if (existsSync(path.join(dataFolder, 'redis', 'server.json'))) {
    await open().then(
      (own) => own.close(),
      () => undefined,
    );
  }
  rmSync(dataFolder, { recursive: true, force: true });
});

async function open(options: { folder?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {}) {
  const { folder = dataFolder, env = process.env, signal = new AbortController().signal } = options;
  const own = await openPrivateRedis({ dataFolder: folder, env, signal, log });
  opened.push(own);
  return own;
}

async function withRedis<T>(
  address: RedisAddress,
  use: (redis: ReturnType<typeof forLedger>) => Promise<T>,
): Promise<T> {
  const redis = forLedger(address, log);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

function serverPid(address: RedisAddress): Promise<number> {
  return withRedis(address, async (redis) =>
    Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]),
  );
}

interface Visit {
  readonly process: ChildProcess;
  readonly count: number;
  readonly server: number;
  leave(): Promise<void>;
}

/** Another process that uses the private Redis of the folder. */
async function visit(): Promise<Visit> {
  const script = path.join(import.meta.dirname, 'private-redis-user.ts');
  const child = spawn(process.execPath, [script, dataFolder], { stdio: ['pipe', 'pipe', 'inherit'] });
  users.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { count, server } = JSON.parse((await lines.next()).value ?? '{}') as {
    count: number;
    server: number;
  };
  return {
    process: child,
    count,
    server,
    leave: async () => {
      child.stdin.write('leave\n');
      expect((await lines.next()).value).toBe('left');
    },
  };
}

test('six processes that start at once share one server, and the last to leave stops it', async () => {
  const visits = await Promise.all(Array.from({ length: 6 }, visit));
  const server = visits[0]?.server ?? 0;
  expect(visits.map((one) => one.server)).toEqual(Array.from({ length: 6 }, () => server));
  expect(visits.map((one) => one.count).sort()).toEqual([1, 2, 3, 4, 5, 6]);

  await Promise.all(visits.slice(1).map((one) => one.leave()));
  expect(processIdentity(server)).not.toBeNull();
  await visits[0]?.leave();
  expect(processIdentity(server)).toBeNull();
}, 60_000);

test('processes that come while others go never lose the server', async () => {
  const own = await open();
  const rounds = Array.from({ length: 4 }, async () => {
    for (let round = 0; round < 5; round++) {
      const other = await open();
      await withRedis(other.address, (redis) => redis.incr('visits'));
      await other.close();
    }
  });
  await own.close();
  await Promise.all(rounds);
  const last = await open();
  expect(await withRedis(last.address, (redis) => redis.get('visits'))).toBe('20');
}, 60_000);

test('the server outlives a starter that was killed, and the next user finds it', async () => {
  const starter = await visit();
  const gone = new Promise((resolve) => starter.process.once('exit', resolve));
  starter.process.kill('SIGKILL');
  await gone;
  const next = await open();
  expect(await serverPid(next.address)).toBe(starter.server);
  await next.close();
  expect(processIdentity(starter.server)).toBeNull();
});

test('data survive the end of all users', async () => {
  expect(hasPrivateRedis(dataFolder)).toBe(false);
  const first = await open();
  await withRedis(first.address, (redis) => redis.set('seats', '12'));
  await first.close();
  expect(hasPrivateRedis(dataFolder)).toBe(true);
  const second = await open();
  expect(await withRedis(second.address, (redis) => redis.get('seats'))).toBe('12');
});

test('it meets the durability bar and is for its owner alone', async () => {
  const { address } = await open();
  expect(await withRedis(address, inspectDurability)).toEqual({ ok: true, fatal: [], warnings: [] });
  expect(statSync(path.join(dataFolder, 'redis')).mode & 0o777).toBe(0o700);
  expect('socket' in address && statSync(address.socket).mode & 0o777).toBe(0o700);
});

test('a server that was killed while in use is started again under the same address', async () => {
  const { address } = await open();
  await withRedis(address, (redis) => redis.set('seats', '12'));
  const before = await serverPid(address);
  process.kill(before, 'SIGKILL');
  await vi.waitFor(async () => expect(await serverPid(address)).not.toBe(before), {
    timeout: 10_000,
    interval: 50,
  });
  expect(await withRedis(address, (redis) => redis.get('seats'))).toBe('12');
});

test('a server whose socket was deleted is stopped before another is started on its data', async () => {
  const starter = await visit();
  starter.process.kill('SIGKILL');
  rmSync(path.join(dataFolder, 'redis', 'redis.sock'));
  const next = await open();
  expect(await serverPid(next.address)).not.toBe(starter.server);
  expect(processIdentity(starter.server)).toBeNull();
  expect(await withRedis(next.address, (redis) => redis.get('users'))).toBe('1');
});

test('a record of a process that has ended, its id taken by another, is no server', async () => {
  const folder = path.join(dataFolder, 'redis');
  mkdirSync(folder, { recursive: true });
  const record = { pid: process.pid, identity: 'another boot/1', socket: path.join(folder, 'redis.sock') };
  writeFileSync(path.join(folder, 'server.json'), JSON.stringify(record));
  const { address } = await open();
  expect(await serverPid(address)).not.toBe(process.pid);
});

test('a folder whose path is too long for a socket, with spaces and quotes in it, works too', async () => {
  const folder = path.join(dataFolder, `it's a "long" \\ one `.repeat(5));
  const own = await open({ folder });
  const again = await open({ folder });
  expect(await serverPid(own.address)).toBe(await serverPid(again.address));
  const socket = 'socket' in own.address ? own.address.socket : '';
  expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(100);
  expect(statSync(path.dirname(socket)).mode & 0o777).toBe(0o700);
  await again.close();
  await own.close();
  expect(existsSync(path.dirname(socket))).toBe(false);
});

test('without a server on the PATH it says how to install one', async () => {
  const bin = path.join(dataFolder, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'apk'), '', { mode: 0o755 });
  await expect(open({ env: { PATH: bin } })).rejects.toMatchObject({
    message: expect.stringContaining('neither redis-server nor valkey-server is on the PATH'),
    advice: expect.stringMatching(/bin\/setup.*apk add redis/),
  });
  expect(hasPrivateRedis(dataFolder)).toBe(false);
});

test('a server that dies at its start is reported with the last lines of its log', async () => {
  const folder = path.join(dataFolder, 'redis', 'appendonlydir');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'appendonly.aof.manifest'), 'nonsense\n');
  await expect(open()).rejects.toThrow(/did not start.*Reading the manifest file/s);
});

test('a folder that cannot be written is named', async () => {
  const file = path.join(dataFolder, 'file');
  writeFileSync(file, '');
  await expect(open({ folder: file })).rejects.toThrow(/can't keep its data in .*file/);
});

test('opening ends when it is aborted', async () => {
  await expect(open({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('a connection to the server of a closed folder says so in time', async () => {
  const { address, close } = await open();
  await close();
  const redis = forLedger(address, log);
  await expect(untilReady(redis, 300)).rejects.toThrow(/redis\.sock can't be used: .*ENOENT/);
  redis.disconnect();
});
