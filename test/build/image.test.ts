import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { describeImage, NODE_PATH, ROOT } from './image.ts';

/**
 * `npm run test:image` without the registry, in seconds: an npm whose `ci` first lets the real one hold the lock file
 * against package.json and then takes the packages that are here already. All else of the steps is as it stands.
 */
function offlineNpm(folder: string): string {
  const real = execFileSync('/bin/sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim();
  const linker = fileURLToPath(new URL('link-packages.ts', import.meta.url));
  const file = path.join(folder, 'bin/npm');
  mkdirSync(path.dirname(file));
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  writeFileSync(
    file,
    `#!/bin/sh
[ "$1" = ci ] || exec ${quoted(real)} "$@"
${quoted(real)} "$@" --dry-run --offline && exec ${quoted(process.execPath)} ${quoted(linker)} "$@"
`,
  );
  chmodSync(file, 0o755);
  return `${path.dirname(file)}:${NODE_PATH}`;
}

describe('the image, with the packages that are here', () => {
  // On the file system of the packages, so that they can be hard links.
  const cache = path.join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'image-'));
  const npmPath = offlineNpm(folder);
  describeImage(
    () => folder,
    () => npmPath,
  );
});
