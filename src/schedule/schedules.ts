import type { Config } from '../../config/schema.ts';
import { boundaryDays, type KnownCohort, latestBoundary, nextBoundary } from './boundaries.ts';
import { latestDue, nextAfter, readCron, type Slot } from './cron.ts';

/** Something that starts runs at certain local times. */
export interface Schedule {
  /** The same in all replicas, and another one once its times or pools are others: what it has run does not count then. */
  readonly id: string;
  /** For people: `cron 0 6 * * *`, `first or last day of a cohort`. */
  readonly why: string;
  /** Whether a time that passed before it has ever run is made up. */
  readonly fromTheStart: boolean;
  poolsAt(slot: Slot): readonly string[];
  latest(after: number, upTo: number): Slot | null;
  next(after: number): Slot | null;
}

/** What the roster last said of each pool's cohorts, by pool. */
export type KnownCohorts = ReadonlyMap<string, readonly KnownCohort[]>;

/** All that starts runs by itself: the configured times, and the days on which a cohort of their pools needs one. */
export function schedulesOf(config: Config, known: KnownCohorts): Schedule[] {
  if (config.schedule.length === 0) return [];
  const all = config.pools.map((pool) => pool.id);
  const entries = config.schedule.map(({ cron, pools = all }) => cronSchedule(cron, pools, config.timeZone));
  const scheduled = all.filter((pool) => config.schedule.some(({ pools = all }) => pools.includes(pool)));
  return [...entries, cohortSchedule(config, scheduled, known)];
}

function cronSchedule(expression: string, pools: readonly string[], timeZone: string): Schedule {
  const cron = readCron(expression, timeZone);
  return {
    id: `${expression} ${timeZone} ${[...pools].sort().join(',')}`,
    why: `cron ${expression}`,
    fromTheStart: false,
    poolsAt: () => pools,
    latest: (after, upTo) => latestDue(cron, after, upTo),
    next: (after) => nextAfter(cron, after),
  };
}

function cohortSchedule(config: Config, pools: readonly string[], known: KnownCohorts): Schedule {
  const { timeZone, cohorts } = config;
  const byPool = pools.map((pool) => [pool, boundaryDays(known.get(pool) ?? [], cohorts)] as const);
  const days = [...new Set(byPool.flatMap(([, own]) => own))].sort();
  const concerned = ({ local }: Slot) =>
    byPool.filter(([, own]) => own.includes(local.slice(0, 10))).map(([pool]) => pool);
  return {
    id: `cohort days ${timeZone}`,
    why: 'a cohort begins or ends',
    fromTheStart: true,
    poolsAt: concerned,
    latest: (after, upTo) => latestBoundary(days, timeZone, after, upTo),
    next: (after) => nextBoundary(days, timeZone, after),
  };
}
