import { createTask, parse } from 'node-cron';
import { Temporal } from 'temporal-polyfill';

/** One scheduled local time, and the one moment that stands for it. */
export interface Slot {
  /** As `2026-11-22T06:00:00`, in the schedule's zone. */
  readonly local: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A cron expression in a zone. node-cron reads it, so that its rules are the ones of node-cron's documentation. */
export interface Cron {
  readonly timeZone: string;
  /** Times of day, in order. */
  readonly times: readonly Temporal.PlainTime[];
  matches(day: Temporal.PlainDate): boolean;
}

/** The longest that is looked ahead: 29 February comes at most eight years later. */
const MOST_DAYS = 366 * 8 + 2;

/** @throws if the expression is none that node-cron takes. */
export function readCron(expression: string, timeZone: string): Cron {
  const { hour, minute, second } = parse(expression);
  const times = hour.flatMap((h) =>
    minute.flatMap((m) => second.map((s) => new Temporal.PlainTime(h, m, s))),
  );
  const first = times[0] ?? new Temporal.PlainTime();
  // Never started: only its rules for days are wanted. It is asked in UTC about the local time as it is written, so
  // that no change of daylight saving comes in between.
  const task = createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
  return {
    timeZone,
    times: times.sort(Temporal.PlainTime.compare),
    matches: (day) =>
      task.match(new Date(day.toZonedDateTime({ timeZone: 'UTC', plainTime: first }).epochMilliseconds)),
  };
}

/**
 * The scheduled local times whose moment is after `after` and not after `upTo` (milliseconds since the epoch), in order.
 * Each local time comes once a day: one that is repeated when the clocks go back counts the first time, one that is
 * skipped when they go forward counts as much later as the clocks are moved (2:30 is at 3:30 then).
 */
export function dueBetween(cron: Cron, after: number, upTo: number): Slot[] {
  const due: Slot[] = [];
  for (let day = dayOf(cron, after).subtract({ days: 1 }); ; day = day.add({ days: 1 })) {
    due.push(...slotsOn(cron, day).filter(({ at }) => at > after && at <= upTo));
    if (startOf(cron, day) > upTo) break;
  }
  return inOrder(due);
}

/** The last of them, without listing the others: there may be many after a long outage. */
export function latestDue(cron: Cron, after: number, upTo: number): Slot | null {
  const earliest = dayOf(cron, after).subtract({ days: 1 });
  for (
    let day = dayOf(cron, upTo);
    Temporal.PlainDate.compare(day, earliest) >= 0;
    day = day.subtract({ days: 1 })
  ) {
    const found = slotsOn(cron, day).findLast(({ at }) => at > after && at <= upTo);
    if (found !== undefined) return found;
  }
  return null;
}

/** The first scheduled local time after a moment; null if there is none, as on 30 February. */
export function nextAfter(cron: Cron, after: number): Slot | null {
  let day = dayOf(cron, after).subtract({ days: 1 });
  for (let count = 0; count <= MOST_DAYS; count++) {
    const found = slotsOn(cron, day).find(({ at }) => at > after);
    if (found !== undefined) return found;
    day = day.add({ days: 1 });
  }
  return null;
}

function slotsOn({ times, matches, timeZone }: Cron, day: Temporal.PlainDate): Slot[] {
  if (!matches(day)) return [];
  return inOrder(
    times.map((time) => {
      const local = day.toPlainDateTime(time);
      const { epochMilliseconds } = local.toZonedDateTime(timeZone, { disambiguation: 'compatible' });
      return { local: local.toString(), at: epochMilliseconds };
    }),
  );
}

function inOrder(slots: Slot[]): Slot[] {
  return slots.sort((a, b) => a.at - b.at);
}

function dayOf({ timeZone }: Cron, at: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
}

function startOf({ timeZone }: Cron, day: Temporal.PlainDate): number {
  return day.toZonedDateTime(timeZone).epochMilliseconds;
}
