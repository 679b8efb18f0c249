/** What a cell of a spreadsheet can hold. A date is a number of days in Google Sheets, ISO text from elsewhere. */
export type Cell = string | number | boolean | null;

/** One row as it came from the source. A row may be shorter than the header: the cells it lacks are blank. */
export interface RawRow {
  /** The row's number as the sheet shows it, from 1. */
  readonly row: number;
  readonly cells: readonly Cell[];
}

/** Cells that were merged over several rows: the source gives their value in the first row only. */
export interface Merge {
  /** First and last row, both inclusive, numbered as the sheet shows them. */
  readonly firstRow: number;
  readonly lastRow: number;
  /** The leftmost column, from 0. */
  readonly column: number;
}

/** A table before anyone has looked at what it says. */
export interface RawTable {
  readonly rows: readonly RawRow[];
  readonly merges: readonly Merge[];
  /** For messages: the file's path, or the tab and the spreadsheet id. */
  readonly location: string;
}

/**
 * Gives every row that a merged cell covers the value of that cell.
 *
 * Only downwards: a cell merged over two columns says something about the first of them. Only below the header, since a
 * header that is two rows high says nothing about people. A row that is blank but for the merge stays blank.
 */
export function fillMerges(rows: readonly RawRow[], merges: readonly Merge[]): readonly RawRow[] {
  const index = new Map(rows.map((row, at) => [row.row, at]));
  const filled = rows.map((row) => ({ row: row.row, cells: [...row.cells] }));
  for (const merge of merges) {
    const first = index.get(merge.firstRow);
    const value = first === undefined ? undefined : filled[first]?.cells[merge.column];
    if (first === undefined || value === undefined) continue;
    for (const row of filled.slice(first + 1)) {
      if (row.row > merge.lastRow) break;
      if (isBlankRow(row.cells)) continue;
      while (row.cells.length <= merge.column) row.cells.push(null);
      row.cells[merge.column] = value;
    }
  }
  return filled;
}

/** Spaces, and the characters that look like a space or like nothing: NBSP and its kin, zero-width ones, bidi marks. */
const BLANK = /^[\s\u00A0\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202F\u2060-\u2069\uFEFF]*$/u;

/**
 * Whether a row says nothing. A checkbox that isn't ticked says nothing either: a column of checkboxes fills the sheet
 * to its last row.
 */
export function isBlankRow(cells: readonly Cell[]): boolean {
  return cells.every(
    (cell) =>
      cell === null || cell === false || (typeof cell === 'string' && (BLANK.test(cell) || cell === 'FALSE')),
  );
}
