import { flushCompileCache } from 'node:module';
import { loadConfig } from '../../config/load.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { openService } from '../../src/cli/service.ts';

/**
 * A worker as `serve` has one, and nothing else, so that tests can kill it at any point. It says `ready` to its parent
 * and ends with it.
 */
const DRAIN_MS = 5_000;

const stop = new AbortController();
const terminal = { out: process.stdout, err: process.stderr, env: process.env };
const config = loadConfig({ path: process.argv[2], cwd: process.cwd(), env: process.env });
const service = await openService(config, { terminal, cwd: process.cwd(), signal: stop.signal });
const { context } = service;
/** The calls to the providers go by here, so that those of several workers can be told apart. */
const via = process.argv[3];
const providerOf: typeof context.providerOf = (pool) =>
  context.providerOf(via === undefined ? pool : { ...pool, baseUrl: via });
const workers = startWorkers({ ...context, providerOf }, service.connectWorker);

async function end(): Promise<void> {
  await workers.close(DRAIN_MS);
  await service.close();
  process.exit(0);
}

process.once('SIGTERM', () => void end());
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.('ready');
// It may be killed, and then it keeps nothing for the next start.
flushCompileCache();
