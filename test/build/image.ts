import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestRedis } from '../support/redis.ts';
import { OPERATOR } from '../support/service.ts';
import { until } from '../support/until.ts';
import { type BuiltImage, buildImage } from './dockerfile.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Node as the base image has it: the one of the packages, before any other. */
export const NODE_PATH = `${path.dirname(process.execPath)}:${process.env.PATH}`;

/**
 * The tests of what the Dockerfile makes, by its own steps in a clean folder.
 * @param folder where to do it. @param npmPath the PATH on which the steps find npm.
 */
export function describeImage(folder: () => string, npmPath: () => string): void {
  const env = () => ({ ...process.env, PATH: npmPath(), NODE_OPTIONS: '' });
  let image: BuiltImage;

  beforeAll(() => {
    const source = path.join(folder(), 'source');
    // What Docker would be sent.
    const ignored = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const left = readdirSync(ROOT).filter((name) => !ignored.includes(name));
    for (const name of left) cpSync(path.join(ROOT, name), path.join(source, name), { recursive: true });
    image = buildImage(source, path.join(folder(), 'image'), env());
  });
  afterAll(() => rmSync(folder(), { recursive: true, force: true }));

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
    const [redis, port] = await Promise.all([startTestRedis({ appendfsync: 'always' }), freePort()]);
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
        http: { host: '0.0.0.0', port, tokens: [{ name: 'ops', role: 'operator', token: OPERATOR }] },
      }),
    );
    const [file = '', ...args] = inside([...image.entrypoint, ...image.cmd]);
    const child = spawn(file, args, {
      cwd: work,
      env: { ...env(), ...image.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      let log = '';
      child.stderr.on('data', (data: Buffer) => (log += data.toString()));
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      await until('the service to be ready', () => log.includes('"ready"'));
      const [check = '', ...checkArgs] = image.healthcheck;
      execFileSync(check, checkArgs, { env: { ...env(), HEALTH_PORT: `${port}` } });
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
      await redis.stop();
    }
  });
}

/** A port that is free at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
