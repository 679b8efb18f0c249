import { DelayedError, type JobsOptions, RateLimitError, WaitingChildrenError } from 'bullmq';
import type { JobContext } from '../../../jobs/context.ts';
import { nextTry } from '../../../jobs/policy.ts';
import { runTask } from '../../../jobs/run-task.ts';
import type { JobQueues, NewJob, Stop, Task } from '../../../jobs/task.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One process, as far as jobs go. */
export interface Hand {
  readonly context: JobContext;
  alive(): boolean;
  paused(): boolean;
}

interface BoardJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly data: object;
  readonly parent: string | null;
  readonly attempts: number;
  readonly once: string | null;
  readonly open: Set<string>;
  state: 'waiting' | 'active' | 'waiting-children' | 'completed' | 'failed';
  notBefore: number;
  attemptsMade: number;
  attemptsStarted: number;
  /** Who holds its lock: an execution that has lost it can't end the job. */
  lock: symbol | null;
}

export interface JobBoard {
  /** The queues as a process sees them. @param around as for the ledger's commands: they too are Redis. */
  queues(around: <T>(apply: () => T) => Promise<T>): JobQueues;
  /** Starts whatever can be started. True if anything was. */
  start(hands: readonly Hand[]): boolean;
}

const STOP: Stop = { waits: new AbortController().signal, calls: new AbortController().signal };
const ATTEMPTS = 5;

/** Queues that deliver at least once, as BullMQ does: locks run out, parents wait for children, failures come again. */
export function jobBoard(time: VirtualTime, leaseMs: number): JobBoard {
  const jobs = new Map<string, BoardJob>();
  let made = 0;
  let turn = 0;

  // Time has to come by when a delayed job is due.
  const wake = (delay: number) => {
    if (delay > 0) time.at(time.now() + delay, () => undefined);
  };
  const twinOf = (once: string) => [...jobs.values()].find((job) => job.once === once && !isOver(job));
  const add = (queue: string, name: string, data: object, opts: JobsOptions = {}) => {
    const id = opts.jobId ?? `job-${++made}`;
    const once = opts.deduplication?.id ?? null;
    const standing = once === null ? undefined : twinOf(once);
    const replaced =
      opts.deduplication?.replace === true &&
      standing?.state === 'waiting' &&
      standing.notBefore > time.now() &&
      jobs.delete(standing.id);
    const twin = replaced ? undefined : standing;
    if (jobs.has(id) || twin !== undefined) return;
    const parent = opts.parent?.id ?? null;
    jobs.set(id, {
      ...{ id, name, queue, data, parent, once, state: 'waiting', lock: null },
      ...{ open: new Set(), attempts: ATTEMPTS, attemptsMade: 0, attemptsStarted: 0 },
      notBefore: time.now() + (opts.delay ?? 0),
    });
    if (parent !== null) jobs.get(parent)?.open.add(id);
    wake(opts.delay ?? 0);
  };
  const isOver = ({ state }: BoardJob) => state === 'completed' || state === 'failed';
  const end = (job: BoardJob, state: 'completed' | 'failed') => {
    job.state = state;
    job.lock = null;
    const parent = job.parent === null ? undefined : jobs.get(job.parent);
    parent?.open.delete(job.id);
    if (parent?.state === 'waiting-children' && parent.open.size === 0) parent.state = 'waiting';
  };
  const again = (job: BoardJob, delay: number) => {
    job.state = 'waiting';
    job.lock = null;
    job.notBefore = time.now() + delay;
    wake(delay);
  };
  const putBack = (job: BoardJob, lock: symbol) => {
    if (job.lock === lock) again(job, 0);
  };
  const execute = async (job: BoardJob, hand: Hand) => {
    const lock = Symbol(job.id);
    Object.assign(job, { state: 'active', lock, attemptsStarted: job.attemptsStarted + 1 });
    // The lease is renewed for as long as its process is well.
    const watch = () => {
      if (job.lock !== lock) return;
      if (hand.alive() && !hand.paused()) time.at(time.now() + leaseMs, watch);
      else putBack(job, lock);
    };
    time.at(time.now() + leaseMs, watch);
    const task: Task = {
      ...{ id: job.id, name: job.name, data: job.data },
      ...{ attemptsMade: job.attemptsMade, attemptsStarted: job.attemptsStarted },
      parent: { id: job.id, queue: job.queue },
      waitForChildren: async () => {
        if (job.lock !== lock) throw new Error('the lock is lost');
        if (job.open.size === 0) return false;
        job.state = 'waiting-children';
        job.lock = null;
        return true;
      },
    };
    try {
      await runTask(task, hand.context, STOP);
      if (job.lock === lock) end(job, 'completed');
    } catch (cause) {
      if (job.lock !== lock || cause instanceof WaitingChildrenError) return;
      if (cause instanceof RateLimitError || cause instanceof DelayedError) return again(job, 2_000);
      job.attemptsMade += 1;
      const next = nextTry(cause, job.attemptsMade, time.clock.now(), 0.5);
      if (next.kind === 'soon' && job.attemptsMade < job.attempts) again(job, next.delay);
      else end(job, 'failed');
    }
  };

  return {
    queues: (around) => ({
      sync: {
        add: (name, data, opts) => around(() => add('sync', name, data, opts)),
        addBulk: (many) => around(() => addAll('sync', many)),
        getJob: (id) =>
          around(() => {
            const job = jobs.get(id);
            if (job === undefined) return undefined;
            const due = { timestamp: time.clock.now(), delay: Math.max(0, job.notBefore - time.now()) };
            return { ...due, getState: async () => job.state, remove: async () => jobs.delete(id) };
          }),
        getDeduplicationJobId: (id) => around(() => twinOf(id)?.id ?? null),
        getWorkersCount: async () => 1,
      },
      notify: {
        addBulk: (many) => around(() => addAll('notify', many)),
        getJob: async () => undefined,
      },
      pool: (pool) => ({
        addBulk: (many) => around(() => addAll(`pool-${pool}`, many)),
        rateLimit: () => around(() => undefined),
      }),
    }),
    start: (hands) => {
      const well = hands.filter((hand) => hand.alive() && !hand.paused());
      let started = false;
      for (const job of jobs.values()) {
        if (job.state !== 'waiting' || job.notBefore > time.now() || well.length === 0) continue;
        const busy =
          job.queue !== 'sync' &&
          [...jobs.values()].some((each) => each.queue === job.queue && each.state === 'active');
        const hand = well[turn++ % well.length];
        if (busy || hand === undefined) continue;
        started = true;
        void execute(job, hand);
      }
      return started;
    },
  };

  function addAll(queue: string, many: readonly NewJob[]) {
    for (const { name, data, opts } of many) add(queue, name, data, opts);
  }
}
