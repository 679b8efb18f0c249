import { prepareNode } from './prepare-node.ts';

prepareNode();
const { runProcess } = await import('./process.ts');
process.exitCode = await runProcess();
