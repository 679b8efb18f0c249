import { openCodeCache } from './code-cache.ts';
import { prepareNode } from './prepare-node.ts';

/** As `main.ts`, in the built package: its code is in scripts that the code cache knows. */
const program = openCodeCache(import.meta.dirname, prepareNode())('process.cjs');
if (!isProgram(program)) throw new TypeError('process.cjs is not of this build: install the package again');
process.exitCode = await program.runProcess();

function isProgram(loaded: unknown): loaded is typeof import('./process.ts') {
  return typeof loaded === 'object' && loaded !== null && 'runProcess' in loaded;
}
