import { createRequire } from 'node:module';
import type { ScheduleConfig } from '../../config/schema.ts';
import { addDays, type IsoDate, startOfDay } from '../dates.ts';

/** The longest that is looked ahead (days): what runs more rarely does not run by itself in time for anything. */
const FURTHEST = 62;

/**
 * In how many days, from tomorrow on, the schedule next runs a pool; null if it does not within two months.
 * node-cron is loaded only here: a configuration with a schedule has loaded it before.
 */
export function daysToNextRun(
  schedule: readonly ScheduleConfig[],
  pool: string,
  today: IsoDate,
): number | null {
  const entries = schedule.filter(({ pools }) => pools === undefined || pools.includes(pool));
  if (entries.length === 0) return null;
  const { createTask, parse }: typeof import('node-cron') = createRequire(import.meta.url)('node-cron');
  const runsOn = entries.map(({ cron }) => {
    const { hour, minute, second } = parse(cron);
    const first = ((hour[0] ?? 0) * 3600 + (minute[0] ?? 0) * 60 + (second[0] ?? 0)) * 1000;
    // Asked in UTC about the local time as it is written: only the day matters.
    const task = createTask(cron, () => undefined, { timezone: 'Etc/UTC' });
    return (date: IsoDate) => task.match(new Date(startOfDay(date, 'UTC') + first));
  });
  for (let days = 1; days <= FURTHEST; days++) {
    const date = addDays(today, days);
    if (runsOn.some((runs) => runs(date))) return days;
  }
  return null;
}
