#!/usr/bin/env node
// Plain JavaScript that old versions of Node (from 14) read too, so that they can say what is missing.
import { existsSync } from 'node:fs';

const NEEDED = 24;

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `cohort-sync needs Node ${NEEDED} or later; this is ${process.versions.node} (${process.execPath}).\n` +
      'In a checkout run bin/setup once, then `npx cohort-sync ...`: it uses the Node that comes with the packages.\n' +
      `Elsewhere install Node ${NEEDED} from https://nodejs.org or by your package manager.\n`,
  );
  process.exitCode = 1;
} else {
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const built = new URL('../dist/src/cli/main.js', import.meta.url);
  await import(existsSync(source) ? source.href : built.href);
}
