import { type CohortDates, readCohortDates } from './cohort-dates.ts';
import { findConflicts } from './conflicts.ts';
import { hashOf } from './content-hash.ts';
import { findHeader, type Header } from './header.ts';
import { overlongRow } from './overlong-row.ts';
import { isRow, type RowReading, type RowRules, rowReader } from './read-row.ts';
import { fillMerges, isBlankRow, type RawRoster, type RawRow, type RawTable } from './table.ts';
import type { Roster, RosterRow } from './types.ts';
import { type ExpectedColumns, tableColumns } from './wanted-columns.ts';

/** What a roster says, without where and when it was read. */
export type ValidatedRoster = Pick<Roster, 'rows' | 'problems' | 'rowCount' | 'blankCount' | 'hash'>;

/** One table with its header, and what each of its rows came to. */
export interface ReadTable {
  readonly header: Header;
  readonly readings: readonly RowReading[];
  /** The rows of the readings, as they came. */
  readonly raw: readonly RawRow[];
  readonly blankCount: number;
}

/**
 * Turns what was read into rows to act on and problems to report. Every row below a header that isn't blank ends up as
 * exactly one of both: a row, or at least one problem.
 *
 * @throws RosterError `wrong-shape` if a table has no usable header. Never for what a row says.
 */
export function validateRoster(
  { tables, cohorts }: Omit<RawRoster, 'location'>,
  expected: ExpectedColumns,
  rules: RowRules,
): ValidatedRoster {
  const dates = cohorts === null ? null : readCohortDates(cohorts, expected, rules.dateFormat);
  const read = tables.map((table) => readTable(table, expected, { ...rules, cohorts: dates }));
  const conflicts = findConflicts(read);
  const rows: RosterRow[] = [];
  const problems = [...(dates?.problems ?? [])];
  let rowCount = 0;
  for (const { readings } of read) {
    rowCount += readings.length;
    for (const reading of readings) {
      const conflict = conflicts.size > 0 && isRow(reading) ? conflicts.get(reading) : undefined;
      if (!isRow(reading)) problems.push(...reading);
      else if (conflict === undefined) rows.push(reading);
      else problems.push(conflict);
    }
  }
  const blankCount = read.reduce((sum, table) => sum + table.blankCount, 0);
  return { rows, problems, rowCount, blankCount, hash: hashOf(read.map(({ readings }) => readings)) };
}

/** A roster of one table, without a tab for the cohorts' dates. */
export function validateTable(table: RawTable, expected: ExpectedColumns, rules: RowRules): ValidatedRoster {
  return validateRoster({ tables: [table], cohorts: null }, expected, rules);
}

function readTable(
  table: RawTable,
  expected: ExpectedColumns,
  rules: RowRules & { readonly cohorts: CohortDates | null },
): ReadTable {
  const wanted = tableColumns(expected, { cohort: table.cohort, dates: rules.cohorts !== null });
  const header = findHeader(table, wanted);
  const merges = table.merges.filter((merge) => merge.firstRow > header.row);
  const below = fillMerges(rowsBelow(table, header), merges);
  const readRow = rowReader(header, table, rules);
  const readings: RowReading[] = [];
  const raw: RawRow[] = [];
  for (const row of below) {
    if (isBlankRow(row.cells)) continue;
    raw.push(row);
    const overlong = table.delimiter === null ? null : overlongRow(row, header, table.delimiter);
    readings.push(overlong === null ? readRow(row) : [overlong]);
  }
  // By their numbers, since a workbook leaves blank rows out.
  const last = below.at(-1)?.row ?? header.row;
  return { header, readings, raw, blankCount: last - header.row - raw.length };
}

/** Rows come in their order. */
function rowsBelow({ rows }: RawTable, header: Header): readonly RawRow[] {
  const first = rows.findIndex(({ row }) => row > header.row);
  return first === -1 ? [] : rows.slice(first);
}
