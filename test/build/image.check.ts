import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis } from '../support/redis.ts';
import { OPERATOR } from '../support/service.ts';
import { until } from '../support/until.ts';
import { type BuiltImage, buildImage } from './dockerfile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Node as the base image has it: the one of the packages, before any other. */
const ENV = {
  ...process.env,
  PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
  NODE_OPTIONS: '',
};

let folder: string;
let image: BuiltImage;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cs-image-'));
  const source = path.join(folder, 'source');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of files.split('\n').filter((each) => each !== '' && existsSync(path.join(ROOT, each)))) {
    cpSync(path.join(ROOT, file), path.join(source, file));
  }
  image = buildImage(source, path.join(folder, 'image'), ENV);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the image has production packages only, no sources, and is no larger than it has to be', () => {
  const app = path.join(image.root, 'app');
  for (const left of ['src', 'test', 'jobs', 'node_modules/vitest', 'node_modules/typescript']) {
    expect(existsSync(path.join(app, left))).toBe(false);
  }
  const megabytes = Number(execFileSync('du', ['-sm', app], { encoding: 'utf8' }).split('\t')[0]);
  process.stderr.write(`/app of the image: ${megabytes} MB, beside node:24-slim\n`);
  expect(megabytes).toBeLessThan(60);
  expect(image.user).toBe('node');
});

test('it starts by its own command, is healthy by its own check, and ends with 0 at SIGTERM', async () => {
  const redis = await startTestRedis({ appendfsync: 'always' });
  const inside = (words: readonly string[]) =>
    words.map((word) => word.replace(/^\/app\//, `${image.root}/app/`));
  const work = path.join(image.root, image.workdir);
  writeFileSync(
    path.join(work, 'cohort-sync.yaml'),
    JSON.stringify({
      timeZone: 'America/New_York',
      roster: { source: 'google-sheets', spreadsheetId: 'x' },
      pools: [{ id: 'teaching', provider: 'salable', apiKey: 'a-key', subscriptionUuid: 'a' }],
      redis: { url: redis.url },
      http: { host: '0.0.0.0', port: 18_080, tokens: [{ name: 'ops', role: 'operator', token: OPERATOR }] },
    }),
  );
  const [file = '', ...args] = inside([...image.entrypoint, ...image.cmd]);
  const child = spawn(file, args, {
    cwd: work,
    env: { ...ENV, ...image.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let log = '';
    child.stderr.on('data', (data: Buffer) => (log += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until('the service to be ready', () => log.includes('"ready"'));
    const [check = '', ...checkArgs] = image.healthcheck;
    execFileSync(check, checkArgs, { env: { ...ENV, HEALTH_PORT: '18080' } });
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
    await redis.stop();
  }
});
