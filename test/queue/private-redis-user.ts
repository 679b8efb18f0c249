import { createInterface } from 'node:readline';
import { forLedger } from '../../src/queue/connection.ts';
import { openPrivateRedis } from '../../src/queue/private-redis.ts';

// A process that uses the private Redis of the folder it is given: opens it, adds one to a counter, says so, and stays
// until it is told to leave.
const [dataFolder = ''] = process.argv.slice(2);
const tell = (facts: unknown) => void process.stderr.write(`${JSON.stringify(facts)}\n`);
const log = { info: () => undefined, warn: tell, error: tell };
const { signal } = new AbortController();

const own = await openPrivateRedis({ dataFolder, env: process.env, signal, log });
const redis = forLedger(own.address, log);
const count = await redis.incr('users');
const server = /^process_id:(\d+)/m.exec(await redis.info('server'))?.[1];
process.stdout.write(`${JSON.stringify({ count, server: Number(server) })}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'leave') break;
}
redis.disconnect();
await own.close();
process.stdout.write('left\n');
process.exit();
