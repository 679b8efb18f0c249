import { counted } from '../src/counted.ts';
import { toInstant } from '../src/dates.ts';
import { LedgerError } from '../src/errors.ts';
import { readPeople, recordPeople } from '../src/ledger/people.ts';
import { loadRoster, storeRoster } from '../src/ledger/roster.ts';
import { type RunHead, readHead, readRun, recordProblems, recordRunError } from '../src/ledger/runs.ts';
import { noProgress } from '../src/ledger/stages.ts';
import { protections } from '../src/runs/inputs.ts';
import { failedPlan, failureOf } from '../src/runs/preview.ts';
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { finishAndNotify } from './notify.ts';
import { syncRosterPayload } from './payloads.ts';
import { checkRoster } from './purpose.ts';
import type { Stop, Task } from './task.ts';
import { addPoolJob, triggerSync } from './trigger.ts';

/**
 * Reads and validates the roster once for the whole run, keeps it, and hands each pool to a job of its own. A roster
 * that can't be read fails the run; it is never taken for an empty one (rule 1).
 */
export async function syncRoster(task: Task, context: JobContext, stop: Stop): Promise<void> {
  const payload = syncRosterPayload.parse(task.data);
  if (payload.run === null) {
    await triggerSync(context, { by: 'retry', pools: payload.pools, at: null });
    return;
  }
  const head = await readHead(context.store, payload.run);
  if (head === null) return;
  if ((await loadRoster(context.store, head.run)) === null) {
    try {
      checkRoster(context, head);
      await readAndKeep(context, head, stop.calls);
    } catch (cause) {
      stop.waits.throwIfAborted();
      if (cause instanceof LedgerError) throw cause;
      await failRun(context, head, cause);
      return;
    }
  }
  for (const pool of head.pools) await addPoolJob(context, head.run, pool);
}

async function readAndKeep(context: JobContext, head: RunHead, signal: AbortSignal): Promise<void> {
  const clock = clockOf(context, head);
  await tell(context, head.run, null, 'roster', 'reading the roster');
  const roster = await context.readRoster(clock, signal);
  await recordPeople(context.store, head.run, roster, toInstant(clock.now()));
  const people = await readPeople(context.store);
  const { problems } = protections(roster, [...people.values()]);
  await recordProblems(context.store, head.run, problems);
  await storeRoster(context.store, head.run, roster);
  const doubtful = problems.length === 0 ? '' : `, ${counted(problems.length, 'problem')}`;
  await tell(
    context,
    head.run,
    null,
    'roster',
    `read ${counted(roster.rowCount, 'row')} of ${roster.location}${doubtful}`,
  );
}

/** Nothing is changed at any provider by a run whose roster could not be read. */
async function failRun(context: JobContext, head: RunHead, cause: unknown): Promise<void> {
  const error = failureOf(cause);
  await tell(context, head.run, null, 'roster', error.message);
  await recordRunError(context.store, head.run, error);
  const ended = new Set((await readRun(context.store, head.run))?.document.pools.map((pool) => pool.pool));
  for (const id of head.pools) {
    if (ended.has(id)) continue;
    const pool = poolOf(context.config, id);
    const plan = failedPlan(pool ?? { id, provider: 'unknown' }, error);
    const result = { ...plan, done: noProgress.done, changes: [], failed: [] };
    const at = toInstant(clockOf(context, head).now());
    await finishAndNotify(context, head.run, result, { fence: null, at, writes: [], problems: [] });
  }
}
