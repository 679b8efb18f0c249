import { readdirSync, readFileSync } from 'node:fs';
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

/** What the pages load lies beside the built code as it lies beside the sources (`src/dashboard/pages/assets.ts`). */
const pageAssets: Plugin = {
  name: 'page-assets',
  generateBundle() {
    const folder = 'src/dashboard/pages/assets';
    for (const name of readdirSync(folder)) {
      this.emitFile({
        type: 'asset',
        fileName: `assets/${name}`,
        source: readFileSync(`${folder}/${name}`, 'utf8'),
      });
    }
  },
};

/**
 * Modules of Node by another door: an `import` evaluates each of their exports, and some load more code when they are
 * asked for (`process` its streams, `fs` its promises). As in `src/providers/http/node-http.ts`. A name that is imported
 * and not listed here fails the build.
 */
const OTHER_DOOR: Readonly<Record<string, string>> = {
  'node:util':
    "export const { parseEnv, stripVTControlCharacters, styleText } = process.getBuiltinModule('node:util');",
  'node:process': 'export default process;',
  'node:fs': `const fs = process.getBuiltinModule('node:fs');
    export const { accessSync, chmodSync, close, closeSync, constants, existsSync, fstat, lstatSync, mkdirSync, open, openSync, read, readFileSync, readSync,
      realpathSync, renameSync, rmSync, rmdirSync, statSync, unlinkSync, writeFileSync } = fs;
    export default fs;`,
};

const otherDoor: Plugin = {
  name: 'other-door',
  resolveId: (id) => (id in OTHER_DOOR ? `\0${id}` : null),
  load: (id) => OTHER_DOOR[id.slice(1)] ?? null,
};

/** Commander starts other programs only for commands that are programs of their own; ours are not. */
const noPrograms: Plugin = {
  name: 'no-programs',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes('/commander/') ? '\0no-programs' : null,
  load: (id) => (id === '\0no-programs' ? 'export default {};' : null),
};

function isBuiltIn(id: string, importer: string | undefined): boolean {
  if (id === 'node:child_process') return importer?.includes('/commander/') ?? false;
  return id in OTHER_DOOR || /^[./\0]/.test(id) || BUILT_IN.includes(packageOf(id));
}

/** `npm run build`: what `bin/cohort-sync.js` runs where there are no sources, as in the package and the image. */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  external: (id, importer) => !isBuiltIn(id, importer),
  plugins: [licenses, pageAssets, otherDoor, noPrograms],
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
