import { noHeader, repeatedColumn } from './header-errors.ts';
import { cellText } from './normalize.ts';
import type { RawRow, RawTable } from './table.ts';
import {
  type ColumnName,
  type ExpectedColumns,
  extraColumn,
  namedColumn,
  positions,
  score,
  type Wanted,
  wantedColumns,
} from './wanted-columns.ts';

export interface HeaderColumn {
  /** From 0. */
  readonly index: number;
  /** The header as the sheet has it. */
  readonly text: string;
}

export interface Header {
  readonly row: number;
  /** How many cells the header has, blank ones included. */
  readonly width: number;
  /** Null where the sheet has no such column. */
  readonly columns: Readonly<Record<ColumnName, HeaderColumn | null>>;
  /** By the header text that was asked for. */
  readonly extra: ReadonlyMap<string, HeaderColumn>;
}

/** A header lower than this isn't found: by then it would be data that happens to read like one. */
const ROWS_SEARCHED = 20;

/**
 * Finds the header: the first of the top twenty rows that has every required column. Columns may be in any order; case,
 * space and invisible characters don't matter.
 *
 * @throws RosterError `wrong-shape` if there is none, if a required column is missing, or if a column that is used is
 *   there twice. It names the column, what was expected, and the header that comes nearest.
 */
export function findHeader(table: RawTable, expected: ExpectedColumns): Header {
  const wanted = wantedColumns(expected);
  const rows = table.top.slice(0, ROWS_SEARCHED);
  const row = rows.find((candidate) =>
    wanted.every((one) => !one.required || positions(candidate, one).length > 0),
  );
  if (row === undefined) throw noHeader(table, rows, wanted);
  const find = (name: ColumnName) => {
    if (expected.names?.includes(name) === false) return null;
    return columnOf(table, row, namedColumn(expected, name));
  };
  const extra = new Map<string, HeaderColumn>();
  for (const text of expected.extraColumns) {
    const column = columnOf(table, row, extraColumn(text));
    if (column !== null) extra.set(text, column);
  }
  return {
    row: row.row,
    width: row.cells.length,
    columns: {
      email: find('email'),
      name: find('name'),
      cohort: find('cohort'),
      startsOn: find('startsOn'),
      endsOn: find('endsOn'),
      pools: find('pools'),
      status: find('status'),
    },
    extra,
  };
}

/** How well the top of a table fits what is expected: the more columns are found in one row, the higher. */
export function headerScore(rows: readonly RawRow[], expected: ExpectedColumns): number {
  const wanted = wantedColumns(expected);
  const scores = rows.slice(0, ROWS_SEARCHED).map((row) => score(row, wanted));
  return Math.max(0, ...scores);
}

function columnOf(table: RawTable, row: RawRow, wanted: Wanted): HeaderColumn | null {
  const [index, second] = positions(row, wanted);
  if (index === undefined) return null;
  if (second === undefined) return { index, text: cellText(row.cells[index]) };
  throw repeatedColumn(table, row, wanted, [index, second]);
}
