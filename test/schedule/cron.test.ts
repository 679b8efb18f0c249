import { schedule } from 'node-cron';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { dueBetween, latestDue, nextAfter, readCron } from '../../src/schedule/cron.ts';

/** An odd length, so that cuts fall before, on and after scheduled times. */
const PIECE = 23 * 60_000 + 11_000;

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const localsOf = (expression: string, zone: string, from: string, to: string) =>
  dueBetween(readCron(expression, zone), at(from), at(to)).map((slot) => slot.local);
const momentsOf = (expression: string, zone: string, from: string, to: string) =>
  dueBetween(readCron(expression, zone), at(from), at(to)).map((slot) =>
    Temporal.Instant.fromEpochMilliseconds(slot.at).toString(),
  );

/** A zone, the night in which its clocks go forward, and the one in which they go back, in UTC. */
const ZONES = [
  { zone: 'America/New_York', forward: '2026-03-08', back: '2026-11-01', gap: '02:30:00', twice: '01:30:00' },
  { zone: 'Europe/London', forward: '2026-03-29', back: '2026-10-25', gap: '01:30:00', twice: '01:30:00' },
  { zone: 'Pacific/Auckland', forward: '2026-09-27', back: '2026-04-05', gap: '02:30:00', twice: '02:30:00' },
] as const;

describe.each(ZONES)('in $zone', ({ zone, forward, back, gap, twice }) => {
  const midnight = (day: string, days = 0) =>
    Temporal.PlainDate.from(day).add({ days }).toZonedDateTime(zone).toInstant().toString();
  const night = (day: string) => [midnight(day), midnight(day, 1)] as const;
  const cronAt = (time: string) => `${Number(time.slice(3, 5))} ${Number(time.slice(0, 2))} * * *`;

  test('a local time that is skipped counts once, an hour later', () => {
    const [from, to] = night(forward);
    expect(localsOf(cronAt(gap), zone, from, to)).toEqual([`${forward}T${gap}`]);
    const [moment = ''] = momentsOf(cronAt(gap), zone, from, to);
    const shown = Temporal.Instant.from(moment).toZonedDateTimeISO(zone).toPlainTime();
    expect(shown.toString()).toBe(Temporal.PlainTime.from(gap).add({ hours: 1 }).toString());
  });

  test('a local time that is repeated counts once, the first time', () => {
    const [from, to] = night(back);
    expect(localsOf(cronAt(twice), zone, from, to)).toEqual([`${back}T${twice}`]);
    const [moment = ''] = momentsOf(cronAt(twice), zone, from, to);
    const [first] = Temporal.PlainDateTime.from(`${back}T${twice}`)
      .toZonedDateTime(zone, { disambiguation: 'earlier' })
      .toInstant()
      .toString()
      .split('.');
    expect(moment).toBe(first);
  });

  test('six in the morning is six in the morning on every day of the year', () => {
    const locals = localsOf('0 6 * * *', zone, midnight('2026-01-01'), midnight('2027-01-01'));
    expect(locals).toHaveLength(365);
    expect(new Set(locals).size).toBe(365);
    expect(locals.every((local) => local.endsWith('T06:00:00'))).toBe(true);
  });

  test('each quarter of an hour of a changing day comes once', () => {
    for (const day of [forward, back]) {
      const locals = localsOf('*/15 * * * *', zone, midnight(day, -1), midnight(day, 2));
      expect(locals).toHaveLength(3 * 96);
      expect(new Set(locals).size).toBe(3 * 96);
    }
  });

  test('looked at in any pieces, the same times are due, each once', () => {
    const cron = readCron('*/20 * * * *', zone);
    for (const day of [forward, back]) {
      const [start, end] = [at(midnight(day)), at(midnight(day, 1))];
      const whole = dueBetween(cron, start, end);
      const pieces = [];
      for (let from = start; from < end; from += PIECE) {
        pieces.push(...dueBetween(cron, from, Math.min(end, from + PIECE)));
      }
      expect(pieces).toEqual(whole);
    }
  });
});

test('the last due time of a long outage is found, and the next after it', () => {
  const cron = readCron('0 6 * * 1', 'America/New_York');
  const [from, to] = [at('2026-01-01T00:00Z'), at('2026-11-22T12:00Z')];
  expect(latestDue(cron, from, to)).toEqual(dueBetween(cron, from, to).at(-1));
  expect(latestDue(cron, to, to)).toBeNull();
  expect(nextAfter(cron, to)?.local).toBe('2026-11-23T06:00:00');
});

test('a day that comes every four years is found, and one that never comes is not', () => {
  const from = at('2026-11-22T12:00Z');
  expect(nextAfter(readCron('0 6 29 2 *', 'Europe/London'), from)?.local).toBe('2028-02-29T06:00:00');
  expect(nextAfter(readCron('0 6 29 2 1#1', 'Europe/London'), from)).toBeNull();
});

test.each([
  '0 6 * * *',
  '*/7 1-5,22 * * 1-5',
  '0 6 L * *',
  '30 9 15W * *',
  '15 18 * * 1#2',
  '0 0 * * 5L',
  '5 4 1 1,6 *',
])('away from changes of the clocks it agrees with node-cron on the next time of %s', (expression) => {
  const task = schedule(expression, () => undefined, { timezone: 'Etc/UTC' });
  const next = task.getNextRuns(20).map((date) => date.getTime());
  void task.destroy();
  const cron = readCron(expression, 'Etc/UTC');
  const own: number[] = [];
  for (let from = Temporal.Now.instant().epochMilliseconds; own.length < 20; from = own.at(-1) ?? 0) {
    own.push(nextAfter(cron, from)?.at ?? Number.NaN);
  }
  expect(own).toEqual(next);
});
