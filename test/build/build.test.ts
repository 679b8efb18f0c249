import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { DAY, openWorkspace, run } from '../cli/workspace.ts';
import { buildInto, ROOT } from '../support/built-package.ts';
import { startSchool } from '../support/school.ts';
import { servicesOf } from '../support/service.ts';

const manifest = z.object({
  files: z.array(z.string()),
  dependencies: z.record(z.string(), z.string()),
  scripts: z.object({ build: z.string() }),
});

/** The package as it is installed: what `files` names, the built code, and no sources. */
let installed: string;
let bin: string;

beforeAll(() => {
  installed = mkdtempSync(path.join(os.tmpdir(), 'cs-build-'));
  bin = path.join(installed, 'bin/cohort-sync.js');
  const { files, scripts } = manifest.parse(
    JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')),
  );
  expect(scripts.build).toBe('rolldown --config rolldown.config.ts');
  buildInto(installed);
  for (const file of ['package.json', ...files.filter((each) => each !== 'dist')]) {
    cpSync(path.join(ROOT, file), path.join(installed, file));
  }
  mkdirSync(path.join(installed, 'node_modules'));
  const { dependencies } = manifest.parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));
  for (const name of Object.keys(dependencies)) {
    const link = path.join(installed, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules', name), link);
  }
});
afterAll(() => rmSync(installed, { recursive: true, force: true }));

describe('the built package', () => {
  test('runs without sources: help, version, check, plan and a sync through the queue', async () => {
    await using workspace = await openWorkspace();
    const here = { cwd: workspace.folder, bin };
    expect(existsSync(path.join(installed, 'src'))).toBe(false);
    const [help, version, checked, planned] = await Promise.all([
      run(['--help'], here),
      run(['--version'], here),
      run(['check'], here),
      run(['plan', '--at', DAY], here),
    ]);
    expect(help.stdout).toContain('Usage: cohort-sync');
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(checked.code).toBe(0);
    expect(planned.stdout).toContain('Plan: 0 to unassign, 1 to buy, 2 to assign');
    expect(planned.code).toBe(2);
    const synced = await run(['sync', '--wait', '--at', DAY, '--json'], here);
    expect(synced.json()).toMatchObject({ verdict: 'in-sync' });
  });

  test('serves its pages with all that they load', async () => {
    await using school = await startSchool();
    await using services = servicesOf(school);
    const { url } = await services.start({ bin });
    const page = await (await fetch(`${url}/sign-in`)).text();
    const loaded = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, each]) => each ?? '');
    expect(loaded).toHaveLength(3);
    for (const each of loaded) {
      const answer = await fetch(`${url}${each}`);
      expect(answer.status).toBe(200);
      const source = path.join(ROOT, 'src/dashboard/pages/assets', path.basename(each));
      expect(await answer.text()).toBe(readFileSync(source, 'utf8'));
    }
  });

  test('keeps what a command has compiled, and does without what it can not read', async () => {
    await using workspace = await openWorkspace();
    const cache = path.join(installed, 'cache');
    const plan = () =>
      run(['plan', '--at', DAY], { cwd: workspace.folder, bin, env: { NODE_COMPILE_CACHE: cache } });
    const [kept] = globSync(path.join(cache, 'code-*/plan'));
    expect(kept).toBeUndefined();
    const first = await plan();
    const [folder = ''] = globSync(path.join(cache, 'code-*/plan'));
    const files = readdirSync(folder).map((name) => path.join(folder, name));
    const sizes = () => files.map((file) => statSync(file).size);
    const whole = sizes();
    // What was called counts too: more than what Node's own cache has, which is made before anything is called.
    expect(Math.max(...whole)).toBeGreaterThan(500_000);

    const written = files.map((file) => statSync(file).mtimeMs);
    expect(await plan()).toMatchObject({ code: 2, stdout: first.stdout });
    expect(files.map((file) => statSync(file).mtimeMs)).toEqual(written);

    for (const [index, file] of files.entries()) {
      writeFileSync(file, index % 2 === 0 ? 'not code' : readFileSync(file).subarray(0, 1_000));
    }
    expect(await plan()).toMatchObject({ code: 2, stdout: first.stdout, stderr: '' });
    expect(readdirSync(folder)).toHaveLength(files.length);
    for (const [index, size] of sizes().entries()) {
      expect(Math.abs(size - (whole[index] ?? 0))).toBeLessThan(size / 2);
    }

    rmSync(cache, { recursive: true });
    writeFileSync(cache, 'a file where the folder should be');
    expect(await plan()).toMatchObject({ code: 2, stdout: first.stdout, stderr: '' });
  });

  test('brings the licenses of what is built in', () => {
    const licenses = readFileSync(path.join(installed, 'dist/src/cli/LICENSES-OF-OTHERS.txt'), 'utf8');
    for (const name of ['commander', 'zod', 'yaml']) expect(licenses).toContain(`${name}\n\n`);
  });
});
