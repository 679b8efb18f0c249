import { RosterError } from '../errors.ts';
import { nearest } from '../typing-distance.ts';
import { cellText } from './normalize.ts';
import type { RawRow, RawTable } from './table.ts';

/** The columns that have a meaning of their own. */
export type ColumnName = 'email' | 'name' | 'cohort' | 'startsOn' | 'endsOn' | 'pools' | 'status';

/** By column, the header texts that name it; the first one is the usual one. */
export type ColumnTexts = Readonly<Record<ColumnName, readonly string[]>>;

export interface ExpectedColumns {
  readonly columns: ColumnTexts;
  /** Headers of further columns, which have to be there too: those that pools' `grantee` settings name. */
  readonly extraColumns: readonly string[];
}

export interface HeaderColumn {
  /** From 0. */
  readonly index: number;
  /** The header as the sheet has it. */
  readonly text: string;
}

export interface Header {
  readonly row: number;
  /** Null where the sheet has no such column. */
  readonly columns: Readonly<Record<ColumnName, HeaderColumn | null>>;
  /** By the header text that was asked for. */
  readonly extra: ReadonlyMap<string, HeaderColumn>;
}

/** One column that is looked for. */
interface Wanted {
  readonly texts: readonly string[];
  readonly keys: ReadonlySet<string>;
  readonly required: boolean;
  /** The setting that names it. */
  readonly setting: string;
}

const COLUMN_NAMES = [
  'email',
  'name',
  'cohort',
  'startsOn',
  'endsOn',
  'pools',
  'status',
] as const satisfies ColumnName[];
const REQUIRED: ReadonlySet<ColumnName> = new Set(['email', 'startsOn']);

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
  const rows = table.rows.slice(0, ROWS_SEARCHED);
  const row = rows.find((candidate) =>
    wanted.every((one) => !one.required || positions(candidate, one).length > 0),
  );
  if (row === undefined) throw noHeader(table, rows, wanted);
  const find = (name: ColumnName) => columnOf(table, row, namedColumn(expected.columns, name));
  const extra = new Map<string, HeaderColumn>();
  for (const text of expected.extraColumns) {
    const column = columnOf(table, row, extraColumn(text));
    if (column !== null) extra.set(text, column);
  }
  return {
    row: row.row,
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

function score(row: RawRow, wanted: readonly Wanted[]): number {
  return wanted.filter((one) => positions(row, one).length > 0).length;
}

function wantedColumns({ columns, extraColumns }: ExpectedColumns): Wanted[] {
  return [...COLUMN_NAMES.map((name) => namedColumn(columns, name)), ...extraColumns.map(extraColumn)];
}

function namedColumn(columns: ColumnTexts, name: ColumnName): Wanted {
  const texts = columns[name];
  const keys = new Set(texts.map(headerKey));
  return { texts, keys, required: REQUIRED.has(name), setting: `roster.columns.${name}` };
}

function extraColumn(text: string): Wanted {
  return {
    texts: [text],
    keys: new Set([headerKey(text)]),
    required: true,
    setting: 'the `grantee` setting of its pool',
  };
}

/** What makes two headers the same. Compatibility forms count as equal: a header is no one's identity. */
function headerKey(text: string): string {
  return cellText(text).normalize('NFKC').toLowerCase();
}

function positions(row: RawRow, wanted: Wanted): number[] {
  return row.cells.flatMap((cell, index) =>
    typeof cell === 'string' && wanted.keys.has(headerKey(cell)) ? [index] : [],
  );
}

function columnOf(table: RawTable, row: RawRow, wanted: Wanted): HeaderColumn | null {
  const [index, second] = positions(row, wanted);
  if (index === undefined) return null;
  if (second === undefined) return { index, text: cellText(row.cells[index]) };
  throw new RosterError(
    'wrong-shape',
    `${table.location} has the column ${alternatives(wanted.texts)} twice: in ${letters(index)}${row.row} and ` +
      `${letters(second)}${row.row}`,
    `Rename the one that isn't meant, or name only one of them in ${wanted.setting}.`,
  );
}

function noHeader(table: RawTable, rows: readonly RawRow[], wanted: readonly Wanted[]): RosterError {
  const best = rows.toSorted((a, b) => score(b, wanted) - score(a, wanted))[0];
  const required = wanted.filter((one) => one.required);
  if (best === undefined || rows.every((row) => row.cells.every((cell) => cellText(cell) === ''))) {
    return new RosterError(
      'wrong-shape',
      `${table.location} is empty`,
      `Check that this is the right table: it needs a header with ${list(required)}.`,
    );
  }
  if (score(best, wanted) === 0) {
    const top = rows.find((row) => row.cells.some((cell) => cellText(cell) !== '')) ?? best;
    return new RosterError(
      'wrong-shape',
      `${table.location} has no header: none of its first ${ROWS_SEARCHED} rows has ${list(required)}`,
      `Row ${top.row} reads ${quoted(shownHeaders(top))}. Name the columns as above, or set roster.columns to their names.`,
    );
  }
  return missingColumns(table, best, wanted);
}

function missingColumns(table: RawTable, row: RawRow, wanted: readonly Wanted[]): RosterError {
  const missing = wanted.filter((one) => one.required && positions(row, one).length === 0);
  const taken = new Set(wanted.flatMap((one) => positions(row, one)));
  const free = row.cells.flatMap((cell, index) =>
    taken.has(index) || cellText(cell) === '' ? [] : [cellText(cell)],
  );
  const hints = missing.map((one) => {
    const near = nearest(one.texts[0] ?? '', free);
    const hint = near === null ? 'Add such a column' : `The nearest header is ${quoted([near])}. Rename it`;
    return `${hint}, or change ${one.setting}.`;
  });
  return new RosterError(
    'wrong-shape',
    `${table.location} has no column ${list(missing)}; its header in row ${row.row} reads ${quoted(shownHeaders(row))}`,
    hints.join(' '),
  );
}

function shownHeaders(row: RawRow): string[] {
  const texts = row.cells.map(cellText).filter((text) => text !== '');
  return texts.length <= 12 ? texts : [...texts.slice(0, 12), '...'];
}

function list(wanted: readonly Wanted[]): string {
  return wanted.map((one) => alternatives(one.texts)).join(' and ');
}

function alternatives(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(' or ');
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text.length <= 60 ? text : `${text.slice(0, 60)}...`}"`).join(', ');
}

/** The letters by which a spreadsheet names a column. */
function letters(index: number): string {
  const before = Math.floor(index / 26);
  return (before === 0 ? '' : letters(before - 1)) + String.fromCharCode(65 + (index % 26));
}
