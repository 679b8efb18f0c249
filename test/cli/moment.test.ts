import { expect, test } from 'vitest';
import { parseMoment } from '../../src/cli/moment.ts';
import { zonedText } from '../../src/dates.ts';
import { UsageError } from '../../src/errors.ts';

const ZONE = 'America/New_York';

test.each([
  ['2026-11-22T11:00:00Z', '2026-11-22T06:00:00-05:00'],
  ['2026-11-22T12:00:00+01:00', '2026-11-22T06:00:00-05:00'],
  ['2026-11-22T06:00:00[America/Denver]', '2026-11-22T08:00:00-05:00'],
  ['2026-11-22T06:00:00-05:00[America/New_York]', '2026-11-22T06:00:00-05:00'],
  ['2026-11-22T06:00', '2026-11-22T06:00:00-05:00'],
  ['2026-11-22', '2026-11-22T00:00:00-05:00'],
  ['2026-07-01', '2026-07-01T00:00:00-04:00'],
])('--at %s is %s', (text, expected) => {
  expect(zonedText(parseMoment(text, ZONE), ZONE)).toBe(`${expected}[${ZONE}]`);
});

test('a day without a midnight begins at its first moment', () => {
  const zone = 'Africa/Cairo';
  expect(zonedText(parseMoment('2026-04-24', zone), zone)).toBe('2026-04-24T01:00:00+03:00[Africa/Cairo]');
});

test.each([
  'tomorrow',
  '',
  '2026-02-30',
  '22/11/2026',
  '2026-11-22T25:00',
  '2026-11-22T06:00:00-05:00[America/Denver]',
])('--at %j is refused, with an example', (text) => {
  expect(() => parseMoment(text, ZONE)).toThrow(UsageError);
  expect(() => parseMoment(text, ZONE)).toThrow('is not a date and time');
});
