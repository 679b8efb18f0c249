import { enableCompileCache, findPackageJSON } from 'node:module';
import path from 'node:path';

/**
 * To be called before anything else is loaded: the next start finds its code compiled. Where the folder can't be written
 * there is no cache, and nothing else changes.
 * @returns the folder of the cache.
 */
export function prepareNode(): string {
  const root = path.dirname(findPackageJSON('..', import.meta.url) ?? '.');
  const folder = process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules/.cache/cohort-sync');
  enableCompileCache(folder);
  // A service rests most of its life. Without this its young generation grows at the start to a size that it never needs
  // again, and 10 to 20 MiB stay with the process.
  if (process.argv[2] === 'serve')
    process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
  return folder;
}
