import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuiltPackage extends Disposable {
  readonly folder: string;
  /** The command line of it, with no sources beside it. */
  readonly bin: string;
}

/** Builds what `npm run build` does into a folder of its own; within the repository, so that its packages are found. */
export function buildPackage(): BuiltPackage {
  const cache = path.join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'built-'));
  buildInto(folder);
  for (const file of ['package.json', 'bin/cohort-sync.js']) {
    cpSync(path.join(ROOT, file), path.join(folder, file));
  }
  return {
    folder,
    bin: path.join(folder, 'bin/cohort-sync.js'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Puts `dist/` into a folder. */
export function buildInto(folder: string): void {
  const rolldown = path.join(ROOT, 'node_modules/.bin/rolldown');
  const dist = path.join(folder, 'dist/src/cli');
  execFileSync(rolldown, ['--config', 'rolldown.config.ts', '--dir', dist], { cwd: ROOT, stdio: 'pipe' });
}
