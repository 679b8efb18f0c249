import type { JobsOptions } from 'bullmq';

/** What a processor needs of a job. BullMQ's jobs are wrapped in it. */
export interface Task {
  readonly id: string;
  readonly name: string;
  /** As it stands on the queue; each job has a schema for it. */
  readonly data: unknown;
  /** Tries that failed before this one. */
  readonly attemptsMade: number;
  /** How often it was started, this time included: kills and pauses count too. */
  readonly attemptsStarted: number;
  /** For the children's `parent`. */
  readonly parent: { readonly id: string; readonly queue: string };
  /** Puts the job to rest until its children are done. False if they are already. */
  waitForChildren(): Promise<boolean>;
}

/**
 * How a job is told that the process ends. Waits are broken off at once and the job goes back to the queue; a call that
 * is in flight may finish and be recorded until `calls` is aborted.
 */
export interface Stop {
  readonly waits: AbortSignal;
  readonly calls: AbortSignal;
}

export interface NewJob {
  readonly name: string;
  readonly data: object;
  readonly opts: JobsOptions;
}

/** What the jobs need of the queues. */
export interface JobQueues {
  readonly sync: {
    add(name: string, data: object, opts?: JobsOptions): Promise<unknown>;
    addBulk(jobs: NewJob[]): Promise<unknown>;
    getJob(id: string): Promise<StoredJob | undefined>;
    /** The job that stands in the way of others with this deduplication id. */
    getDeduplicationJobId(id: string): Promise<string | null>;
    getWorkersCount(): Promise<number>;
  };
  readonly notify: {
    addBulk(jobs: NewJob[]): Promise<unknown>;
    getJob(id: string): Promise<StoredJob | undefined>;
  };
  pool(id: string): {
    addBulk(jobs: NewJob[]): Promise<unknown>;
    rateLimit(milliseconds: number): Promise<void>;
  };
}

/** A job that is on a queue, or was. */
export interface StoredJob {
  /** When it was added (milliseconds since the epoch), and how much later it is due. */
  readonly timestamp: number;
  readonly delay: number;
  getState(): Promise<string>;
  remove(): Promise<unknown>;
}
