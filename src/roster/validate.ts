import { createHash } from 'node:crypto';
import { findHeader, type Header } from './header.ts';
import { cellAsShown } from './normalize.ts';
import { overlongRow } from './overlong-row.ts';
import { type RowReading, type RowRules, readRow } from './read-row.ts';
import { fillMerges, isBlankRow, type RawRow, type RawTable } from './table.ts';
import type { Roster, RosterProblem, RosterRow } from './types.ts';
import type { ExpectedColumns } from './wanted-columns.ts';

/** What a table says, without where and when it was read. */
export type ValidatedTable = Pick<Roster, 'rows' | 'problems' | 'rowCount' | 'blankCount' | 'hash'>;

/**
 * Turns a table into rows to act on and problems to report. Every row below the header that isn't blank ends up as
 * exactly one of both: a row, or at least one problem.
 *
 * @throws RosterError `wrong-shape` if the table has no usable header. Never for what a row says.
 */
export function validateTable(table: RawTable, expected: ExpectedColumns, rules: RowRules): ValidatedTable {
  const header = findHeader(table, expected);
  const below = fillMerges(
    table.rows.filter((row) => row.row > header.row),
    table.merges.filter((merge) => merge.firstRow > header.row),
  );
  const filled = below.filter((row) => !isBlankRow(row.cells));
  const readings = filled.map((row): RowReading => {
    const overlong = table.delimiter === null ? null : overlongRow(row, header, table.delimiter);
    return overlong === null ? readRow(row, header, rules) : { problems: [overlong] };
  });
  const conflicts = findConflicts(readings, filled, header);
  const rows = readings.flatMap(({ row }) => (row && !conflicts.has(row.row) ? [row] : []));
  const problems = readings.flatMap(({ row, problems: faults }) => {
    const conflict = row && conflicts.get(row.row);
    return faults ?? (conflict ? [conflict] : []);
  });
  return {
    rows,
    problems,
    rowCount: filled.length,
    blankCount: below.length - filled.length,
    hash: hashOf(readings),
  };
}

/**
 * Rows that contradict each other: one person's same cohort both active and canceled. By row number, a problem that
 * names the other rows. (The same cohort twice with other dates is none: the person is entitled to both.)
 */
function findConflicts(
  readings: readonly RowReading[],
  raw: readonly RawRow[],
  header: Header,
): ReadonlyMap<number, RosterProblem> {
  const { status } = header.columns;
  const conflicts = new Map<number, RosterProblem>();
  if (status === null) return conflicts;
  const rawByNumber = new Map(raw.map((row) => [row.row, row]));
  const rows = readings.flatMap(({ row }) => row ?? []);
  const cohorts = Map.groupBy(rows, (row) => `${row.email}\n${row.cohort.toLowerCase()}`);
  for (const same of cohorts.values()) {
    for (const row of same) {
      const others = same.filter((other) => other.canceled !== row.canceled).map((other) => other.row);
      if (others.length === 0) continue;
      conflicts.set(row.row, {
        row: row.row,
        column: status.text,
        value: cellAsShown(rawByNumber.get(row.row)?.cells[status.index]),
        problem: contradiction(row, others),
        email: row.email,
        name: row.name,
      });
    }
  }
  return conflicts;
}

function contradiction(row: RosterRow, others: readonly number[]): string {
  const those = others.length === 1 ? `row ${others[0]}` : `rows ${others.join(', ')}`;
  return row.canceled
    ? `contradicts ${those}: ${row.email} is canceled for cohort ${row.cohort} here, but not there`
    : `contradicts ${those}: ${row.email} teaches cohort ${row.cohort} here, but is canceled there`;
}

/** SHA-256 of what the rows say. Row numbers are left out, so that sorting the sheet changes nothing. */
function hashOf(readings: readonly RowReading[]): string {
  const lines = readings.map(({ row, problems }) => {
    if (problems)
      return JSON.stringify(problems.map((fault) => [fault.column, fault.value, fault.email, fault.name]));
    const granteeIds = Object.entries(row.granteeIds).toSorted();
    const pools = row.pools?.toSorted() ?? null;
    return JSON.stringify({ ...row, row: null, pools, granteeIds });
  });
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}
