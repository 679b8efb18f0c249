import { addDays, type IsoDate } from '../dates.ts';
import { typingDistance } from '../typing-distance.ts';
import { type CohortDates, datesOf } from './cohort-dates.ts';
import { type DateFormat, type DateReading, dateAsShown, readDate } from './dates.ts';
import type { Header, HeaderColumn } from './header.ts';
import {
  addressIn,
  beginning,
  cellAsShown,
  cellText,
  emailProblem,
  errorCellProblem,
  labelText,
} from './normalize.ts';
import type { Cell, RawRow, RawTable } from './table.ts';
import type { RosterProblem, RosterRow } from './types.ts';

export interface RowRules {
  readonly dateFormat: DateFormat;
  /** The length of a cohort whose last day the sheet doesn't give. */
  readonly weeks: number;
  /** The ids of all pools, as the configuration writes them. */
  readonly pools: readonly string[];
  /** The dates of the cohorts, where they are in a tab of their own; they count where a row gives none itself. */
  readonly cohorts?: CohortDates | null;
}

/** What one row came to: a row to act on, or at least one problem. */
export type RowReading = RosterRow | readonly RosterProblem[];

export function isRow(reading: RowReading): reading is RosterRow {
  return !Array.isArray(reading);
}

/** What a cell came to. */
type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const STOPPED = ['canceled', 'withdrawn', 'cancelled', 'dropped'];

/** What is kept of a name (characters): whatever else stands in the cell is none, and every page and job would carry it. */
const MOST_OF_A_NAME = 200;

/** What a table tells of each of its rows. */
export type RowTable = Pick<RawTable, 'tab' | 'cohort' | 'serialOffset'>;

/**
 * Makes the reader of a table's rows, for those that aren't blank. Every cell at fault is a problem of its own. What was
 * read before is remembered: a roster says the same few dates thousands of times.
 */
export function rowReader(header: Header, table: RowTable, rules: RowRules): (raw: RawRow) => RowReading {
  const { columns } = header;
  const cells = new RowCells(header, table.serialOffset);
  const readers: Readers = {
    date: remembered((cell) => dateOf(readDate(cell, rules.dateFormat, table.serialOffset))),
    cohort: remembered((cell) => readCohort(cell, table)),
    pools: remembered((cell) => readPools(cell, rules.pools)),
    status: remembered(readStatus),
  };
  const ends = new Map<IsoDate, IsoDate>();
  const endOf = (startsOn: IsoDate) => {
    const end = ends.get(startsOn) ?? addDays(startsOn, rules.weeks * 7 - 1);
    ends.set(startsOn, end);
    return end;
  };

  return (raw) => {
    cells.begin(raw);
    const email = cells.read(columns.email, readEmail);
    const name = beginning(cells.text(columns.name) ?? '', MOST_OF_A_NAME) || null;
    const cohort = columns.cohort === null ? table.cohort : cells.read(columns.cohort, readers.cohort);
    const startsOn = readStart(cells, header, cohort, { rules, readers });
    const endsOn = readEnd(cells, header, startsOn, readers);
    const pools = cells.read(columns.pools, readers.pools) ?? null;
    const canceled = cells.read(columns.status, readers.status) ?? false;
    const granteeIds = header.extra.size === 0 ? NO_IDS : readGranteeIds(cells, header);

    if (cells.faults.length > 0 || !email || startsOn === null) return cells.problems(table.tab, email, name);
    const row = {
      row: raw.row,
      email,
      name,
      cohort: cohort || startsOn.date,
      startsOn: startsOn.date,
      endsOn: endsOn ?? startsOn.end ?? endOf(startsOn.date),
      pools,
      canceled,
      granteeIds,
    };
    return table.tab === null ? row : { ...row, tab: table.tab };
  };
}

type Reader<T> = (cell: Cell | undefined) => Reading<T>;

interface Readers {
  readonly date: Reader<IsoDate>;
  readonly cohort: Reader<string | null>;
  readonly pools: Reader<readonly string[] | null>;
  readonly status: Reader<boolean>;
}

/** Shared by all rows that have none. */
const NO_IDS: Readonly<Record<string, string>> = {};

function readGranteeIds(cells: RowCells, { extra }: Header): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const [text, column] of extra) {
    const id = cells.read(column, readId);
    if (id) ids[text] = id;
  }
  return ids;
}

/**
 * The first day, by the row's own cell or else by its cohort, which may tell the last one too; null if a problem was found.
 *
 * @param cohort undefined if it could not be read, which is a problem already.
 */
function readStart(
  cells: RowCells,
  { columns }: Header,
  cohort: string | null | undefined,
  { rules, readers }: { readonly rules: RowRules; readonly readers: Readers },
): { readonly date: IsoDate; readonly end: IsoDate | null } | null {
  const { cohorts = null } = rules;
  if (cohorts === null || !cells.isBlank(columns.startsOn)) {
    const date = cells.read(columns.startsOn, readers.date);
    return date === undefined ? null : { date, end: null };
  }
  if (cohort === undefined) return null;
  const found = datesOf(cohorts, cohort);
  if (found.ok) return { date: found.startsOn, end: found.endsOn };
  cells.note(columns.cohort, found.problem);
  return null;
}

/** The last day as the row itself says it; null if it says none, or none that can be believed. */
function readEnd(
  cells: RowCells,
  { columns }: Header,
  startsOn: { readonly date: IsoDate } | null,
  readers: Readers,
): IsoDate | null {
  if (cells.isBlank(columns.endsOn)) return null;
  const end = cells.read(columns.endsOn, readers.date) ?? null;
  if (end === null || startsOn === null || end >= startsOn.date) return end;
  cells.note(columns.endsOn, `the last day ${end} is before the first day ${startsOn.date}`);
  return null;
}

/** The cells of one row after the other, and what was found wrong with those of the present one. */
class RowCells {
  faults: Pick<RosterProblem, 'column' | 'value' | 'problem'>[] = [];
  #raw: RawRow = { row: 0, cells: [] };
  readonly #header: Header;
  readonly #serialOffset: number;

  constructor(header: Header, serialOffset: number) {
    this.#header = header;
    this.#serialOffset = serialOffset;
  }

  begin(raw: RawRow): void {
    this.#raw = raw;
    if (this.faults.length > 0) this.faults = [];
  }

  at(column: HeaderColumn | null): Cell | undefined {
    return column === null ? undefined : this.#raw.cells[column.index];
  }

  isBlank(column: HeaderColumn | null): boolean {
    const cell = this.at(column);
    return cell === '' || cell === null || cell === undefined || cellText(cell) === '';
  }

  /** What a cell says; undefined if it shows an error, which is then noted. */
  text(column: HeaderColumn | null): string | undefined {
    const cell = this.at(column);
    const error = typeof cell === 'string' ? errorCellProblem(cell) : null;
    if (error === null) return labelText(cell);
    this.note(column, error);
    return undefined;
  }

  /** The value of a cell; undefined if there is no such column, or if the cell is at fault, which is then noted. */
  read<T>(column: HeaderColumn | null, reader: Reader<T>): T | undefined {
    if (column === null) return undefined;
    const cell = this.at(column);
    const error = typeof cell === 'string' ? errorCellProblem(cell) : null;
    const reading = error === null ? reader(cell) : fault<T>(error);
    if (reading.ok) return reading.value;
    this.note(column, reading.problem);
    return undefined;
  }

  /** @param column null for what the name of the tab says. */
  note(column: HeaderColumn | null, problem: string): void {
    const { startsOn, endsOn } = this.#header.columns;
    const cell = this.at(column);
    const isDate = column !== null && (column === startsOn || column === endsOn);
    const value = cellAsShown(isDate ? dateAsShown(cell, this.#serialOffset) : cell);
    this.faults.push({ column: column?.text ?? 'tab', value, problem });
  }

  /** The row's problems, with what it says of its person. */
  problems(tab: string | null, email: string | undefined, name: string | null): RosterProblem[] {
    const where = tab === null ? {} : { tab };
    const who = { email: email ?? (cellText(this.at(this.#header.columns.email)) || null), name };
    return this.faults.map((fault) => ({ row: this.#raw.row, ...where, ...fault, ...who }));
  }
}

function ok<T>(value: T): Reading<T> {
  return { ok: true, value };
}

function fault<T>(problem: string): Reading<T> {
  return { ok: false, problem };
}

/** More different values than any roster has; beyond, nothing is remembered. */
const MOST_REMEMBERED = 10_000;

function remembered<T extends object>(reader: (cell: Cell | undefined) => T): (cell: Cell | undefined) => T {
  const known = new Map<Cell | undefined, T>();
  return (cell) => {
    const before = known.get(cell);
    if (before !== undefined) return before;
    const reading = reader(cell);
    if (known.size < MOST_REMEMBERED) known.set(cell, reading);
    return reading;
  };
}

function readEmail(cell: Cell | undefined): Reading<string> {
  const email = typeof cell === 'string' ? addressIn(cell) : null;
  return email === null ? fault(emailProblem(cellText(cell))) : ok(email);
}

/** In a tab that is a cohort's own, a cell that names another one contradicts it: a tab was copied, or a row moved. */
function readCohort(cell: Cell | undefined, { cohort, tab }: RowTable): Reading<string | null> {
  const own = readId(cell);
  if (!own.ok || cohort === null || own.value === null) return own.ok ? ok(own.value ?? cohort) : own;
  const said = own.value.toLowerCase();
  if (said === cohort.toLowerCase() || said === tab?.toLowerCase()) return ok(cohort);
  return fault(`contradicts the name of the tab, which is cohort ${cohort}`);
}

function dateOf(reading: DateReading): Reading<IsoDate> {
  return reading.ok ? ok(reading.date) : reading;
}

/** An id that may be blank. Beyond 2^53 a spreadsheet has already dropped digits of a number. */
function readId(cell: Cell | undefined): Reading<string | null> {
  if (typeof cell === 'number' && Number.isInteger(cell) && !Number.isSafeInteger(cell)) {
    return fault('the number is too long for a spreadsheet to keep its digits: format the column as text');
  }
  return ok(labelText(cell) || null);
}

function readPools(cell: Cell | undefined, known: readonly string[]): Reading<readonly string[] | null> {
  const text = cellText(cell);
  if (text === '') return ok(null);
  const asked = text.split(/[,;]/).map(cellText).filter(Boolean);
  const pools = asked.map((id) => known.find((pool) => pool.toLowerCase() === id.toLowerCase()) ?? null);
  const unknown = asked.filter((_, at) => pools[at] === null);
  if (asked.length > 0 && unknown.length === 0)
    return ok([...new Set(pools.filter((pool) => pool !== null))]);
  const what = unknown.length === 0 ? 'there is no pool id in it' : `no such pool: ${unknown.join(', ')}`;
  return fault(`${what}; the pools are ${known.join(', ')}`);
}

/** True for a row that entitles to nothing. A word that is nearly one of those is neither guessed nor passed over. */
function readStatus(cell: Cell | undefined): Reading<boolean> {
  const text = cellText(cell).toLowerCase();
  if (STOPPED.includes(text)) return ok(true);
  const meant = STOPPED.find(
    (word) => typingDistance(text, word, 2) <= 2 || text.split(/[^a-z]+/).includes(word),
  );
  if (meant === undefined) return ok(false);
  return fault(`it isn't clear whether this means "${meant}": write ${meant}, or something else altogether`);
}
