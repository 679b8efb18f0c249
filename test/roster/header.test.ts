import { describe, expect, it } from 'vitest';
import { findHeader } from '../../src/roster/header.ts';
import { type Cell, keptTable } from '../../src/roster/table.ts';
import { expected, type Rules, rosterError } from './helpers.ts';

function header(cells: readonly (readonly Cell[])[], rules: Rules = {}) {
  const rows = cells.map((row, at) => ({ row: at + 1, cells: row }));
  const about = { merges: [], tab: null, cohort: null, serialOffset: 0, location: 'roster.csv' };
  return findHeader(keptTable(rows, about), expected(rules));
}

const GOOD: Cell[] = ['Email', 'Start date'];

describe('the header', () => {
  it('may have its columns in any order, and others between them', () => {
    const found = header([['Status', 'Notes', 'Start date', 'Instructor', 'Email']]);
    expect(found.columns.email).toEqual({ index: 4, text: 'Email' });
    expect(found.columns.startsOn?.index).toBe(2);
    expect(found.columns.status?.index).toBe(0);
    expect(found.columns.cohort).toBeNull();
  });

  it.each([' EMAIL ', 'e\u200Bmail', '\u00A0Email\u00A0', '\uFEFFEmail', 'Ｅｍａｉｌ'])(
    'is found as %j',
    (email) => {
      expect(header([[email, 'start\u00A0 \nDATE']]).columns.email?.index).toBe(0);
    },
  );

  it('may stand below a title and blank rows', () => {
    expect(header([['Instructors 2026'], [], [null, ''], GOOD]).row).toBe(4);
  });

  it('is looked for in the first twenty rows', () => {
    const title = Array.from({ length: 19 }, () => ['title']);
    expect(header([...title, GOOD]).row).toBe(20);
    expect(() => header([...title, ['title'], GOOD])).toThrow('first 20 rows');
    const blank = Array.from({ length: 20 }, () => ['']);
    expect(() => header([...blank, GOOD])).toThrow('its first 20 rows are blank');
  });

  it('is found by any of the alternatives', () => {
    expect(
      header([['E-Mail', 'Start date']], { columns: { email: ['Email', 'E-mail'] } }).columns.email?.index,
    ).toBe(0);
  });

  it('gives the columns that pools ask for, by the text they ask with', () => {
    const found = header([[...GOOD, 'zoom id']], { extraColumns: ['Zoom ID'] });
    expect(found.extra.get('Zoom ID')).toEqual({ index: 2, text: 'zoom id' });
  });
});

describe('a header that can’t be used', () => {
  it('lacks a required column: names it, what was expected, and the nearest header', async () => {
    const rules = { columns: { startsOn: ['Start date', 'First day'] } };
    const error = await rosterError(() => header([['Email', 'Instructor', 'Start dat']], rules));
    expect(error.failure).toBe('wrong-shape');
    expect(error.message).toBe(
      'roster.csv has no column "Start date" or "First day"; its header in row 1 reads "Email", "Instructor", "Start dat"',
    );
    expect(error.advice).toBe(
      'The nearest header is "Start dat": rename it, or change roster.columns.startsOn.',
    );
  });

  it.each([
    ['E-mail address', 'The nearest header is "E-mail address": rename it, or change roster.columns.email.'],
    ['Mail', 'The nearest header is "Mail": rename it, or change roster.columns.email.'],
    ['Postanschrift', 'Name the column that is meant so, or change roster.columns.email.'],
  ])('lacks the address but has %j', async (text, advice) => {
    await expect(rosterError(() => header([['', '-', text, 'Start date']]))).resolves.toMatchObject({
      advice,
    });
  });

  it('lacks the column of a pool’s grantee ids', async () => {
    const error = await rosterError(() => header([GOOD], { extraColumns: ['Zoom ID'] }));
    expect(error.message).toContain('"Zoom ID"');
    expect(error.advice).toContain('grantee');
  });

  it('has a used column twice: names both', async () => {
    const error = await rosterError(() => header([[...GOOD, 'Status', 'status']]));
    expect(error.failure).toBe('wrong-shape');
    expect(error.message).toContain('"Status" twice: in C1 and D1');
    const both = { columns: { email: ['Email', 'E-mail'] } };
    await expect(rosterError(() => header([[...GOOD, 'E-mail']], both))).resolves.toMatchObject({
      failure: 'wrong-shape',
    });
  });

  it('has an unused column twice, which doesn’t matter', () => {
    expect(header([[...GOOD, 'Certification', 'Certification', '', '']]).row).toBe(1);
  });

  it('is not there at all', async () => {
    const error = await rosterError(() =>
      header([
        ['a', 'b'],
        ['c', 'd'],
      ]),
    );
    expect(error.message).toContain('has no header');
    expect(error.advice).toContain('Row 1 reads "a", "b"');
  });

  it.each([[[]], [[[]]], [[['', null, ' ']]]])('is not there because nothing is: %j', async (rows) => {
    await expect(rosterError(() => header(rows))).resolves.toMatchObject({
      failure: 'wrong-shape',
      message: 'roster.csv is empty',
    });
  });
});
