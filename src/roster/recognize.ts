import { cellText } from './normalize.ts';
import { isBlankRow, type RawRow, type RawTable } from './table.ts';
import { type ColumnName, type ColumnTexts, headerKey } from './wanted-columns.ts';

/** What the tables of somebody's spreadsheet seem to say, for a first configuration. */
export interface Recognized {
  /** The tab with the people; null for a file without tabs, and where there is one tab a cohort. */
  readonly sheet: string | null;
  /** What the names of the tabs have in common, as `Cohort *`; null where there is one tab. */
  readonly sheets: string | null;
  readonly cohortsSheet: string | null;
  /** The header text of each column; null for those that were not recognized. */
  readonly columns: Readonly<Record<ColumnName, string | null>>;
  /** All header texts of the people's table. */
  readonly headers: readonly string[];
  readonly dateFormat: 'iso' | 'dmy' | 'mdy';
  /** What could not be told of its text dates. */
  readonly dateDoubt: string | null;
}

/** What columns are usually called, the likeliest first. */
export const USUAL_HEADERS: ColumnTexts = {
  email: ['Email', 'E-mail', 'Email address', 'E-mail address', 'Mail', 'Instructor email', 'Teacher email'],
  name: ['Instructor', 'Name', 'Full name', 'Instructor name', 'Teacher', 'Teacher name', 'Trainer'],
  cohort: ['Cohort', 'Cohort id', 'Course', 'Class', 'Batch', 'Intake'],
  startsOn: ['Start date', 'Start', 'Starts', 'Starts on', 'First day', 'Begin', 'Begins', 'From'],
  endsOn: ['End date', 'End', 'Ends', 'Ends on', 'Last day', 'Until', 'To'],
  pools: ['Licenses', 'Licences', 'License', 'Licence', 'Pools', 'Tools'],
  status: ['Status', 'State'],
};

/** A header that has one of these in it is meant, if no other has. In the order in which headers are claimed. */
const HINTS: readonly (readonly [ColumnName, RegExp])[] = [
  ['email', /e-?mail/],
  ['status', /status/],
  ['pools', /licen[cs]e|\bpools?\b/],
  ['startsOn', /\bstart|\bbegin|first day/],
  ['endsOn', /\bend(s|ing)?\b|\bfinish|last day/],
  ['cohort', /cohort|\bcourse\b|\bclass\b|\bbatch\b|\bintake\b/],
  ['name', /\bname\b|instructor|teacher|trainer|lecturer/],
];

const NONE: Readonly<Record<ColumnName, string | null>> = {
  email: null,
  name: null,
  cohort: null,
  startsOn: null,
  endsOn: null,
  pools: null,
  status: null,
};

interface Looked {
  readonly table: RawTable;
  readonly header: RawRow | null;
  readonly columns: Readonly<Record<ColumnName, string | null>>;
  readonly score: number;
}

/** @param tables all tabs, each with its name, or the one table of a text file. */
export function recognizeRoster(tables: readonly RawTable[]): Recognized {
  const looked = tables.map(lookAt);
  const people = looked.filter(({ columns }) => columns.email !== null);
  const best = (people.length > 0 ? people : looked).toSorted((a, b) => b.score - a.score)[0];
  const columns = best?.columns ?? NONE;
  const family = people.length > 1 ? familyName(people.map(({ table }) => table.tab ?? '')) : null;
  const dates = looked.find(
    (one) =>
      one !== best &&
      one.columns.email === null &&
      one.columns.cohort !== null &&
      one.columns.startsOn !== null,
  );
  const cohorts = columns.startsOn === null && dates !== undefined ? dates : null;
  const withDates = cohorts ?? best;
  return {
    sheet: family === null ? (best?.table.tab ?? null) : null,
    sheets: family,
    cohortsSheet: cohorts?.table.tab ?? null,
    columns: {
      ...columns,
      startsOn: columns.startsOn ?? cohorts?.columns.startsOn ?? null,
      endsOn: columns.endsOn ?? cohorts?.columns.endsOn ?? null,
    },
    headers: headersIn(best?.header ?? null),
    ...dateFormatOf(withDates),
  };
}

/** How many columns are recognized in the best of some rows. */
export function recognizedIn(rows: readonly RawRow[]): number {
  const scores = rows.map(
    (row) => Object.values(columnsIn(headersIn(row))).filter((text) => text !== null).length,
  );
  return Math.max(0, ...scores);
}

function lookAt(table: RawTable): Looked {
  const rows = table.top.slice(0, 20).filter(({ cells }) => !isBlankRow(cells));
  const candidates = rows.map((header) => {
    const columns = columnsIn(headersIn(header));
    return { header, columns, score: Object.values(columns).filter((text) => text !== null).length };
  });
  const best = candidates.toSorted((a, b) => b.score - a.score)[0];
  const { header = null, columns = NONE, score = 0 } = best ?? {};
  const email = columns.email ?? addressColumn(table, header);
  return { table, header, columns: { ...columns, email }, score };
}

function headersIn(row: RawRow | null): string[] {
  return (row?.cells ?? []).flatMap((cell) =>
    typeof cell === 'string' && cellText(cell) !== '' ? cellText(cell) : [],
  );
}

function columnsIn(headers: readonly string[]): Record<ColumnName, string | null> {
  const columns = { ...NONE };
  const free = () => headers.filter((header) => !Object.values(columns).includes(header));
  for (const [name] of HINTS) {
    const usual = USUAL_HEADERS[name].map(headerKey);
    const fits = free().filter((header) => usual.includes(headerKey(header)));
    if (fits.length === 1) columns[name] = fits[0] ?? null;
  }
  for (const [name, hint] of HINTS) {
    if (columns[name] !== null) continue;
    const fits = free().filter((header) => header.length <= 60 && hint.test(headerKey(header)));
    if (fits.length === 1) columns[name] = fits[0] ?? null;
  }
  return columns;
}

/** The one column below whose header most cells are addresses. */
function addressColumn(table: RawTable, header: RawRow | null): string | null {
  if (header === null) return null;
  const below = table.top.filter(({ row, cells }) => row > header.row && !isBlankRow(cells)).slice(0, 200);
  const fits = header.cells.flatMap((cell, column) => {
    const addresses = below.filter(({ cells }) => /\S@\S+\.\S/.test(cellText(cells[column])));
    return cellText(cell) !== '' && addresses.length * 2 > below.length ? [cellText(cell)] : [];
  });
  return fits.length === 1 ? (fits[0] ?? null) : null;
}

/** `Cohort *` for `Cohort 2026-11` and `Cohort 2027-01`; null if the names have no beginning of a word in common. */
function familyName(names: readonly string[]): string | null {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const common = /^.*[\s_.#-]/.exec(first.slice(0, length))?.[0] ?? '';
  return common.trim().length >= 1 && names.every((name) => name.length > common.length)
    ? `${common}*`
    : null;
}

function dateFormatOf(looked: Looked | undefined): Pick<Recognized, 'dateFormat' | 'dateDoubt'> {
  const { header, table, columns } = looked ?? {};
  const places = (header?.cells ?? []).flatMap((cell, at) =>
    [columns?.startsOn, columns?.endsOn].includes(cellText(cell)) && cellText(cell) !== '' ? [at] : [],
  );
  const below = table?.top.filter(({ row }) => row > (header?.row ?? 0)) ?? [];
  const typed = below.flatMap(({ cells }) =>
    places.flatMap((at) => {
      const parts = /^(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}$/.exec(cellText(cells[at]));
      return parts === null ? [] : [{ first: Number(parts[1]), second: Number(parts[2]) }];
    }),
  );
  const dayFirst = typed.some(({ first }) => first > 12);
  const monthFirst = typed.some(({ second }) => second > 12);
  if (dayFirst && monthFirst) {
    return { dateFormat: 'iso', dateDoubt: 'some of its dates are written day first, others month first' };
  }
  if (dayFirst || monthFirst) return { dateFormat: dayFirst ? 'dmy' : 'mdy', dateDoubt: null };
  const dateDoubt = typed.length === 0 ? null : 'its dates may be meant day first or month first';
  return { dateFormat: 'iso', dateDoubt };
}
