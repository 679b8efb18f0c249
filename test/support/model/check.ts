import fc from 'fast-check';
import { anySchedule, FOCUS, type Focus } from './arbitrary.ts';
import type { Schedule } from './schedule.ts';
import { play } from './world.ts';

export interface Checked {
  readonly played: number;
  /** Ended in a hold: the price of safety. */
  readonly quarantined: number;
  /** The first schedule that went wrong, made as small as it gets; null if none did. */
  readonly counterexample: {
    readonly schedule: Schedule;
    readonly faults: readonly string[];
    readonly after: number;
  } | null;
}

/** How many schedules it takes until one goes wrong; null if none of so many does. @param focus default: any schedule. */
export async function huntFault(seed: number, most: number, focus?: Focus): Promise<number | null> {
  let played = 0;
  const schedules = focus === undefined ? anySchedule : FOCUS[focus];
  for (const schedule of fc.sample(schedules, { seed, numRuns: most })) {
    played += 1;
    if ((await play(schedule)).faults.length > 0) return played;
  }
  return null;
}

/** Plays so many schedules. The same seed gives the same ones. */
export async function checkSchedules(seed: number, count: number): Promise<Checked> {
  let played = 0;
  let quarantined = 0;
  let first: number | null = null;
  const property = fc.asyncProperty(anySchedule, async (schedule) => {
    const { faults, quarantined: held } = await play(schedule);
    if (first === null) played += 1;
    if (held) quarantined += 1;
    if (faults.length > 0 && first === null) first = played;
    return faults.length === 0;
  });
  const report = await fc.check(property, { seed, numRuns: count });
  const schedule = report.counterexample?.[0];
  if (!report.failed || schedule === undefined) return { played, quarantined, counterexample: null };
  const { faults } = await play(schedule);
  return { played, quarantined, counterexample: { schedule, faults, after: first ?? played } };
}
