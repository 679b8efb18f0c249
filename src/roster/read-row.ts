import { addDays, type IsoDate } from '../dates.ts';
import { typingDistance } from '../typing-distance.ts';
import { type CohortDates, datesOf } from './cohort-dates.ts';
import { type DateFormat, type DateReading, dateAsShown, readDate } from './dates.ts';
import type { Header, HeaderColumn } from './header.ts';
import { addressIn, cellAsShown, cellText, emailProblem, errorCellProblem } from './normalize.ts';
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
export type RowReading =
  | { readonly row: RosterRow; readonly problems?: never }
  | { readonly row?: never; readonly problems: readonly RosterProblem[] };

/** What a cell came to. */
type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const STOPPED = ['canceled', 'withdrawn', 'cancelled', 'dropped'];

/** What a table tells of each of its rows. */
export type RowTable = Pick<RawTable, 'tab' | 'cohort' | 'serialOffset'>;

/**
 * Makes the reader of a table's rows, for those that aren't blank. Every cell at fault is a problem of its own. What was
 * read before is remembered: a roster says the same few dates thousands of times.
 */
export function rowReader(header: Header, table: RowTable, rules: RowRules): (raw: RawRow) => RowReading {
  const { columns } = header;
  const where = table.tab === null ? {} : { tab: table.tab };
  const dates = remembered((cell) => readDate(cell, rules.dateFormat, table.serialOffset));
  const pools = remembered((cell) => readPools(cell, rules.pools));
  const status = remembered(readStatus);
  const ends = new Map<IsoDate, IsoDate>();
  const endOf = (startsOn: IsoDate) => {
    const end = ends.get(startsOn) ?? addDays(startsOn, rules.weeks * 7 - 1);
    ends.set(startsOn, end);
    return end;
  };

  return (raw) => {
    const cells = new RowCells(raw, header, table.serialOffset);
    const email = cells.read(columns.email, readEmail);
    const name = cells.read(columns.name, (cell) => ok(cellText(cell) || null));
    const cohort =
      columns.cohort === null ? table.cohort : cells.read(columns.cohort, (cell) => readCohort(cell, table));
    const window = readWindow(cells, header, { cohort, rules, dates });
    const poolIds = cells.read(columns.pools, pools);
    const canceled = cells.read(columns.status, status);
    const granteeIds: Record<string, string> = {};
    for (const [text, column] of header.extra) {
      const id = cells.read(column, readId);
      if (id) granteeIds[text] = id;
    }

    if (cells.faults.length > 0 || !email || window === null) {
      const who = { email: email ?? (cellText(cells.at(columns.email)) || null), name: name ?? null };
      return { problems: cells.faults.map((fault) => ({ row: raw.row, ...where, ...fault, ...who })) };
    }
    return {
      row: {
        row: raw.row,
        ...where,
        email,
        name: name ?? null,
        cohort: cohort || window.startsOn,
        startsOn: window.startsOn,
        endsOn: window.endsOn ?? endOf(window.startsOn),
        pools: poolIds ?? null,
        canceled: canceled ?? false,
        granteeIds,
      },
    };
  };
}

interface WindowRules {
  /** Undefined if it could not be read. */
  readonly cohort: string | null | undefined;
  readonly rules: RowRules;
  readonly dates: (cell: Cell | undefined) => DateReading;
}

/** First and last day, by the row's own cells or else by its cohort; null if a problem was found. */
function readWindow(
  cells: RowCells,
  { columns }: Header,
  { cohort, rules, dates }: WindowRules,
): { startsOn: IsoDate; endsOn: IsoDate | null } | null {
  const { cohorts = null } = rules;
  const own = columns.startsOn !== null && cellText(cells.at(columns.startsOn)) !== '';
  if (cohorts === null || own) {
    const startsOn = cells.read(columns.startsOn, (cell) => dateOf(cell, dates));
    const endsOn = cells.read(columns.endsOn, (cell) => readEnd(cell, startsOn ?? null, dates));
    return startsOn === undefined ? null : { startsOn, endsOn: endsOn ?? null };
  }
  // A cohort that could not be read has a problem already.
  if (cohort === undefined) return null;
  const found = datesOf(cohorts, cohort);
  if (!found.ok) {
    cells.note(columns.cohort, found.problem);
    return null;
  }
  const { startsOn } = found;
  const endsOn = cells.read(columns.endsOn, (cell) => readEnd(cell, startsOn, dates));
  return { startsOn, endsOn: endsOn ?? found.endsOn };
}

/** The cells of one row, and what was found wrong with them. */
class RowCells {
  readonly faults: Pick<RosterProblem, 'column' | 'value' | 'problem'>[] = [];
  readonly #raw: RawRow;
  readonly #header: Header;
  readonly #serialOffset: number;

  constructor(raw: RawRow, header: Header, serialOffset: number) {
    this.#raw = raw;
    this.#header = header;
    this.#serialOffset = serialOffset;
  }

  at(column: HeaderColumn | null): Cell | undefined {
    return column === null ? undefined : this.#raw.cells[column.index];
  }

  /** The value of a cell; undefined if there is no such column, or if the cell is at fault, which is then noted. */
  read<T>(column: HeaderColumn | null, reader: (cell: Cell | undefined) => Reading<T>): T | undefined {
    if (column === null) return undefined;
    const cell = this.at(column);
    const error = typeof cell === 'string' ? errorCellProblem(cellText(cell)) : null;
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
  const text = cellText(cell);
  const email = addressIn(text);
  return email === null ? fault(emailProblem(text)) : ok(email);
}

/** In a tab that is a cohort's own, a cell that names another one contradicts it: a tab was copied, or a row moved. */
function readCohort(cell: Cell | undefined, { cohort, tab }: RowTable): Reading<string | null> {
  const own = readId(cell);
  if (!own.ok || cohort === null || own.value === null) return own.ok ? ok(own.value ?? cohort) : own;
  const said = own.value.toLowerCase();
  if (said === cohort.toLowerCase() || said === tab?.toLowerCase()) return ok(cohort);
  return fault(`contradicts the name of the tab, which is cohort ${cohort}`);
}

function dateOf(cell: Cell | undefined, dates: WindowRules['dates']): Reading<IsoDate> {
  const reading = dates(cell);
  return reading.ok ? ok(reading.date) : fault(reading.problem);
}

function readEnd(
  cell: Cell | undefined,
  startsOn: IsoDate | null,
  dates: WindowRules['dates'],
): Reading<IsoDate | null> {
  if (cell === undefined || cell === null || cellText(cell) === '') return ok(null);
  const end = dateOf(cell, dates);
  if (!end.ok || startsOn === null || end.value >= startsOn) return end;
  return fault(`the last day ${end.value} is before the first day ${startsOn}`);
}

/** An id that may be blank. Beyond 2^53 a spreadsheet has already dropped digits of a number. */
function readId(cell: Cell | undefined): Reading<string | null> {
  if (typeof cell === 'number' && Number.isInteger(cell) && !Number.isSafeInteger(cell)) {
    return fault('the number is too long for a spreadsheet to keep its digits: format the column as text');
  }
  return ok(cellText(cell) || null);
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
