import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/roster/table.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { type Rules, validated } from './helpers.ts';

const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses', 'Status'];
const ANN: Cell[] = ['ann@example.org', 'Ann Lee', 'C1', '2026-11-24'];

function sheet(...rows: Cell[][]) {
  return validated([HEADER, ...rows]);
}

/** The one row or problem of a sheet in which one cell of Ann's row was changed. */
function annWith(column: string, cell: Cell, rules: Rules = {}) {
  const row = [...ANN, '', '', ''];
  row[HEADER.indexOf(column)] = cell;
  const { rows, problems } = validated([HEADER, row], rules);
  return { row: rows[0], problem: problems[0], count: rows.length + problems.length };
}

describe('a row', () => {
  it('is read whole', () => {
    expect(
      sheet(['Ann@Example.org', 'Ann Lee', 'C1', '2026-11-24', '2026-12-04', 'ZOOM', 'active']).rows,
    ).toEqual([
      {
        row: 2,
        email: 'ann@example.org',
        name: 'Ann Lee',
        cohort: 'C1',
        startsOn: '2026-11-24',
        endsOn: '2026-12-04',
        pools: ['zoom'],
        canceled: false,
        granteeIds: {},
      },
    ]);
  });

  it('needs no more than an address and a first day', () => {
    const { rows } = validated([
      ['Start date', 'Email'],
      [46_350, 'ann@example.org'],
    ]);
    expect(rows).toMatchObject([
      {
        name: null,
        cohort: '2026-11-24',
        endsOn: '2026-12-28',
        pools: null,
        canceled: false,
        granteeIds: {},
      },
    ]);
  });

  it('takes its first day for the cohort where the cell is blank', () => {
    expect(annWith('Cohort', '\u00A0').row?.cohort).toBe('2026-11-24');
    expect(annWith('Cohort', 202_611).row?.cohort).toBe('202611');
  });

  it('may be a day long', () => {
    expect(annWith('End date', '2026-11-24').row?.endsOn).toBe('2026-11-24');
  });

  it('is read after a blank one, and blank ones are counted', () => {
    const result = sheet(
      ANN,
      [],
      ['', null, '\u00A0\u200B'],
      [false, 'FALSE'],
      ['bob@example.org', '', '', '2026-11-24'],
    );
    expect(result.rows.map(({ row }) => row)).toEqual([2, 6]);
    expect(result).toMatchObject({ rowCount: 2, blankCount: 3, problems: [] });
  });

  it('that is nothing but a remark is a problem, not blank', () => {
    const { problems } = sheet(['', 'Total: 14']);
    expect(problems.map(({ column, problem }) => [column, problem])).toEqual([
      ['Email', 'there is no email address'],
      ['Start date', 'there is no date'],
    ]);
  });
});

describe('pools', () => {
  it.each([
    ['zoom', ['zoom']],
    [' Zoom ; SALABLE-teaching, zoom', ['zoom', 'salable-teaching']],
    ['', null],
  ])('%j are %j', (cell, pools) => expect(annWith('Licenses', cell).row?.pools).toEqual(pools));

  it('that are unknown are a problem that names those there are', () => {
    expect(annWith('Licenses', 'zoom, teams').problem).toMatchObject({
      column: 'Licenses',
      value: 'zoom, teams',
      problem: 'no such pool: teams; the pools are salable-teaching, zoom',
    });
    expect(annWith('Licenses', ', ;').problem?.problem).toContain('no pool id');
  });
});

describe('status', () => {
  it.each(['canceled', 'Cancelled', ' WITHDRAWN\u00A0', 'dropped'])('%j entitles to nothing', (text) => {
    expect(annWith('Status', text).row?.canceled).toBe(true);
  });

  it.each(['', 'active', 'confirmed', 'TBC', true, 7])('%j is active', (cell) => {
    expect(annWith('Status', cell).row?.canceled).toBe(false);
  });

  it.each([
    'cancled',
    'canceld',
    'cancel',
    'withdraw',
    'withdrawn?',
    'droped',
    'canceled by school',
    'not canceled',
  ])('%j is not guessed', (text) => expect(annWith('Status', text).problem?.column).toBe('Status'));
});

describe('a problem', () => {
  it.each([
    ['Email', 'bob@x,org', 'not an email address'],
    ['Start date', '2026-02-30', 'there is no such day as 2026-02-30'],
    ['End date', 'tomorrow', 'not a date written as YYYY-MM-DD'],
    ['End date', '2026-11-23', 'the last day 2026-11-23 is before the first day 2026-11-24'],
    [
      'Cohort',
      2 ** 60,
      'the number is too long for a spreadsheet to keep its digits: format the column as text',
    ],
    ['Email', '#REF!', 'the cell shows an error (#REF!)'],
    ['Instructor', '#N/A', 'the cell shows an error (#N/A)'],
    ['Cohort', 'Loading...', 'the cell shows an error (Loading...)'],
    ['Status', '#NAME?', 'the cell shows an error (#NAME?)'],
  ])('in %s %j says: %s', (column, cell, problem) => {
    const { problem: found, row, count } = annWith(column, cell);
    expect(found).toMatchObject({ row: 2, column, value: String(cell), problem });
    expect(row).toBeUndefined();
    expect(count).toBe(1);
  });

  it('and a row hold no control characters, which would command a terminal, and no name without an end', () => {
    const { row } = annWith('Instructor', `\u001B[8mAnn\u0000 \u0007 \u{1F469}${'n'.repeat(10_000)}`);
    expect(row?.name).toMatch(/^\[8mAnn \u{1F469}n{192}$/u);
    expect(annWith('Cohort', 'C\u001B[31m1\u009B').row?.cohort).toBe('C[31m1');
    expect(annWith('Email', 'b\u001B[8mob').problem?.value).toBe('b[8mob');
  });

  it('says who the row is about, as far as it can be read', () => {
    expect(annWith('Start date', 'soon').problem).toMatchObject({
      email: 'ann@example.org',
      name: 'Ann Lee',
    });
    expect(annWith('Email', ' Bob@x,org\u200B').problem).toMatchObject({
      email: 'Bob@x,org',
      name: 'Ann Lee',
    });
    expect(annWith('Email', '').problem).toMatchObject({ email: null, name: 'Ann Lee' });
  });

  it('is reported for every cell at fault, under the header that the sheet has', () => {
    const { problems } = validated([
      ['EMAIL ', 'Start date'],
      ['bob', 'soon'],
    ]);
    expect(problems.map(({ column }) => column)).toEqual(['EMAIL', 'Start date']);
  });

  it('in a column that isn’t used is none', () => {
    expect(
      validated([
        ['Email', 'Start date', 'Notes'],
        ['ann@example.org', 46_350, '#REF!'],
      ]).rows,
    ).toHaveLength(1);
  });
});

describe('grantee ids', () => {
  const rules = { extraColumns: ['Zoom ID'] };
  const header = ['Email', 'Start date', 'zoom id'];

  it.each([
    ['u-1', { 'Zoom ID': 'u-1' }],
    [12_345, { 'Zoom ID': '12345' }],
    ['', {}],
  ])('%j becomes %j', (cell, granteeIds) => {
    expect(validated([header, ['ann@example.org', 46_350, cell]], rules).rows[0]?.granteeIds).toEqual(
      granteeIds,
    );
  });

  it('that show an error are a problem', () => {
    expect(validated([header, ['ann@example.org', 46_350, '#N/A']], rules).problems).toMatchObject([
      { column: 'zoom id' },
    ]);
  });
});

describe('a conflict', () => {
  const canceled: Cell[] = [...ANN, '', '', 'canceled'];

  it('of active and canceled makes a problem of each row, naming the others', () => {
    const { rows, problems } = sheet(ANN, canceled, ['bob@example.org', '', 'C1', '2026-11-24'], ANN);
    expect(rows.map(({ row }) => row)).toEqual([4]);
    expect(problems.map(({ row, column, problem }) => [row, column, problem])).toEqual([
      [2, 'Status', 'contradicts row 3: ann@example.org teaches cohort C1 here, but is canceled there'],
      [3, 'Status', 'contradicts rows 2, 5: ann@example.org is canceled for cohort C1 here, but not there'],
      [5, 'Status', 'contradicts row 3: ann@example.org teaches cohort C1 here, but is canceled there'],
    ]);
    expect(problems.every(({ email, name }) => email === 'ann@example.org' && name === 'Ann Lee')).toBe(true);
  });

  it('is found by the first day where there is no cohort column', () => {
    const header = ['Email', 'Start date', 'Status'];
    const row = ['ann@example.org', '2026-11-24'];
    expect(validated([header, row, [...row, 'dropped']]).problems).toHaveLength(2);
  });

  it('is none between cohorts, between people, or between dates', () => {
    const other = ['ann@example.org', 'Ann Lee', 'C2', '2026-11-24', '', '', 'canceled'];
    expect(sheet(ANN, other).rows).toHaveLength(2);
    expect(sheet(ANN, ['ann+1@example.org', ...canceled.slice(1)]).rows).toHaveLength(2);
    expect(sheet(ANN, ['ann@example.org', '', 'C1', '2026-12-24'], ANN).rows).toHaveLength(3);
    expect(sheet(canceled, canceled).rows).toHaveLength(2);
  });
});

describe('the hash', () => {
  const rows: Cell[][] = [
    ANN,
    ['bob@x,org', 'Bob', 'C1', '2026-11-24', '', 'zoom,salable-teaching'],
    ['cem@example.org', '', 'C1', '2026-11-24', '', 'zoom,salable-teaching'],
    ['dan@example.org', '', 'C1', '2026-11-24', '', '', 'dropped'],
    ['dan@example.org', '', 'C1', '2026-11-24'],
  ];

  it('is the same whatever the order of rows, with problems and conflicts', () => {
    expect(sheet(...rows.toReversed()).hash).toBe(sheet(...rows).hash);
    expect(sheet([], ...rows).hash).toBe(sheet(...rows).hash);
  });

  it('does not care how a cell was written', () => {
    const same = rows.with(2, [
      'CEM@example.org ',
      '',
      'C1',
      46_350,
      '2026-12-28',
      'Zoom; salable-teaching',
      'active',
    ]);
    expect(sheet(...same).hash).toBe(sheet(...rows).hash);
  });

  it.each([
    ['a name', 0, ['ann@example.org', 'Ann Li', 'C1', '2026-11-24']],
    ['a date', 0, ['ann@example.org', 'Ann Lee', 'C1', '2026-11-25']],
    ['a problem', 1, ['bob@x;org', 'Bob', 'C1', '2026-11-24']],
    ['the date of a conflict', 4, ['dan@example.org', '', 'C1', '2026-11-25']],
  ])('changes with %s', (_, at, row) => {
    expect(sheet(...rows.with(at, row)).hash).not.toBe(sheet(...rows).hash);
  });
});

describe('size', () => {
  it('20,000 rows take about a second', () => {
    const many = Array.from({ length: 20_000 }, (_, n): Cell[] => [
      `p${n}@example.org`,
      `P ${n}`,
      `C${n % 9}`,
      46_350 + (n % 99),
    ]);
    expect(cpuTime(() => expect(sheet(...many).rows).toHaveLength(20_000))).toBeLessThan(3000);
  });
});
