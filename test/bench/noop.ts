import { type ChildProcess, fork } from 'node:child_process';
import { Queue } from 'bullmq';
import { JOB, type StagePayload } from '../../jobs/payloads.ts';
import { JOB_DEFAULTS } from '../../jobs/policy.ts';
import { forProducers, untilReady } from '../../src/queue/connection.ts';
import { KEY_PREFIX } from '../../src/queue/key-prefix.ts';
import { until } from '../support/until.ts';

/** The longest that it is waited for (milliseconds). */
const LIMIT_MS = 5 * 60_000;

const silent = { info: () => undefined, warn: () => undefined };

/**
 * BullMQ jobs that do nothing, one at a time, with the options and the payload of the jobs on licenses: nothing that goes
 * through the queue can be faster. The brake on jobs a second is left out: it would only slow them down.
 * @param workers processes that work on them. @returns seconds from the first job to the last.
 */
export async function noopSeconds(url: string, count: number, workers: number): Promise<number> {
  const producer = forProducers({ url }, silent);
  await untilReady(producer);
  const queue = new Queue('noop', {
    connection: producer,
    prefix: KEY_PREFIX,
    defaultJobOptions: JOB_DEFAULTS,
  });
  await queue.setGlobalConcurrency(1);
  const staff = await Promise.all(Array.from({ length: workers }, () => startWorker(url)));
  const jobs = Array.from({ length: count }, (_, from) => {
    const data: StagePayload = {
      run: 'r-20261122-060000-k3f9',
      pool: 'noop',
      token: 'none',
      from,
      to: from + 1,
    };
    return { name: JOB.assign, data };
  });
  const started = performance.now();
  await queue.addBulk(jobs);
  const isDone = async () => {
    const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
    return waiting + active === 0;
  };
  await until('the jobs that do nothing', isDone, LIMIT_MS);
  const seconds = (performance.now() - started) / 1_000;
  for (const worker of staff) worker.kill('SIGKILL');
  await queue.obliterate({ force: true });
  await queue.close();
  producer.disconnect();
  return seconds;
}

function startWorker(url: string): Promise<ChildProcess> {
  const child = fork(new URL('./noop-worker.ts', import.meta.url), [url], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`a worker for the bench ended with ${code}`)));
  });
}
