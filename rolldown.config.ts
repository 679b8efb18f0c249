import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'rolldown';

/**
 * Small packages whose many files take longer to find than to run: together they halve the start of a command. They are
 * built in, so their licenses go along. Everything else is loaded from node_modules.
 */
const BUILT_IN = ['commander', 'csv-parse', 'temporal-polyfill', 'temporal-utils', 'yaml', 'zod'];

const packageOf = (id: string) => /^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? id;

const licenses: Plugin = {
  name: 'licenses',
  generateBundle() {
    const texts = BUILT_IN.map(
      (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`,
    );
    this.emitFile({
      type: 'asset',
      fileName: 'LICENSES-OF-OTHERS.txt',
      source: `Built into these files:\n\n${texts.join('\n\n')}`,
    });
  },
};

/**
 * Node's `util` by another door: an `import` evaluates each of its exports, and some load more code when they are asked
 * for. As in `src/providers/http/node-http.ts`.
 */
const util: Plugin = {
  name: 'util',
  resolveId: (id) => (id === 'node:util' ? '\0util' : null),
  load: (id) =>
    id === '\0util'
      ? "export const { parseEnv, stripVTControlCharacters, styleText } = process.getBuiltinModule('node:util');"
      : null,
};

/** `npm run build`: what `bin/cohort-sync.js` runs where there are no sources, as in the package and the image. */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  external: (id) => id !== 'node:util' && !/^[./\0]/.test(id) && !BUILT_IN.includes(packageOf(id)),
  plugins: [licenses, util],
  output: {
    dir: 'dist/src/cli',
    format: 'esm',
    cleanDir: true,
    // Node decodes such files fastest, and keeps them in half the memory.
    charset: 'ascii',
    codeSplitting: {
      // One file for what every command loads, and one for what `plan` does, which most others need too: each further
      // file costs 1 to 2 ms at the start.
      groups: [
        { name: 'process', test: /\/src\/cli\/process\.ts$/, priority: 1 },
        { name: 'plan', test: /\/src\/(cli\/plan|emails|providers\/http\/client)\.ts$/ },
      ],
    },
    // Names stay, for the stacks in bug reports.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
});
