import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';

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

/** Commander starts other programs only for commands that are programs of their own; ours are not. */
const noPrograms: Plugin = {
  name: 'no-programs',
  resolveId: (id, importer) =>
    id === 'node:child_process' && importer?.includes('/commander/') ? '\0no-programs' : null,
  load: (id) => (id === '\0no-programs' ? 'export default {};' : null),
};

function isBuiltIn(id: string, importer: string | undefined): boolean {
  if (id === 'node:child_process') return importer?.includes('/commander/') ?? false;
  return /^[./\0]/.test(id) || BUILT_IN.includes(packageOf(id));
}

const common = {
  platform: 'node',
  external: (id: string, importer: string | undefined) => !isBuiltIn(id, importer),
  output: {
    dir: 'dist/src/cli',
    // Node decodes such files fastest, and keeps them in half the memory.
    charset: 'ascii',
    // Names stay, for the stacks in bug reports.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
} as const satisfies RolldownOptions;

/**
 * `npm run build`: what `bin/cohort-sync.js` runs where there are no sources, as in the package and the image. All but the
 * first lines are scripts, since only of those can a process keep what it has compiled (`src/cli/code-cache.ts`).
 */
export default defineConfig([
  {
    ...common,
    input: { process: 'src/cli/process.ts' },
    plugins: [licenses, pageAssets, noPrograms],
    output: {
      ...common.output,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name]-[hash].cjs',
      cleanDir: true,
      codeSplitting: {
        // One file for what every command loads, and one for what `plan` does, which most others need too: each further
        // file costs 1 to 2 ms at the start.
        groups: [
          { name: 'process', test: /\/src\/cli\/process\.ts$/, priority: 1 },
          { name: 'plan', test: /\/src\/(cli\/plan|emails|providers\/http\/client)\.ts$/ },
        ],
      },
    },
  },
  { ...common, input: { main: 'src/cli/built-main.ts' }, output: { ...common.output, format: 'esm' } },
]);
