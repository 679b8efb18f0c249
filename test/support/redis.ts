import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { findRedisServer } from '../../src/queue/server-binary.ts';

export interface TestRedisOptions {
  /** When a write is on disk (Default: never; the server forgets everything when it stops). */
  readonly appendfsync?: 'no' | 'everysec' | 'always';
  /** Further settings, as `{ 'maxmemory-policy': 'allkeys-lru' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Puts something into the server's folder before it starts. */
  readonly prepare?: (folder: string) => void;
}

export interface TestRedis {
  /** For `redis.url` of a configuration. */
  readonly url: string;
  readonly socket: string;
  readonly folder: string;
  /** A connection that is closed by `stop`. */
  connect(options?: Omit<RedisOptions, 'replyMapping'>): Redis;
  /** Kills the server as a crash would (SIGKILL). */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on what it had on disk. */
  restart(): Promise<void>;
  /** Ends everything and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Waits for the end of its standard input, which comes when the test ends it or dies, even by SIGKILL; then kills the
 * server and removes the folder. So no server outlives its test.
 */
const GUARD = `
folder=$1; shift
"$@" >"$folder/redis.log" 2>&1 &
server=$!
read -r how
kill -9 $server 2>/dev/null
wait $server 2>/dev/null
[ "$how" = keep ] || rm -rf "$folder"
`;

/** A real Redis of one's own on a unix socket, empty. */
export async function startTestRedis({
  appendfsync,
  settings = {},
  prepare,
}: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-redis-'));
  prepare?.(folder);
  const socket = path.join(folder, 'redis.sock');
  const all = {
    port: '0',
    unixsocket: socket,
    dir: folder,
    save: '',
    appendonly: appendfsync === undefined ? 'no' : 'yes',
    appendfsync: appendfsync ?? 'no',
    'maxmemory-policy': 'noeviction',
    ...settings,
  };
  const command = [
    findRedisServer(process.env),
    ...Object.entries(all).flatMap(([key, value]) => [`--${key}`, value]),
  ];
  const connections: Redis[] = [];
  let guard = await startGuard(folder, command, socket);

  return {
    url: `unix://${socket}`,
    socket,
    folder,
    connect: (options = {}) => {
      const redis = new Redis({ ...options, path: socket });
      redis.on('error', () => undefined);
      connections.push(redis);
      return redis;
    },
    kill: () => endGuard(guard, 'keep\n'),
    restart: async () => {
      guard = await startGuard(folder, command, socket);
    },
    stop: async () => {
      for (const redis of connections) redis.disconnect();
      await endGuard(guard, '');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startGuard(folder: string, command: readonly string[], socket: string): Promise<ChildProcess> {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', folder, ...command], {
    // A group of its own, so that Ctrl-C reaches the test alone.
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  for (let tries = 0; !(await accepts(socket)); tries++) {
    if (tries > 500 || guard.exitCode !== null)
      throw new Error(`the test's Redis did not start: ${command.join(' ')}`);
    await delay(10);
  }
  return guard;
}

function endGuard(guard: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    if (guard.exitCode !== null) return resolve();
    guard.once('exit', () => resolve());
    guard.stdin?.on('error', () => undefined);
    guard.stdin?.end(word);
  });
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connectSocket(socket, () => {
      connection.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });
}
