import { schedule as startTask } from 'node-cron';
import type { JobContext } from '../../jobs/context.ts';
import { messageOf } from '../errors.ts';
import { createScheduler } from './scheduler.ts';

export interface RunningSchedule {
  /** Starts no more runs; resolves once the last look is over. */
  stop(): Promise<void>;
}

/**
 * Looks at once, at each configured time by node-cron, and each minute: for what node-cron does not tick for (a local
 * time that daylight saving skips, a process that was held up, a cohort's days) and for Redis having been away.
 */
export function startSchedule(context: JobContext): RunningSchedule {
  const { config, log } = context;
  const scheduler = createScheduler(context);
  const logger = {
    info: () => undefined,
    debug: () => undefined,
    warn: (message: string) => log.debug({ problem: message }, 'node-cron'),
    error: (cause: string | Error) => log.warn({ problem: messageOf(cause) }, 'node-cron met an error'),
  };
  const options = { timezone: config.timeZone, noOverlap: true, suppressMissedWarning: true, logger };
  const expressions = new Set(['* * * * *', ...config.schedule.map(({ cron }) => cron)]);
  const tasks = [...expressions].map((cron) => startTask(cron, () => scheduler.look(), options));
  void scheduler.look();
  return {
    stop: async () => {
      for (const task of tasks) await task.destroy();
      await scheduler.idle();
    },
  };
}
