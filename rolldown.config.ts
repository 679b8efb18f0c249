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

/** `npm run build`: what `bin/cohort-sync.js` runs where there are no sources, as in the package and the image. */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  external: (id) => !/^[./]/.test(id) && !BUILT_IN.includes(packageOf(id)),
  plugins: [licenses],
  output: {
    dir: 'dist/src/cli',
    format: 'esm',
    cleanDir: true,
    // Names stay, for the stacks in bug reports.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
});
