import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { fromInstant, toInstant } from '../src/dates.ts';
import { messageOf } from '../src/errors.ts';
import { activeRun } from '../src/ledger/runs.ts';
import {
  beat,
  lookOut,
  MISSED_BEATS,
  readWorkers,
  retire,
  type WorkerRecord,
} from '../src/ledger/workers.ts';
import type { JobContext } from './context.ts';
import { noticeBreak } from './notice-break.ts';
import { enqueueNotices } from './notify.ts';
import { endComplete, endOrphans } from './orphans.ts';
import { keepGoing } from './trigger.ts';

/** The records of workers that were killed are forgotten after this long (milliseconds). */
const FORGET_MS = 24 * 60 * 60 * 1_000;

export interface Watch {
  /** Ends it, in order. */
  close(): Promise<void>;
}

/**
 * What a working process does beside its jobs: it says that it lives, and sees to it that every run under way has a job,
 * also where that was lost with the process that was about to add it, or with the queue, and ends
 * those that nobody can work on and those that are over.
 */
export function startWatch(context: JobContext): Watch {
  const { clock, timer, config, store } = context;
  const every = config.queue.leaseSeconds * 1_000;
  const closing = new AbortController();
  const now = () => toInstant(clock.now());
  const record = (): WorkerRecord => ({
    ...{ worker, host: os.hostname(), pid: process.pid, startedAt, beatAt: now() },
    silentAfter: (every / 1_000) * MISSED_BEATS,
  });
  const worker = randomUUID();
  const pools = config.pools.map((pool) => pool.id);
  const startedAt = now();
  const lookout = lookOut(timer);

  const watch = async () => {
    let told = false;
    let orphans: ReadonlySet<string> = new Set();
    while (!closing.signal.aborted) {
      try {
        await beat(store, record(), pools);
        const living = await lookout.look(store);
        const others = living.filter((each) => each.worker !== worker);
        await noticeBreak(context);
        for (const pool of pools) {
          const run = await activeRun(store, pool);
          if (run !== null && !closing.signal.aborted) await keepGoing(context, run, others);
        }
        await enqueueNotices(context);
        orphans = await endOrphans(context, orphans, living);
        await forgetTheDead(context);
        await endComplete(context);
        told = false;
      } catch (cause) {
        // Once is enough until it works again.
        context.log[told ? 'debug' : 'warn'](
          { problem: messageOf(cause) },
          'the runs under way could not be looked after',
        );
        told = true;
      }
      await timer.sleep(every, closing.signal).catch(() => undefined);
    }
  };
  const watching = watch();
  return {
    close: async () => {
      closing.abort();
      await watching;
      await retire(store, worker).catch(() => undefined);
    },
  };
}

async function forgetTheDead({ store, clock }: JobContext): Promise<void> {
  for (const { worker, beatAt } of await readWorkers(store)) {
    if (clock.now() - fromInstant(beatAt) > FORGET_MS) await retire(store, worker);
  }
}
