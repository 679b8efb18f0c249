import { beatHeart } from '../src/notify/heartbeat.ts';
import type { JobContext } from './context.ts';
import { type HeartbeatPayload, heartbeatPayload, JOB } from './payloads.ts';
import type { Stop, Task } from './task.ts';

/** A monitor waits for a sign of life for hours: a few tries in the minutes after a run are enough. */
const TRIES = { attempts: 5, backoff: { type: 'custom' } } as const;

/** After a run without a failure: enqueues the sign of life, where one is configured. Held and waiting are no failures. */
export async function enqueueHeartbeat(context: JobContext, run: string): Promise<void> {
  if (context.config.heartbeat === undefined) return;
  const data: HeartbeatPayload = { run };
  await context.queues.notify.addBulk([
    { name: JOB.heartbeat, data, opts: { ...TRIES, jobId: `${run}.heartbeat` } },
  ]);
}

/** Asks for the configured URL. */
export async function heartbeat(task: Task, context: JobContext, stop: Stop): Promise<void> {
  heartbeatPayload.parse(task.data);
  const url = context.config.heartbeat?.url;
  if (url === undefined) return;
  await beatHeart(url, stop.calls);
  context.log.debug('the monitor was told that the run ended well');
}
