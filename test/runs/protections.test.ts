import { describe, expect, it } from 'vitest';
import type { Roster, RosterProblem, RosterRow } from '../../src/roster/types.ts';
import { protections } from '../../src/runs/inputs.ts';

const problem = (row: number, email: string | null, name: string | null = null): RosterProblem => ({
  row,
  column: 'Email',
  value: email ?? '',
  problem: 'not an email address',
  email,
  name,
});

function roster(problems: readonly RosterProblem[], present: readonly string[] = []): Roster {
  const rows = present.map((email, at): RosterRow => {
    const dates = { cohort: 'C', startsOn: '2026-11-24', endsOn: '2026-12-28' };
    return { row: 100 + at, email, name: null, ...dates, pools: null, canceled: false, granteeIds: {} };
  });
  const count = { rowCount: rows.length + problems.length, blankCount: 0 };
  return { rows, problems, ...count, hash: '', location: 'the roster', readAt: '2026-11-22T00:00:00Z' };
}

const people = [
  { email: 'ann@example.org', name: 'Ann Lee', rows: [{ row: 7 }] },
  { email: 'bob@example.org', name: 'Bob Stone', rows: [{ row: 8 }, { row: 9 }] },
];

function protectedBy(problems: readonly RosterProblem[], present: readonly string[] = []) {
  return protections(roster(problems, present), people).problems.map(({ protects }) => protects);
}

it('a row that says nothing of anyone protects whoever stood in it last and stands nowhere now', () => {
  expect(protectedBy([problem(7, null), problem(9, '#REF!'), problem(10, null)])).toEqual([
    ['ann@example.org'],
    ['bob@example.org'],
    [],
  ]);
});

it('not someone who is still on the roster', () => {
  expect(protectedBy([problem(7, null)], ['ann@example.org'])).toEqual([[]]);
});

it('nor anyone else where the row itself names somebody who is known', () => {
  expect(protectedBy([problem(7, 'bob@example,org'), problem(7, '?', 'Bob Stone')])).toEqual([
    ['bob@example.org'],
    ['bob@example.org'],
  ]);
});

describe('of a roster of several tabs', () => {
  const place = (row: number, tab: string) => ({ row, tab });
  const inTabs = [
    { email: 'ann@example.org', name: 'Ann Lee', rows: [place(7, 'Cohort 1')] },
    { email: 'bob@example.org', name: 'Bob Stone', rows: [place(7, 'Cohort 2'), place(8, 'Cohort 1')] },
  ];
  const protectedIn = (tab: string, row: number, known: Parameters<typeof protections>[1] = inTabs) =>
    protections(roster([{ ...problem(row, '#REF!'), tab }]), known).problems.flatMap(
      ({ protects }) => protects,
    );

  it('a row protects whoever stood in it in the same tab, not in the same row of another', () => {
    expect(protectedIn('Cohort 1', 7)).toEqual(['ann@example.org']);
    expect(protectedIn('Cohort 2', 7)).toEqual(['bob@example.org']);
    expect(protectedIn('Cohort 3', 7)).toEqual([]);
    expect(protectedIn('Cohort 1', 8)).toEqual(['bob@example.org']);
  });

  it('and whoever stood in it when the roster had but one tab, or nobody wrote down which', () => {
    expect(protectedIn('Cohort 1', 9, people)).toEqual(['bob@example.org']);
  });
});

it('names the tab in the reason where there are several', () => {
  const { freezes } = protections(roster([{ ...problem(7, 'bob@example,org'), tab: 'Cohort 1' }]), people);
  expect(freezes).toEqual([
    { person: 'bob@example.org', reason: 'row 7 of the tab "Cohort 1" is unreadable' },
  ]);
});
