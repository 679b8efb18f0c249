import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { createProgram } from '../../src/cli/program.ts';
import { plainEnvironment } from '../cli/workspace.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NEVER = new AbortController().signal;
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** The fenced blocks of the README in one language, in order. */
function blocks(language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, content]) =>
    name === language && content !== undefined ? [content] : [],
  );
}

const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));

/** What each command of the README ends with, and what a reader sees. Those that are missing fail the test below. */
const EXPECTED: Readonly<Record<string, { code: number; shows: string }>> = {
  'npx cohort-sync init': { code: 0, shows: 'Wrote ' },
  'npx cohort-sync check': { code: 0, shows: 'Salable subscription' },
  'npx cohort-sync plan': { code: 2, shows: 'Nothing was changed.' },
  'npx cohort-sync sync --wait': { code: 0, shows: 'Verdict: in-sync' },
  'npx cohort-sync explain ann.lee@example.org': { code: 0, shows: 'ann.lee@example.org has a seat' },
  'npx cohort-sync runs': { code: 0, shows: 'in-sync' },
};
const SANDBOX = 'npx cohort-sync sandbox --port 8090';
const ELSEWHERE = ['bin/setup', 'npm run demo', SANDBOX];

test('every command of the README is known to these tests', () => {
  expect(commands.toSorted()).toEqual([...ELSEWHERE, ...Object.keys(EXPECTED)].sort());
});

test.each(['README.md', 'docs/pages.md'])('the pictures of %s are there, described, and small', (page) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const pictures = [...text.matchAll(/!\[([^\]]*)\]\(([^)]+\.png)\)/g)];
  expect(pictures.length).toBeGreaterThan(0);
  for (const [, described = '', file = ''] of pictures) {
    expect(described).not.toBe('');
    expect(statSync(path.join(ROOT, path.dirname(page), file)).size).toBeLessThan(150_000);
  }
});

test('bin/setup can be run, and npm run demo is what the test of the demo runs', () => {
  accessSync(path.join(ROOT, 'bin/setup'), constants.X_OK);
  execFileSync('bash', ['-n', path.join(ROOT, 'bin/setup')]);
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));
  expect(scripts.demo).toBe('node src/sandbox/demo/demo.ts');
});

test('the configuration to copy is right', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-readme-'));
  writeFileSync(path.join(folder, 'cohort-sync.yaml'), blocks('yaml')[0] ?? '');
  const env = { SALABLE_API_KEY: 'test_key', REDIS_URL: 'redis://127.0.0.1:6379' };
  expect(loadConfig({ cwd: folder, env }).pools).toHaveLength(1);
  rmSync(folder, { recursive: true });
});

test('the pools to copy are right, with nothing but what stands there', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-readme-'));
  const [, ...pools] = blocks('yaml');
  const env = { ZOOM_ACCOUNT_ID: 'a', ZOOM_CLIENT_ID: 'c', ZOOM_CLIENT_SECRET: 's', SMM_API_KEY: 'k' };
  const rest = 'timeZone: America/New_York\nroster: { source: csv, path: roster.csv }\n';
  const kinds = pools.flatMap((block) => {
    writeFileSync(path.join(folder, 'cohort-sync.yaml'), rest + block);
    return loadConfig({ cwd: folder, env }).pools.map(({ provider }) => provider);
  });
  expect(kinds).toEqual(['zoom', 'securemailmerge']);
  rmSync(folder, { recursive: true });
});

test('the table of commands has all of them', () => {
  const io = { terminal: { out: process.stdout, err: process.stderr, env: {} }, cwd: ROOT, signal: NEVER };
  const all = createProgram(io, () => undefined).commands.map((command) => command.name());
  const rows = [...README.matchAll(/^\| (`[a-z]+[^|]*) \|/gm)].map(([, cell]) => cell ?? '');
  const named = rows.flatMap((cell) => [...cell.matchAll(/`([a-z]+)/g)].map(([, name]) => name ?? ''));
  expect(all.filter((name) => name !== 'help' && !named.includes(name))).toEqual([]);
});

test.each(['README.md', 'CONTRIBUTING.md'])('every file that %s names is there', (page) => {
  const content = readFileSync(path.join(ROOT, page), 'utf8');
  const linked = [...content.matchAll(/\]\(([^)#:]+)\)/g)].map(([, name]) => name ?? '');
  const named = [...content.matchAll(/`((?:src|jobs|config|test|docs|bin)\/[\w./-]*)`/g)].map(
    ([, name]) => name ?? '',
  );
  const missing = [...linked, ...named]
    .filter((name) => !/\bname\b/.test(name))
    .filter((name) => !existsSync(path.join(ROOT, name)));
  expect(missing).toEqual([]);
});

describe('trying it out as the README says', () => {
  let clone: string;
  let port: number;
  let sandbox: ChildProcess;

  beforeAll(async () => {
    port = await freePort();
    // A clone to the eye, with folders that lead to the real one, so that nothing is written there.
    clone = mkdtempSync(path.join(os.tmpdir(), 'cs-readme-'));
    for (const name of ['bin', 'src', 'jobs', 'config', 'node_modules', 'package.json']) {
      symlinkSync(path.join(ROOT, name), path.join(clone, name));
    }
    sandbox = start(SANDBOX);
    if (sandbox.stdout !== null) await once(sandbox.stdout, 'data');
  });
  afterAll(async () => {
    const ended = once(sandbox, 'close');
    // As Ctrl-C does, to npx and all that it started.
    if (sandbox.pid !== undefined) process.kill(-sandbox.pid, 'SIGINT');
    await ended;
    rmSync(clone, { recursive: true, force: true });
  });

  /** With a port that is free, and with the folder's own cohort-sync. */
  const here = (content: string) => content.replaceAll('8090', String(port));
  const start = (command: string) => {
    const [program = '', ...args] = here(command).split(' ');
    return spawn(program, args, { cwd: clone, env: plainEnvironment(), detached: true });
  };

  test('each command shows what it should', async () => {
    for (const command of commands.filter((each) => !ELSEWHERE.includes(each))) {
      const child = start(command);
      const ended = once(child, 'close');
      const [shown, told] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      expect.soft(shown, command).toContain(EXPECTED[command]?.shows);
      expect.soft(child.exitCode, `${command}\n${told}`).toBe(EXPECTED[command]?.code);
      if (command.endsWith(' init')) {
        const config = path.join(clone, 'cohort-sync.yaml');
        writeFileSync(config, here(readFileSync(config, 'utf8')));
      }
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
