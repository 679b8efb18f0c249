import { setTimeout as sleep } from 'node:timers/promises';
import type { NotifyConfig } from '../config/schema.ts';
import { toInstant } from '../src/dates.ts';
import {
  noticeWrites,
  type PendingNotice,
  readPendingNotices,
  readTold,
  removePendingNotice,
} from '../src/ledger/notices.ts';
import { endIfComplete, finishPool, type PoolEnd, type RunHead, readRun } from '../src/ledger/runs.ts';
import type { Store, Write } from '../src/ledger/store.ts';
import { type NoticeKind, noticeOf, TROUBLES, troublesOf } from '../src/notify/message.ts';
import { sendNotice } from '../src/notify/send.ts';
import type { PoolResultDocument } from '../src/runs/documents.ts';
import type { JobContext } from './context.ts';
import { enqueueHeartbeat } from './heartbeat.ts';
import { JOB, type NotifyPayload, notifyPayload } from './payloads.ts';
import type { NewJob, Stop, Task } from './task.ts';

/** Enough tries for a receiver that is away for most of a day; the delay doubles from half a minute to an hour. */
const TRIES = { attempts: 30, backoff: { type: 'custom' } } as const;

/**
 * Ends a run's work on a pool (see `finishPool`), and tells the receivers what is news of it. What is to be told is
 * written with the result; whoever finds it there puts it on the queue.
 * @param reminder whether a hold that nobody decided is told of once more.
 */
export async function finishAndNotify(
  context: JobContext,
  run: string,
  result: PoolResultDocument,
  end: PoolEnd,
  reminder = false,
): Promise<void> {
  const writes = await newsOf(context.store, run, result, reminder);
  const ended = await finishPool(context.store, run, result, { ...end, writes: [...end.writes, ...writes] });
  await enqueueNotices(context);
  if (ended !== null && ended !== 'failed') await enqueueHeartbeat(context, run);
}

/**
 * Ends a run each of whose pools has ended, where its process was killed before it could, and does what follows an end. Safe to
 * call at any time.
 * @returns whether it ended by this.
 */
export async function endAndNotify(context: JobContext, head: RunHead): Promise<boolean> {
  const at = toInstant(context.clock.now() + head.clockOffset);
  const ended = await endIfComplete(context.store, head.run, at);
  if (ended === null) return false;
  context.log.info({ run: head.run, verdict: ended }, 'a run that had no end was ended');
  if (ended !== 'failed') await enqueueHeartbeat(context, head.run);
  return true;
}

/** What of a result is news, as writes: nothing for as long as a pool stays in the same trouble (never one a run). */
async function newsOf(
  store: Store,
  run: string,
  result: PoolResultDocument,
  reminder: boolean,
): Promise<Write[]> {
  const before = (await readTold(store, result.pool))?.troubles ?? {};
  const troubles = troublesOf(result);
  const isNews = (kind: (typeof TROUBLES)[number]) =>
    troubles[kind] !== undefined && (troubles[kind] !== before[kind] || (reminder && kind === 'held'));
  const news: NoticeKind[] = TROUBLES.filter(isNews);
  // A pool that was never in trouble has not recovered.
  const wasIn = Object.keys(before).length > 0;
  if (wasIn && Object.keys(troubles).length === 0) news.push('recovered');
  if (news.length === 0 && JSON.stringify(before) === JSON.stringify(troubles)) return [];
  const notices = news.map((kind) => ({ run, pool: result.pool, kind }));
  return noticeWrites(result.pool, { run, troubles }, notices);
}

/**
 * Puts on the queue what is to be told, one job a receiver, so that one that is away keeps no other from hearing of it.
 * Doing it twice adds nothing.
 */
export async function enqueueNotices(context: JobContext): Promise<void> {
  for (const notice of await readPendingNotices(context.store)) {
    const jobs = context.config.notify.flatMap((receiver, index) =>
      wants(receiver, notice.kind) ? [jobOf(notice, index)] : [],
    );
    if (jobs.length > 0) await context.queues.notify.addBulk(jobs);
    await removePendingNotice(context.store, notice);
  }
}

function wants({ on }: NotifyConfig, kind: NoticeKind): boolean {
  return kind === 'recovered' || on.some((each) => each === kind);
}

function jobOf(notice: PendingNotice, receiver: number): NewJob {
  const data: NotifyPayload = { ...notice, receiver };
  return { name: JOB.notify, data, opts: { ...TRIES, jobId: jobIdOf(notice, receiver) } };
}

function jobIdOf({ run, pool, kind }: PendingNotice, receiver: number): string {
  return `${run}.${pool}.${kind}.${receiver}`;
}

/** Sends one notification to one receiver. Never part of a run: a webhook that is away delays nothing. */
export async function notify(task: Task, context: JobContext, stop: Stop): Promise<void> {
  const { run, pool, kind, receiver: index } = notifyPayload.parse(task.data);
  const receiver = context.config.notify[index];
  const stored = await readRun(context.store, run);
  const result = stored?.document.pools.find((each) => each.pool === pool);
  if (receiver === undefined || result === undefined) return;
  const told = await readTold(context.store, pool);
  // While the receiver was away the pool has moved on, and that is told by itself.
  if (task.attemptsMade > 0 && told !== null && told.run !== run) return;
  context.log.info({ kind }, 'notifying');
  await sendNotice(receiver, noticeOf(result, run, kind), stop.waits);
}

/** How often it is looked whether notifications have left (milliseconds). */
const LOOK = 50;

/**
 * Waits until what a run had to tell has been taken, or has failed once and is tried again later, by whoever works then.
 * @param limitMs after so long it is left to others (milliseconds).
 */
export async function untilNotified(context: JobContext, run: string, limitMs: number): Promise<void> {
  const { config, timer, queues } = context;
  if (config.notify.length === 0) return;
  const kinds: NoticeKind[] = [...TROUBLES, 'recovered'];
  const ids = config.pools.flatMap(({ id }) =>
    kinds.flatMap((kind) => config.notify.map((_, index) => jobIdOf({ run, pool: id, kind }, index))),
  );
  const started = timer.elapsed();
  while (timer.elapsed() - started < limitMs) {
    const pending = await readPendingNotices(context.store);
    const jobs = await Promise.all(ids.map((id) => queues.notify.getJob(id)));
    const states = await Promise.all(jobs.map((job) => job?.getState()));
    const open = states.some((state) => state === 'waiting' || state === 'active' || state === 'prioritized');
    if (!open && pending.every((notice) => notice.run !== run)) return;
    await sleep(LOOK);
  }
}
