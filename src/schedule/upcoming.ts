import type { Config } from '../../config/schema.ts';
import { zonedText } from '../dates.ts';
import type { Store } from '../ledger/store.ts';
import { knownCohorts } from './known-cohorts.ts';
import { type KnownCohorts, schedulesOf } from './schedules.ts';

/** One coming run. */
export interface Upcoming {
  /** As `2026-11-22T06:00:00-05:00[America/New_York]`. */
  readonly at: string;
  readonly why: string;
  readonly pools: readonly string[];
}

/** The next runs that start by themselves, soonest first. @param store null where nothing has been recorded yet. */
export async function upcomingRuns(
  config: Config,
  store: Store | null,
  now: number,
  count: number,
): Promise<Upcoming[]> {
  const known: KnownCohorts = store === null ? new Map() : await knownCohorts(store, config);
  const found: (Upcoming & { readonly moment: number })[] = [];
  for (const schedule of schedulesOf(config, known)) {
    let slot = schedule.next(now);
    for (let left = count; slot !== null && left > 0; left--) {
      found.push({
        at: zonedText(slot.at, config.timeZone),
        why: schedule.why,
        pools: schedule.poolsAt(slot),
        moment: slot.at,
      });
      slot = schedule.next(slot.at);
    }
  }
  return found
    .sort((a, b) => a.moment - b.moment)
    .slice(0, count)
    .map(({ moment: _moment, ...upcoming }) => upcoming);
}
