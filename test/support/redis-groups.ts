import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { findRedisServer } from '../../src/queue/server-binary.ts';
import { until } from './until.ts';

/** Ends the server when its own standard input ends, as it does when the test is over or was killed. */
const GUARD = '"$@" >/dev/null 2>&1 & server=$!; read -r _; kill -9 $server; wait $server';

interface Server {
  readonly port: number;
  readonly redis: Redis;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Several servers that know of each other. */
export interface RedisGroup extends AsyncDisposable {
  /** For `redis` of a configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly servers: readonly Server[];
}

const DURABLE = { save: '', appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' };

/** A primary, its replica, and a sentinel that makes the replica the primary when that is gone for half a second. */
export async function startSentinels(): Promise<RedisGroup> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-sentinel-'));
  const primary = await startServer(folder, 'primary', DURABLE);
  const replica = await startServer(folder, 'replica', {
    ...DURABLE,
    replicaof: `127.0.0.1 ${primary.port}`,
    'repl-diskless-sync-delay': '0',
  });
  await until('the replica to follow', async () =>
    (await replica.redis.info('replication')).includes('master_link_status:up'),
  );
  const port = await freePort();
  const file = path.join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor school 127.0.0.1 ${primary.port} 1`,
    'sentinel down-after-milliseconds school 500',
    'sentinel failover-timeout school 3000',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const sentinel = await startProcess([findRedisServer(process.env), file, '--sentinel'], port);
  await until('the sentinel to know the replica', async () => {
    const replicas = await sentinel.redis.call('SENTINEL', 'replicas', 'school');
    return Array.isArray(replicas) && replicas.length > 0;
  });
  const settings = { sentinel: { name: 'school', nodes: [`127.0.0.1:${port}`] } };
  return group(folder, settings, [primary, replica, sentinel]);
}

/** A cluster of three primaries, each with a third of the slots. */
export async function startCluster(): Promise<RedisGroup> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-cluster-'));
  const servers = await Promise.all(
    ['one', 'two', 'three'].map(async (name) =>
      startServer(folder, name, {
        ...DURABLE,
        'cluster-enabled': 'yes',
        'cluster-config-file': `${name}.conf`,
        'cluster-port': String(await freePort()),
        'cluster-node-timeout': '2000',
      }),
    ),
  );
  const [first] = servers;
  const slots = [
    [0, 5460],
    [5461, 10922],
    [10923, 16383],
  ];
  await Promise.all(
    servers.map(({ redis }, index) =>
      redis.call('CLUSTER', 'ADDSLOTSRANGE', ...(slots[index] ?? []).map(String)),
    ),
  );
  for (const { redis, port } of servers.slice(1)) {
    const bus = await redis.config('GET', 'cluster-port');
    await first?.redis.call(
      'CLUSTER',
      'MEET',
      '127.0.0.1',
      String(port),
      Array.isArray(bus) ? String(bus[1]) : '',
    );
  }
  await until('the cluster to be one', async () => {
    const states = await Promise.all(servers.map(({ redis }) => redis.cluster('INFO')));
    return states.every((state) => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(state));
  });
  const settings = { cluster: { nodes: [`127.0.0.1:${first?.port}`] } };
  return group(folder, settings, servers);
}

function group(folder: string, settings: RedisGroup['settings'], servers: readonly Server[]): RedisGroup {
  return {
    settings,
    servers,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startServer(
  folder: string,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<Server> {
  const port = await freePort();
  const all = { ...settings, port: String(port), bind: '127.0.0.1', dir: folder, appenddirname: name };
  const given = Object.entries(all).flatMap(([key, value]) => [`--${key}`, ...value.split(' ')]);
  return startProcess([findRedisServer(process.env), ...given], port);
}

async function startProcess(command: readonly string[], port: number): Promise<Server> {
  const guard: ChildProcess = spawn('/bin/sh', ['-c', GUARD, 'guard', ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.stdin?.on('error', () => undefined);
  const gone = new Promise<void>((resolve) => guard.once('exit', () => resolve()));
  const redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  await until(`a server on port ${port}`, () => redis.ping());
  return {
    port,
    redis,
    kill: async () => {
      redis.disconnect();
      guard.stdin?.end();
      await gone;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
