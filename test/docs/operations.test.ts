import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { EXIT } from '../../src/errors.ts';
import { inspectDurability } from '../../src/queue/connection.ts';
import { findRedisServer } from '../../src/queue/server-binary.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** The longest that the service takes to end: requests, then jobs, then what is cut off (seconds). */
const DRAIN_SECONDS = 25;

test('docs/operations.md has what to do for each message that the log warns with', () => {
  const page = read('docs/operations.md');
  const table = page.slice(page.indexOf('## Messages'));
  const files = globSync('{src,jobs}/**/*.ts', { cwd: ROOT, exclude: ['src/sandbox/**'] });
  const messages = files.flatMap((file) => warningsIn(read(file)));
  expect(messages.length).toBeGreaterThan(15);
  expect(messages.filter((message) => !table.includes(message))).toEqual([]);
});

/** The message is the last text of a call of `warn` or `error`. */
function warningsIn(source: string): string[] {
  const calls = [...source.matchAll(/\blog(?:\.(?:warn|error)|\[[^\]]*'warn'\])\(/g)];
  return calls.flatMap(({ index, 0: { length } }) => {
    const call = source.slice(index + length, endOfCall(source, index + length));
    const texts = [...call.matchAll(/'((?:[^'\\\n]|\\.)+)'/g)].map(([, text = '']) => text);
    return texts.at(-1) ?? [];
  });
}

function endOfCall(source: string, start: number): number {
  for (let at = start, open = 1; at < source.length; at++) {
    if (source[at] === '(') open += 1;
    if (source[at] === ')') open -= 1;
    if (open === 0) return at;
  }
  return source.length;
}

test('the unit of systemd starts what the package has, and gives it the time that it takes to end', () => {
  const unit = read('config/cohort-sync.service');
  const settings = new Map(
    unit.split('\n').flatMap((line) => {
      const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, value]];
    }),
  );
  const [, bin = '', command] = (settings.get('ExecStart') ?? '').split(' ');
  expect(existsSync(path.join(ROOT, bin.replace('/opt/cohort-sync/', '')))).toBe(true);
  expect(command).toBe('serve');
  expect(settings.get('ExecReload')).toContain('-HUP $MAINPID');
  expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(DRAIN_SECONDS);
  expect(settings.get('RestartPreventExitStatus')?.split(' ').map(Number)).toEqual([EXIT.usage, EXIT.config]);
  // The private Redis keeps its data beside the configuration, which is read-only otherwise.
  expect(settings.get('ProtectSystem')).toBe('strict');
  expect(settings.get('ReadWritePaths')).toBe(`${settings.get('WorkingDirectory')}/data`);
  expect(settings.get('ExecStartPre')).toBe(
    `+/usr/bin/install -d -o cohort-sync -m 700 ${settings.get('WorkingDirectory')}/data`,
  );
});

const seconds = z
  .string()
  .regex(/^\d+s$/)
  .transform(Number.parseFloat);
const compose = z.object({
  services: z.object({
    'cohort-sync': z.object({
      read_only: z.literal(true),
      volumes: z.array(z.string()),
      stop_grace_period: seconds,
    }),
    redis: z.object({ command: z.string() }),
  }),
});

test('compose.yaml sets Redis up as it has to be, and gives the service the time that it takes to end', async () => {
  const { services } = compose.parse(parse(read('compose.yaml')));
  expect(services['cohort-sync'].stop_grace_period).toBeGreaterThan(DRAIN_SECONDS);
  expect(services['cohort-sync'].volumes).toEqual(['./settings:/work:ro']);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-compose-'));
  const socket = path.join(folder, 'redis.sock');
  const [, ...args] = services.redis.command.split(' ').map((word) => (word === '""' ? '' : word));
  const server = spawn(
    findRedisServer(process.env),
    [...args, '--port', '0', '--unixsocket', socket, '--dir', folder],
    { stdio: 'ignore' },
  );
  try {
    await until('its Redis to start', () => existsSync(socket));
    const redis = new Redis({ path: socket });
    expect(await inspectDurability(redis)).toEqual({ ok: true, fatal: [], warnings: [] });
    redis.disconnect();
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
