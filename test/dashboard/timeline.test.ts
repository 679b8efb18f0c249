import { describe, expect, test } from 'vitest';
import { seatChart } from '../../src/dashboard/pages/timeline/chart.ts';
import { adviceOf, findingOf } from '../../src/dashboard/pages/timeline/finding.ts';
import { type Timeline, timelineOf } from '../../src/dashboard/pages/timeline/points.ts';
import { seatTable } from '../../src/dashboard/pages/timeline/table.ts';
import { addDays, daysBetween } from '../../src/dates.ts';
import type { Outlook } from '../../src/planning/outlook.ts';

const TODAY = '2026-11-22';
const day = (offset: number) => addDays(TODAY, offset);

const outlook: Outlook = {
  today: TODAY,
  until: day(182),
  total: 9,
  max: null,
  changes: 'api',
  steps: [
    { date: day(-70), needed: 2 },
    { date: day(-37), needed: 8 },
    { date: day(3), needed: 12 },
    { date: day(16), needed: 14 },
    { date: day(40), needed: 5 },
  ],
  cohorts: [
    { cohort: '<i>A</i> & co', startsOn: day(-35), endsOn: day(-1), people: 8 },
    { cohort: 'B', startsOn: day(5), endsOn: day(39), people: 12 },
  ],
};

const found = new Map([
  [day(-30), { total: 7, assigned: 7, needed: 7 }],
  [day(-20), { total: 10, assigned: 8, needed: null }],
]);

function numbersOfTable(timeline: Timeline): (string | number)[][] {
  const markup = String(seatTable('p', timeline));
  return [...markup.matchAll(/<tr><td><time datetime="([^"]+)">.*?<\/tr>/g)].map(([row, from]) => [
    from ?? '',
    ...[...row.matchAll(/class="number">([^<]*)</g)].map(([, text]) => text ?? ''),
  ]);
}

/** What a stepped path says: from which day on which number, read back from the drawing. */
function stepsOfPath(timeline: Timeline, line: 'needed' | 'paid'): (string | number)[][] {
  const markup = String(seatChart('p', timeline, 'finding'));
  const path = new RegExp(`class="line ${line}" d="([^"]*)"`).exec(markup)?.[1] ?? '';
  const ticks = [...markup.matchAll(/<path class="grid" d="M34 ([\d.]+)H908"\/><text[^>]*>(\d+)</g)];
  const [[zero = 0, none = 0] = [], [other = 0, some = 0] = []] = ticks.map(([, y, seats]) => [
    Number(y),
    Number(seats),
  ]);
  const perSeat = (zero - other) / (some - none);
  const perDay = (908 - 34) / (daysBetween(timeline.from, timeline.to) + 1);
  const steps: (string | number)[][] = [];
  let x = 0;
  for (const [, command, numbers = ''] of path.matchAll(/([MHV])([\d. ]+)/g)) {
    const [first = 0, second = 0] = numbers.split(' ').map(Number);
    if (command === 'H') x = first;
    else {
      if (command === 'M') x = first;
      const seats = Math.round((zero - (command === 'M' ? second : first)) / perSeat);
      steps.push([addDays(timeline.from, Math.round((x - 34) / perDay)), seats]);
    }
  }
  return steps;
}

/** Of rows, those in which a number differs from the one before. */
function changesIn(rows: (string | number)[][], column: number): (string | number)[][] {
  const known = rows
    .map((row) => [row[0] ?? '', Number(row[column])])
    .filter(([, seats]) => !Number.isNaN(seats));
  return known.filter(([, seats], place) => seats !== known[place - 1]?.[1]);
}

describe('the seat timeline', () => {
  const timeline = timelineOf(outlook, found, TODAY);

  test('shows what runs have found, and before and after that what the roster says', () => {
    const at = (date: string) => timeline.points.findLast((point) => point.date <= date);
    expect(timeline.from).toBe(day(-42));
    expect(at(day(-40))).toMatchObject({ needed: 2, paid: null });
    expect(at(day(-31))).toMatchObject({ needed: 8, paid: null });
    expect(at(day(-30))).toMatchObject({ needed: 7, paid: 7 });
    // A doubtful roster says nothing of what is needed.
    expect(at(day(-20))).toMatchObject({ needed: 7, paid: 10 });
    expect(at(day(0))).toMatchObject({ needed: 8, paid: 9 });
    expect(at(day(20))).toMatchObject({ needed: 14, paid: 9 });
    expect(timeline.to).toBe(day(53));
  });

  test('the table has the numbers of the chart', () => {
    const rows = numbersOfTable(timeline);
    expect(rows.length).toBeGreaterThan(6);
    expect(stepsOfPath(timeline, 'needed')).toEqual(changesIn(rows, 1));
    expect(stepsOfPath(timeline, 'paid')).toEqual(changesIn(rows, 2));
    for (const [, needed, paid, short, unused] of rows) {
      if (paid === 'not known') continue;
      expect(Number(needed) - Number(paid)).toBe(Number(short) - Number(unused));
    }
  });

  test('has as many hatched and dotted areas as there are spans that are short and unused', () => {
    const markup = String(seatChart('p', timeline, 'finding'));
    const rows = numbersOfTable(timeline);
    expect(markup.match(/url\(#chart-p-short\)/g)).toHaveLength(
      rows.filter(([, , , short]) => Number(short) > 0).length,
    );
    expect(markup.match(/url\(#chart-p-unused\)/g)).toHaveLength(
      rows.filter(([, , , , unused]) => Number(unused) > 0).length,
    );
  });

  test('tells its finding to those who do not see it, and takes names as text', () => {
    const markup = String(seatChart('p', timeline, findingOf(timeline)));
    expect(markup).toContain('role="img" aria-labelledby="chart-p-title chart-p-desc"');
    expect(markup).toMatch(/<desc id="chart-p-desc">3 seats short from Wed 25 Nov, 5 from Tue 8 Dec\. /);
    expect(markup).toContain('&lt;i&gt;A&lt;/i&gt; &amp; co');
    expect(markup).not.toContain('<i>');
  });
});

describe('the finding', () => {
  const findings = (over: Partial<Outlook>, today = TODAY) => {
    const timeline = timelineOf({ ...outlook, ...over }, new Map(), today);
    return [findingOf(timeline), adviceOf(timeline)];
  };

  test.each([
    [{}, '3 seats short from Wed 25 Nov, 5 from Tue 8 Dec.', 'Runs buy what is missing when it is due.'],
    [{ total: 13 }, '1 seat short from Tue 8 Dec.', 'Runs buy what is missing when it is due.'],
    [
      { total: 13, max: 13 },
      '1 seat short from Tue 8 Dec.',
      'Runs buy what is due, up to seats.max, which is 13; 14 are needed.',
    ],
    [
      { total: 7, changes: 'manual' },
      '1 seat short today, 7 from Tue 8 Dec.',
      'A person has to buy them; runs say when and where.',
    ],
    [{ total: 14 }, 'Enough seats until Thu 14 Jan 2027; 6 seats more than needed today.', ''],
    [{ total: 8, steps: [{ date: day(-70), needed: 8 }] }, 'Enough seats until Thu 14 Jan 2027.', ''],
  ] as const)('of %o', (over, finding, advice) => {
    expect(findings(over)).toEqual([finding, advice]);
  });

  test('is of today, however old the outlook is', () => {
    expect(findings({}, day(10))[0]).toBe('3 seats short today, 5 from Tue 8 Dec.');
  });
});
