import { cellText } from './normalize.ts';
import type { RawRow } from './table.ts';

/** The columns that have a meaning of their own. */
export type ColumnName = 'email' | 'name' | 'cohort' | 'startsOn' | 'endsOn' | 'pools' | 'status';

/** By column, the header texts that name it; the first one is the usual one. */
export type ColumnTexts = Readonly<Record<ColumnName, readonly string[]>>;

/** What the columns are called where the configuration doesn't say. */
export const DEFAULT_HEADERS: Readonly<Record<ColumnName, string>> = {
  email: 'Email',
  name: 'Instructor',
  cohort: 'Cohort',
  startsOn: 'Start date',
  endsOn: 'End date',
  pools: 'Licenses',
  status: 'Status',
};

export interface ExpectedColumns {
  readonly columns: ColumnTexts;
  /** Headers of further columns, which have to be there too: those that pools' `grantee` settings name. */
  readonly extraColumns: readonly string[];
  /** Which of the columns are looked for. Default: all. */
  readonly names?: readonly ColumnName[];
  /** Without which of them a row says nothing that could be acted on. Default: email and first day. */
  readonly required?: readonly ColumnName[];
}

/** One column that is looked for. */
export interface Wanted {
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
const REQUIRED: readonly ColumnName[] = ['email', 'startsOn'];

/** All columns that are looked for. */
export function wantedColumns(expected: ExpectedColumns): Wanted[] {
  const { names = COLUMN_NAMES, extraColumns } = expected;
  return [...names.map((name) => namedColumn(expected, name)), ...extraColumns.map(extraColumn)];
}

export function namedColumn({ columns, required = REQUIRED }: ExpectedColumns, name: ColumnName): Wanted {
  const texts = columns[name];
  const keys = new Set(texts.map(headerKey));
  return { texts, keys, required: required.includes(name), setting: `roster.columns.${name}` };
}

export function extraColumn(text: string): Wanted {
  return {
    texts: [text],
    keys: new Set([headerKey(text)]),
    required: true,
    setting: 'the `grantee` setting of its pool',
  };
}

/** What makes two headers the same. Compatibility forms count as equal: a header is no one's identity. */
export function headerKey(text: string): string {
  return cellText(text).normalize('NFKC').toLowerCase();
}

/** Where in a row, from 0, a column's header stands. More than once if the sheet repeats it. */
export function positions(row: RawRow, wanted: Wanted): number[] {
  return row.cells.flatMap((cell, index) =>
    typeof cell === 'string' && wanted.keys.has(headerKey(cell)) ? [index] : [],
  );
}

/** How many of the columns a row names. */
export function score(row: RawRow, wanted: readonly Wanted[]): number {
  return wanted.filter((one) => positions(row, one).length > 0).length;
}

/** The columns of a table of the roster: a first day comes from the row, or by its cohort from the tab with the dates. */
export function tableColumns(
  expected: ExpectedColumns,
  { cohort, dates }: { readonly cohort: string | null; readonly dates: boolean },
): ExpectedColumns {
  if (!dates) return { ...expected, required: REQUIRED };
  return { ...expected, required: cohort === null ? ['email', 'cohort'] : ['email'] };
}

/** The columns of the tab with the cohorts' dates. */
export function cohortColumns({ columns }: ExpectedColumns): ExpectedColumns {
  return {
    columns,
    extraColumns: [],
    names: ['cohort', 'startsOn', 'endsOn'],
    required: ['cohort', 'startsOn'],
  };
}
