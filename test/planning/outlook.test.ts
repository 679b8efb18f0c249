import { describe, expect, test } from 'vitest';
import { addDays } from '../../src/dates.ts';
import { forecastPool } from '../../src/planning/forecast.ts';
import { neededOn, OUTLOOK_DAYS, outlookOf } from '../../src/planning/outlook.ts';
import { cohort, current, day, inputOf, row, rows, TODAY } from '../support/planning.ts';

const next = cohort('next', 21);

describe('the outlook on a pool', () => {
  const input = inputOf({
    rows: [
      ...rows(['a', 'b', 'c'], current),
      ...rows(['b', 'c', 'd', 'e'], next),
      row('z', cohort('old', -60)),
    ],
    holders: ['a', 'b', 'c', 'guest'],
    seats: { min: 1 },
  });
  const outlook = outlookOf(input);

  test('needs on each coming day what the forecast says', () => {
    const { days } = forecastPool(input, OUTLOOK_DAYS.coming / 7);
    expect(days).toHaveLength(OUTLOOK_DAYS.coming);
    for (const { date, needed } of days) expect([date, neededOn(outlook, date)]).toEqual([date, needed]);
  });

  test('says of past days what the roster tells of them, from two days before a cohort to three after it', () => {
    // With the guest, from whom nobody takes the seat.
    expect(neededOn(outlook, day(-63))).toBe(1);
    expect(neededOn(outlook, day(-62))).toBe(2);
    expect(neededOn(outlook, day(-16))).toBe(4);
    expect(neededOn(outlook, addDays(TODAY, -OUTLOOK_DAYS.past - 1))).toBeNull();
  });

  test('has a step only where the number changes, and the cohorts with the people of each', () => {
    for (const [place, { needed }] of outlook.steps.entries()) {
      expect(needed).not.toBe(outlook.steps[place - 1]?.needed);
    }
    expect(outlook.cohorts).toEqual([
      { cohort: 'old', startsOn: day(-60), endsOn: day(-26), people: 1 },
      { cohort: 'current', startsOn: day(-14), endsOn: day(20), people: 3 },
      { cohort: 'next', startsOn: day(21), endsOn: day(55), people: 4 },
    ]);
  });

  test('names sixty cohorts at most, those that go on or come first', () => {
    const many = Array.from({ length: 80 }, (_, place) =>
      row(`p${place}`, cohort(`c${place}`, place - 60, place - 59)),
    );
    const named = outlookOf(inputOf({ rows: many })).cohorts.map(({ cohort: id }) => id);
    expect(named).toHaveLength(60);
    expect(named.at(0)).toBe('c20');
    expect(named.at(-1)).toBe('c79');
  });
});
