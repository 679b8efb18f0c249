import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suspects } from '../../src/cohorts/suspects.ts';
import { RosterError } from '../../src/errors.ts';
import { readDate } from '../../src/roster/dates.ts';
import { normalizeEmail } from '../../src/roster/normalize.ts';
import type { Cell } from '../../src/roster/table.ts';
import { validateTable } from '../../src/roster/validate.ts';
import { csv, expected, validated } from './helpers.ts';

const likelyText = fc.constantFrom(
  'ann@example.org',
  'ANN@example.org\u00A0',
  'bob@x,org',
  '2026-11-24',
  '24/11/2026',
  'canceled',
  'cancled',
  'zoom',
  'zoom,teams',
  '#REF!',
  'FALSE',
  '\u200B',
  'Email',
  'Start date',
);

const cell: fc.Arbitrary<Cell> = fc.oneof(
  likelyText,
  fc.string({ unit: 'binary' }),
  fc.integer({ min: 42_000, max: 54_000 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);

const rows = fc.array(fc.array(cell, { maxLength: 10 }), { maxLength: 12 });

const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses', 'Status', 'Zoom ID'];

function expectAccounted(result: ReturnType<typeof validated>, rowsBelow: number) {
  const withProblems = new Set(result.problems.map(({ row }) => row));
  expect(result.rows.length + withProblems.size).toBe(result.rowCount);
  expect(result.rowCount + result.blankCount).toBe(rowsBelow);
  for (const { row } of result.rows) expect(withProblems.has(row)).toBe(false);
}

describe('whatever the cells', () => {
  it('every row is a row, a problem or blank, and nothing is thrown', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('iso', 'dmy', 'mdy'), (cells, dateFormat) => {
        const result = validated([HEADER, ...cells], { dateFormat, extraColumns: ['Zoom ID'] });
        expectAccounted(result, cells.length);
        for (const row of result.rows) {
          expect(normalizeEmail(row.email)).toBe(row.email);
          expect(row.startsOn <= row.endsOn).toBe(true);
        }
        for (const { value } of result.problems) expect([...value].length).toBeLessThanOrEqual(100);
      }),
      { numRuns: 500 },
    );
  });

  it('the hash does not depend on the order of rows', () => {
    fc.assert(
      fc.property(rows, (cells) => {
        const hash = validated([HEADER, ...cells], { extraColumns: ['Zoom ID'] }).hash;
        expect(validated([HEADER, ...cells.toReversed()], { extraColumns: ['Zoom ID'] }).hash).toBe(hash);
      }),
    );
  });

  it('merged cells lose no row and add none', () => {
    const merge = fc.record({ firstRow: fc.nat(14), lastRow: fc.nat(20), column: fc.nat(9) });
    fc.assert(
      fc.property(rows, fc.array(merge), (cells, merges) => {
        const plain = validated([HEADER, ...cells], { extraColumns: ['Zoom ID'] });
        const merged = validated([HEADER, ...cells], { extraColumns: ['Zoom ID'], merges });
        expectAccounted(merged, cells.length);
        expect(merged.blankCount).toBe(plain.blankCount);
      }),
    );
  });

  it('a table without our header is a RosterError or a table', () => {
    fc.assert(
      fc.property(rows, (cells) => {
        try {
          validated(cells);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RosterError);
        }
      }),
    );
  });
});

describe('whatever the bytes', () => {
  const alphabet = fc.constantFrom(
    '"',
    ',',
    ';',
    '\t',
    '\r',
    '\n',
    'a',
    '@',
    'é',
    '\0',
    '\uFEFF',
    'Email,Start date\n',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(alphabet).map((parts) => Buffer.from(`Email,Start date\n${parts.join('')}`)),
    fc.array(alphabet).map((parts) => Buffer.from(`\uFEFF${parts.join('')}`, 'utf16le')),
  );

  it('a CSV file is a table or a RosterError', () => {
    fc.assert(
      fc.property(bytes, (content) => {
        try {
          const table = csv(content);
          const result = validateTable(table, expected({}), { dateFormat: 'iso', weeks: 5, pools: [] });
          expectAccounted(result, result.rowCount + result.blankCount);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RosterError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('cells survive being written as CSV', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.startsWith('\uFEFF'));
    const quoted = (one: string) => `"${one.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text)),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        (cells, delimiter, end) => {
          const lines = [['Email', 'Start date'], ...cells].map((row) => row.map(quoted).join(delimiter));
          expect(
            csv(lines.join(end))
              .rows.slice(1)
              .map((row) => row.cells),
          ).toEqual(cells);
        },
      ),
    );
  });
});

describe('whatever the text', () => {
  it('a date is one that exists, or a problem', () => {
    fc.assert(
      fc.property(cell, fc.constantFrom('iso', 'dmy', 'mdy'), (one, format) => {
        const reading = readDate(one, format);
        if (reading.ok) expect(reading.date).toMatch(/^20[1-4]\d-[01]\d-[0-3]\d$/);
        else expect(reading.problem).not.toBe('');
      }),
    );
  });

  it('suspects are addresses, without repeats', () => {
    const text = fc.option(fc.oneof(likelyText, fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(text, text, (email, name) => {
        const found = suspects({ email, name }, [{ email: 'ann@example.org', name: 'Ann Lee' }]);
        expect(new Set(found).size).toBe(found.length);
        for (const one of found) expect(normalizeEmail(one)).toBe(one);
      }),
      { numRuns: 1000 },
    );
  });
});
