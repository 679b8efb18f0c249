/** A number that the sheet shows as a date. */
export interface ShownDate {
  /** Days since 1899-12-30, whatever the file counts from; a fraction is a time of day. */
  readonly serial: number;
  /** What the person who keeps the sheet sees. */
  readonly shown: string;
}

/** What a cell of a spreadsheet can hold. A date in a date column may be a bare number of days, too. */
export type Cell = string | number | boolean | null | ShownDate;

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
  /** The first rows only, at least twenty of them, by which to judge what the table is. What is wrong in them is not said. */
  readonly top: readonly RawRow[];
  /**
   * Hands over all rows, the first ones too, one after the other: where a source reads them so, none has to be kept while
   * the others are read. Throws what reading throws.
   */
  readonly each: (visit: (row: RawRow) => void) => void;
  readonly merges: readonly Merge[];
  /** What divides the cells of a row, where they come from text; null where a cell can't run over into the next. */
  readonly delimiter: string | null;
  /** For messages: the file's path, or the tab and the spreadsheet id. */
  readonly location: string;
  /** The tab's name where a roster has several; null where rows are told apart by their number alone. */
  readonly tab: string | null;
  /** The cohort that the tab's name says, for a roster with one tab a cohort. */
  readonly cohort: string | null;
  /** What makes a bare number a day since 1899-12-30: 1462 in a workbook that counts from 1904, else 0. */
  readonly serialOffset: number;
}

/** A table of which all rows are at hand. */
export interface KeptTable extends RawTable {
  readonly rows: readonly RawRow[];
}

export function keptTable(
  rows: readonly RawRow[],
  about: Pick<RawTable, 'merges' | 'location' | 'tab' | 'cohort' | 'serialOffset'>,
): KeptTable {
  return { ...about, delimiter: null, rows, top: rows, each: (visit) => rows.forEach(visit) };
}

/** All that was read for one roster. */
export interface RawRoster {
  /** At least one, in the order of the spreadsheet. */
  readonly tables: readonly RawTable[];
  /** The tab that gives the dates of the cohorts, where there is one. */
  readonly cohorts: KeptTable | null;
  readonly location: string;
}

/** What a roster of several tables is called in messages. */
export function locationOf(tables: readonly RawTable[], book: string): string {
  const [only, ...more] = tables;
  if (only !== undefined && more.length === 0) return only.location;
  return `${tables.length} tabs of ${book} (${tables.map(({ tab }) => `"${tab}"`).join(', ')})`;
}

/**
 * Gives every row that a merged cell covers the value of that cell.
 *
 * Only downwards: a cell merged over two columns says something about the first of them. A row that is blank but for the
 * merge stays blank, and a cell that has a value keeps it: then the sheet was changed between the two requests.
 */
export function fillMerges(rows: readonly RawRow[], merges: readonly Merge[]): readonly RawRow[] {
  if (merges.length === 0) return rows;
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

/** Nearly every cell: told without a look at the rest of it. */
function beginsPlainly(text: string): boolean {
  const code = text.charCodeAt(0);
  return code > 32 && code < 127;
}

/**
 * Whether a row says nothing. A checkbox that isn't ticked says nothing either: a column of checkboxes fills the sheet
 * to its last row.
 */
export function isBlankRow(cells: readonly Cell[]): boolean {
  for (const cell of cells) {
    if (cell === null || cell === false || cell === '' || cell === 'FALSE') continue;
    if (typeof cell !== 'string' || beginsPlainly(cell) || !BLANK.test(cell)) return false;
  }
  return true;
}
