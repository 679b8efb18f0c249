import { describe, expect, it } from 'vitest';
import { fromInstant } from '../src/dates.ts';
import { answeredAt, parseRetryAfter } from '../src/retry-after.ts';

const now = fromInstant('2026-11-22T06:00:00Z');
const seconds = (value: number) => now + value * 1000;

describe('parseRetryAfter', () => {
  it.each([
    ['0', seconds(0)],
    ['120', seconds(120)],
    [' 3 ', seconds(3)],
    ['2.128', now + 2128],
    ['0.0001', now + 1],
    ['-5', now],
    ['Sun, 22 Nov 2026 06:01:00 GMT', seconds(60)],
    ['Sunday, 22-Nov-26 06:01:00 GMT', seconds(60)],
    ['Sun Nov 22 06:01:00 2026', seconds(60)],
    ['2026-11-22T06:01:00Z', seconds(60)],
    ['2026-11-22T01:01:00-05:00', seconds(60)],
    ['2026-11-22T06:01:00.500Z', seconds(60) + 500],
    ['2026-11-22T06:01:00', seconds(60)],
    ['2026-11-23', fromInstant('2026-11-23T00:00:00Z')],
  ])('reads %j', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it.each([['Sun, 06 Nov 1994 08:49:37 GMT'], ['Sunday, 06-Nov-94 08:49:37 GMT'], ['2020-05-31T00:00:00Z']])(
    'takes %j, in the past, as now',
    (header) => {
      expect(parseRetryAfter(header, now)).toBe(now);
    },
  );

  it.each([['86401'], ['99999999999999999999'], ['2031-01-01T00:00:00Z'], ['Wed, 01 Jan 2031 00:00:00 GMT']])(
    'cuts %j to 24 hours',
    (header) => {
      expect(parseRetryAfter(header, now)).toBe(seconds(24 * 60 * 60));
    },
  );

  it.each([
    [undefined],
    [''],
    ['soon'],
    ['12 s'],
    ['Sun, 32 Nov 2026 06:01:00 GMT'],
    ['Sun, 22 Foo 2026 06:01:00 GMT'],
  ])('knows nothing from %j', (header) => {
    expect(parseRetryAfter(header, now)).toBeNull();
  });
});

describe('answeredAt', () => {
  it.each([
    ['Sun, 22 Nov 2026 05:50:00 GMT'],
    ['Sunday, 22-Nov-26 05:50:00 GMT'],
    ['Sun Nov 22 05:50:00 2026'],
  ])('reads %j', (date) => {
    expect(answeredAt(date, now)).toBe(seconds(-600));
  });

  it.each([[undefined], [''], ['yesterday'], ['2026-11-22T05:50:00Z']])('is now for %j', (date) => {
    expect(answeredAt(date, now)).toBe(now);
  });
});
