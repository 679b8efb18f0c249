import { Worker } from 'bullmq';
import { forWorkers } from '../../src/queue/connection.ts';
import { KEY_PREFIX } from '../../src/queue/key-prefix.ts';

/** For a process of its own: works on jobs that do nothing, in the queue `noop` of the Redis at this address. */
const silent = { info: () => undefined, warn: () => undefined };
const connection = forWorkers({ url: process.argv[2] ?? '' }, silent);
const worker = new Worker('noop', async () => undefined, {
  ...{ connection, prefix: KEY_PREFIX, concurrency: 1, lockDuration: 30_000 },
});
await worker.waitUntilReady();
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.('ready');
