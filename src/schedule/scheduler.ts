import type { JobContext } from '../../jobs/context.ts';
import { triggerTick } from '../../jobs/trigger.ts';
import { zoned, zonedText } from '../dates.ts';
import { LedgerConflict, messageOf } from '../errors.ts';
import { readTaken, type Tick, takeTick } from '../ledger/ticks.ts';
import { knownCohorts } from './known-cohorts.ts';
import { type Schedule, schedulesOf } from './schedules.ts';

/** What none of the schedules can do without. */
const ALL = 'all of them';

/** A run that starts this much after its time is said to be made up (milliseconds). */
const LATE_MS = 90_000;

export interface Scheduler {
  /** Starts the runs that are due and that nobody has started. Looks one after another, however often it is called. */
  look(): Promise<void>;
  /** Resolves once no look is under way. */
  idle(): Promise<void>;
}

/**
 * Decides what is due from the clock and the ledger alone, so that it does not matter which replica looks, when, or how
 * often: a scheduled time is taken once, by whoever comes first. What was missed while nobody looked is made up by one
 * run, unless the schedule has never run before.
 */
export function createScheduler(context: JobContext): Scheduler {
  const { store, clock, config, log } = context;
  const since = clock.now();
  /** Whether it is known already that a schedule, by its name, can't be looked at: once is enough until it can be. */
  const known = new Set<string>();
  const tell = (why: string, cause: unknown) => {
    log[known.has(why) ? 'debug' : 'warn'](
      { schedule: why, problem: messageOf(cause) },
      'a schedule could not be looked at; next try in a minute',
    );
    known.add(why);
  };
  const look = async () => {
    for (const schedule of schedulesOf(config, await knownCohorts(store, config))) {
      try {
        await lookAt(context, schedule, since);
        known.delete(schedule.why);
      } catch (cause) {
        tell(schedule.why, cause);
      }
    }
  };
  let last: Promise<void> = Promise.resolve();
  return {
    look: () => {
      last = last.then(() =>
        look().then(
          () => void known.delete(ALL),
          (cause: unknown) => tell(ALL, cause),
        ),
      );
      return last;
    },
    idle: () => last,
  };
}

async function lookAt(context: JobContext, schedule: Schedule, since: number): Promise<void> {
  const { store, clock, config, log } = context;
  const now = clock.now();
  const { text, taken } = await readTaken(store, schedule.id);
  if (taken === null && schedule.fromTheStart) return beginCounting(context, schedule, since);
  const slot = schedule.latest(taken?.at ?? since, now);
  if (slot === null) return;
  const tick: Tick = { schedule: schedule.id, ...slot, before: text };
  const triggered = await triggerTick(context, tick, schedule.poolsAt(slot));
  if (triggered === null) return;
  const late = now - slot.at > LATE_MS ? '; it was missed and is made up' : '';
  const what = triggered.joined ? 'joined the run under way' : 'started a run';
  log.info(
    { run: triggered.run, schedule: schedule.why, scheduled: zonedText(slot.at, config.timeZone) },
    `${what} for ${slot.local}${late}`,
  );
}

/** Without a mark nobody would know later from when on times were missed. */
async function beginCounting(
  { store, config }: JobContext,
  schedule: Schedule,
  since: number,
): Promise<void> {
  const local = zoned(since, config.timeZone).toPlainDateTime().toString({ smallestUnit: 'second' });
  try {
    await takeTick(store, { schedule: schedule.id, local, at: since, before: null }, null);
  } catch (cause) {
    if (!(cause instanceof LedgerConflict)) throw cause;
  }
}
