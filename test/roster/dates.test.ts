import { describe, expect, it } from 'vitest';
import { type DateFormat, readDate } from '../../src/roster/dates.ts';
import type { Cell } from '../../src/roster/table.ts';

function date(cell: Cell, format: DateFormat = 'iso') {
  const reading = readDate(cell, format);
  return reading.ok ? reading.date : reading.problem;
}

describe('day numbers', () => {
  it.each([
    [42_005, '2015-01-01'],
    [43_831, '2020-01-01'],
    [46_089, '2026-03-08'],
    [46_327, '2026-11-01'],
    [53_327, '2045-12-31'],
  ])('%d is %s', (serial, iso) => expect(date(serial)).toBe(iso));

  it.each([0, 1, 60, 53, -1, 42_004, 53_328, 1e21, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is not plausible',
    (serial) => {
      expect(date(serial)).toContain('not a date between 2015 and 2045');
    },
  );

  it.each([46_089.5, 46_089.999_999_9, 46_089.000_000_1])(
    '%d has a time of day, and is not rounded',
    (serial) => {
      expect(date(serial)).toContain('time of day');
    },
  );
});

describe('text', () => {
  it.each(['iso', 'dmy', 'mdy'] as const)('2026-03-08 is understood where %s is set', (format) => {
    expect(date(' 2026-03-08\u00A0', format)).toBe('2026-03-08');
  });

  it.each([
    ['3/8/2026', 'mdy', '2026-03-08'],
    ['03.08.2026', 'dmy', '2026-08-03'],
    ['3-8-2026', 'dmy', '2026-08-03'],
    ['31/12/2026', 'dmy', '2026-12-31'],
    ['12/31/2026', 'mdy', '2026-12-31'],
    ['29/2/2028', 'dmy', '2028-02-29'],
  ] as const)('%s as %s is %s', (text, format, iso) => expect(date(text, format)).toBe(iso));

  it.each([
    ['2026-02-30', 'iso'],
    ['2026-13-01', 'iso'],
    ['2026-00-10', 'iso'],
    ['31/12/2026', 'mdy'],
    ['12/31/2026', 'dmy'],
    ['29/2/2026', 'dmy'],
    ['0/1/2026', 'dmy'],
  ] as const)('%s as %s does not exist, and is not moved to a day that does', (text, format) => {
    expect(date(text, format)).toBe(`there is no such day as ${text}`);
  });

  it('which of day and month comes first is never guessed', () => {
    expect(date('31/12/2026')).toContain('set roster.dateFormat to dmy or mdy');
  });

  it.each(['2026-11-24T00:00:00', '2026-11-24 09:30', '2026-11-24T09:30:00+01:00', '5/26/2026 22:31:50'])(
    '%s has a time of day',
    (text) => expect(date(text)).toContain('time of day'),
  );

  it.each([
    ['', 'there is no date'],
    ['46089', "a spreadsheet's day number"],
    ['24/11/26', 'four digits'],
    ['1926-11-24', 'between 2015 and 2045'],
    ['2062-11-24', 'between 2015 and 2045'],
    ['2026-3-8', 'YYYY-MM-DD'],
    ['2026/03/08', 'YYYY-MM-DD'],
    ['3/8-2026', 'YYYY-MM-DD'],
    ['24 Nov 2026', 'YYYY-MM-DD'],
    ['٢٠٢٦-١١-٢٤', 'YYYY-MM-DD'],
    ['soon', 'YYYY-MM-DD'],
  ])('%j is refused with %j', (text, words) => expect(date(text)).toContain(words));

  it('neither a checkbox nor a blank cell is a date', () => {
    expect(readDate(true, 'iso').ok).toBe(false);
    expect(readDate(null, 'iso').ok).toBe(false);
    expect(readDate(undefined, 'iso').ok).toBe(false);
  });
});
