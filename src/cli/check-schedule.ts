import type { LoadedConfig } from '../../config/load.ts';
import { systemClock } from '../dates.ts';
import type { Store } from '../ledger/store.ts';
import { type Upcoming, upcomingRuns } from '../schedule/upcoming.ts';
import { type Check, one } from './check.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';

/** Coming runs that are told. */
const COUNT = 3;

/**
 * One line for `check`, where there is a schedule: the runs that will start by themselves. A Redis that is away is told
 * by its own line.
 */
export async function checkSchedule(config: LoadedConfig, io: CommandIo): Promise<Check[]> {
  if (config.schedule.length === 0) return [];
  return one('schedule', async () => textOf(await comingRuns(config, io)));
}

async function comingRuns(config: LoadedConfig, io: CommandIo): Promise<Upcoming[]> {
  const look = (store: Store | null) => upcomingRuns(config, store, systemClock.now(), COUNT);
  const ledger = await openLedgerForReading(config, io).catch(() => null);
  if (ledger === null) return look(null);
  try {
    return await look(ledger.store);
  } finally {
    await ledger.close();
  }
}

function textOf(runs: readonly Upcoming[]): string {
  if (runs.length === 0) return 'no time of it ever comes';
  const told = runs.map(
    ({ at, why, pools }) => `${at.slice(0, 16).replace('T', ' ')} (${why}; ${pools.join(', ')})`,
  );
  return `next runs ${told.join(', ')}; started by cohort-sync serve`;
}
