import { expect, test } from 'vitest';
import { joined } from '../../src/dashboard/pages/people/chart.ts';
import { spansOf } from '../../src/dashboard/pages/people/history.ts';

const gained = (date: string) => ({ date, has: true });
const lost = (date: string) => ({ date, has: false });

test.each([
  ['given and kept', [gained('2026-10-01')], true, [{ from: '2026-10-01', to: 'now' }]],
  [
    'given and taken',
    [gained('2026-10-01'), lost('2026-11-03')],
    false,
    [{ from: '2026-10-01', to: '2026-11-03' }],
  ],
  [
    'given twice',
    [gained('2026-08-01'), lost('2026-09-03'), gained('2026-10-01')],
    null,
    [
      { from: '2026-08-01', to: '2026-09-03' },
      { from: '2026-10-01', to: 'now' },
    ],
  ],
  ['given by somebody else', [], true, [{ from: null, to: 'now' }]],
  ['given by somebody else and taken', [lost('2026-11-03')], false, [{ from: null, to: '2026-11-03' }]],
  [
    'given, and gone at a time that nobody knows',
    [gained('2026-10-01')],
    false,
    [{ from: '2026-10-01', to: null }],
  ],
  ['never given', [], false, []],
  ['not to be looked up', [], null, []],
] as const)('a seat that was %s', (_, changes, hasSeat, spans) => {
  expect(spansOf(changes, hasSeat)).toEqual(spans);
});

test('days on which a seat is due for two cohorts in a row are one span', () => {
  const spans = [
    { from: '2026-12-30', to: '2027-02-05' },
    { from: '2026-10-01', to: '2026-11-03' },
    { from: '2026-11-04', to: '2026-12-01' },
  ];
  expect(joined(spans)).toEqual([
    { from: '2026-10-01', to: '2026-12-01' },
    { from: '2026-12-30', to: '2027-02-05' },
  ]);
});
