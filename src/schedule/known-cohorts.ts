import type { Config } from '../../config/schema.ts';
import { readLastRoster } from '../ledger/last-read.ts';
import type { Store } from '../ledger/store.ts';
import type { KnownCohorts } from './schedules.ts';

/** What the ledger knows of the pools' cohorts; empty without a schedule, which needs none of it. */
export async function knownCohorts(store: Store, config: Config): Promise<KnownCohorts> {
  if (config.schedule.length === 0) return new Map();
  const read = config.pools.map(async ({ id }) => {
    const roster = await readLastRoster(store, id);
    return [id, roster?.entries ?? []] as const;
  });
  return new Map(await Promise.all(read));
}
