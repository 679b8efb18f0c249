import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package, from the package.json that is nearest to this file, built or not. */
export function readVersion(): string {
  const file = findPackageJSON('..', import.meta.url);
  const content: unknown = file === undefined ? null : JSON.parse(readFileSync(file, 'utf8'));
  return String(Object(content).version);
}
