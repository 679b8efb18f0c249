import type { Logger } from 'pino';
import type { LoadedConfig } from '../../config/load.ts';
import type { JobContext } from '../../jobs/context.ts';
import type { Queues } from '../queue/queues.ts';

/** Parts of the service that a process may have. */
export const ROLES = ['worker', 'schedule', 'http'] as const;
export type ServiceRole = (typeof ROLES)[number];

/** What the HTTP part stands on. */
export interface DashboardDeps {
  readonly config: LoadedConfig;
  readonly context: JobContext;
  readonly queues: Queues;
  /** Why this Redis can't be used, and what may be lost with it. @throws if it does not answer. */
  readonly inspectRedis: () => Promise<{
    readonly fatal: readonly string[];
    readonly warnings: readonly string[];
  }>;
  readonly roles: readonly ServiceRole[];
  readonly version: string;
  readonly log: Logger;
  /** Ends readings that are under way when the process ends. */
  readonly signal: AbortSignal;
  /** Aborted as soon as the process is to end: whatever waits for something to happen ends then. */
  readonly closing: AbortSignal;
}
