import { finishPool, type PoolEnd, readRun } from '../src/ledger/runs.ts';
import { keys, readLedger, type Store, type Write } from '../src/ledger/store.ts';
import { fingerprintOf, type NoticeKind, noticeOf, stateOf } from '../src/notify/message.ts';
import { sendNotice } from '../src/notify/send.ts';
import type { PoolResultDocument } from '../src/runs/documents.ts';
import type { JobContext } from './context.ts';
import { JOB, type NotifyPayload, notifyPayload } from './payloads.ts';
import type { Stop, Task } from './task.ts';

/** Enough tries for a receiver that is away for most of a day; the delay doubles from half a minute to an hour. */
const TRIES = { attempts: 30, backoff: { type: 'custom' } } as const;

/** Ends a run's work on a pool (see `finishPool`), and tells the receivers if that is news. */
export async function finishAndNotify(
  context: JobContext,
  run: string,
  result: PoolResultDocument,
  end: PoolEnd,
): Promise<void> {
  const notice = await noticeWrites(context.store, result);
  await finishPool(context.store, run, result, { ...end, writes: [...end.writes, ...notice.writes] });
  if (notice.kind !== null) await enqueueNotices(context, run, result.pool, notice.kind);
}

/** Enqueues one notification a receiver, so that one that is away keeps no other from getting it. */
async function enqueueNotices(context: JobContext, run: string, pool: string, kind: string): Promise<void> {
  const jobs = context.config.notify.flatMap((receiver, index) => {
    const wanted = kind === 'well' || receiver.on.some((each) => each === kind);
    if (!wanted) return [];
    const data: NotifyPayload = { run, pool, receiver: index };
    return [{ name: JOB.notify, data, opts: { ...TRIES, jobId: `${run}.${pool}.notify.${index}` } }];
  });
  if (jobs.length > 0) await context.queues.sync.addBulk(jobs);
}

/** Whether a result is news, and the write that remembers that it was told. `kind: null`: it is not. */
async function noticeWrites(
  store: Store,
  result: PoolResultDocument,
): Promise<{ readonly kind: NoticeKind | 'well' | null; readonly writes: Write[] }> {
  const key = keys.notified(result.pool);
  const before = await readLedger(() => store.redis.get(key));
  const now = fingerprintOf(result);
  // A pool that was never in trouble has not recovered.
  if (before === now || (before === null && now === 'well')) return { kind: null, writes: [] };
  return { kind: stateOf(result), writes: [{ command: 'SET', key, args: [now] }] };
}

/** Sends one notification to one receiver. Never part of a run: a webhook that is away delays nothing. */
export async function notify(task: Task, context: JobContext, stop: Stop): Promise<void> {
  const payload = notifyPayload.parse(task.data);
  const receiver = context.config.notify[payload.receiver];
  const stored = await readRun(context.store, payload.run);
  const result = stored?.document.pools.find((each) => each.pool === payload.pool);
  if (receiver === undefined || result === undefined) return;
  const notice = noticeOf(result, payload.run);
  context.log.info({ run: payload.run, pool: payload.pool, state: stateOf(result) }, 'notifying');
  await sendNotice(receiver, notice, stop.calls);
}
