import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/**
 * What `npm ci` would install in the working directory, from the packages of this repository: all of them as they are, or
 * as hard links those that `--omit` leaves.
 */
const HERE = fileURLToPath(new URL('../../node_modules', import.meta.url));
const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

const omitted = process.argv.flatMap((word) => /^--omit=(\w+)$/.exec(word)?.[1] ?? []);
if (omitted.length === 0) {
  symlinkSync(HERE, 'node_modules');
} else {
  const { packages } = lock.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const without = (kind: string, flag: boolean | undefined) => !(flag === true && omitted.includes(kind));
  const names = Object.entries(packages).flatMap(([place, { dev, optional, devOptional }]) => {
    // What is inside of another package comes with it.
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    const kept = without('dev', dev) && without('optional', optional) && without('dev', devOptional);
    return name !== undefined && kept ? [name] : [];
  });
  for (const name of names) {
    mkdirSync(path.dirname(path.join('node_modules', name)), { recursive: true });
    execFileSync('cp', ['-al', path.join(HERE, name), path.join('node_modules', name)]);
  }
}
