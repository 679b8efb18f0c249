import { UnrecoverableError } from 'bullmq';
import { LedgerConflict } from '../src/errors.ts';
import { holdsFence } from '../src/ledger/fence.ts';
import { assignLicenses } from './assign-licenses.ts';
import { contextOf, type JobContext } from './context.ts';
import { decrementSeats } from './decrement-seats.ts';
import { heartbeat } from './heartbeat.ts';
import { incrementSeats } from './increment-seats.ts';
import { notify } from './notify.ts';
import { JOB, stagePayload } from './payloads.ts';
import { syncPool } from './sync-pool.ts';
import { syncRoster } from './sync-roster.ts';
import type { Stop, Task } from './task.ts';
import { unassignLicenses } from './unassign-licenses.ts';

type Processor = (task: Task, context: JobContext, stop: Stop) => Promise<void>;

/** One line a job. */
const PROCESSORS: Record<string, Processor> = {
  [JOB.syncRoster]: syncRoster,
  [JOB.syncPool]: syncPool,
  [JOB.unassign]: unassignLicenses,
  [JOB.increment]: incrementSeats,
  [JOB.assign]: assignLicenses,
  [JOB.decrement]: decrementSeats,
  [JOB.notify]: notify,
  [JOB.heartbeat]: heartbeat,
};

/** Runs one job. When another execution has taken over its work it ends quietly. */
export async function runTask(task: Task, process: JobContext, stop: Stop): Promise<void> {
  const context = contextOf(process, task.data);
  const processor = PROCESSORS[task.name];
  if (processor === undefined) throw new UnrecoverableError(`no such job: ${task.name}`);
  try {
    await processor(task, context, stop);
  } catch (cause) {
    if (!(cause instanceof LedgerConflict) || !(await isSuperseded(task, context))) throw cause;
    context.log.info({ job: task.id }, 'another execution has taken over this work');
  }
}

async function isSuperseded(task: Task, context: JobContext): Promise<boolean> {
  const payload = stagePayload.safeParse(task.data);
  return payload.success && !(await holdsFence(context.store, payload.data));
}
