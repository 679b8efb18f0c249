import { type CohortDates, readCohortDates } from './cohort-dates.ts';
import { findConflicts } from './conflicts.ts';
import { hashOf } from './content-hash.ts';
import { findHeader, type Header } from './header.ts';
import { cellAsShown } from './normalize.ts';
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
  /** Whose rows are canceled, by email. */
  readonly canceled: ReadonlySet<string>;
  /** What the status column says in the rows of the readings. */
  readonly statuses: readonly string[];
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
  const readRow = rowReader(header, table, rules);
  const readings: RowReading[] = [];
  const canceled = new Set<string>();
  const statuses: string[] = [];
  const { status } = header.columns;
  let last = header.row;
  forEachBelow(table, header, (row) => {
    last = row.row;
    if (isBlankRow(row.cells)) return;
    const overlong = table.delimiter === null ? null : overlongRow(row, header, table.delimiter);
    const reading = overlong === null ? readRow(row) : [overlong];
    if (isRow(reading) && reading.canceled) canceled.add(reading.email);
    readings.push(reading);
    statuses.push(status === null ? '' : cellAsShown(row.cells[status.index]));
  });
  // By their numbers, since a workbook leaves blank rows out.
  return { header, readings, canceled, statuses, blankCount: last - header.row - readings.length };
}

/** The rows below the header, each with what merged cells give it. */
function forEachBelow(table: RawTable, header: Header, visit: (row: RawRow) => void): void {
  const visitBelow = (row: RawRow) => {
    if (row.row > header.row) visit(row);
  };
  const merges = table.merges.filter((merge) => merge.firstRow > header.row);
  if (merges.length === 0) {
    table.each(visitBelow);
    return;
  }
  const rows: RawRow[] = [];
  table.each((row) => rows.push(row));
  fillMerges(rows, merges).forEach(visitBelow);
}
