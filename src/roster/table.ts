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
  /** What divides the cells of a row, where they come from text; null where a cell can't run over into the next. */
  readonly delimiter: string | null;
  /** For messages: the file's path, or the tab and the spreadsheet id. */
  readonly location: string;
}

/**
 * Gives every row that a merged cell covers the value of that cell.
 *
 * Only downwards: a cell merged over two columns says something about the first of them. A row that is blank but for the
 * merge stays blank, and a cell that has a value keeps it: then the sheet was changed between the two requests.
 */
export function fillMerges(rows: readonly RawRow[], merges: readonly Merge[]): readonly RawRow[] {
  const filled = rows.map(({ row, cells }) => ({ row, cells: [...cells], blank: isBlankRow(cells) }));
  const index = new Map(rows.map((row, at) => [row.row, at]));
  for (const { firstRow, lastRow, column } of merges) {
    const first = index.get(firstRow);
    if (first === undefined) continue;
    const value = filled[first]?.cells[column] ?? null;
    for (let at = first + 1; at < filled.length; at++) {
      const row = filled[at];
      if (row === undefined || row.row > lastRow) break;
      if (row.blank || !isBlankRow([row.cells[column] ?? null])) continue;
      while (row.cells.length <= column) row.cells.push(null);
      row.cells[column] = value;
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
