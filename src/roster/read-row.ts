import { addDays, type IsoDate } from '../dates.ts';
import { typingDistance } from '../typing-distance.ts';
import { type DateFormat, readDate } from './dates.ts';
import type { Header, HeaderColumn } from './header.ts';
import { cellAsShown, cellText, emailProblem, isErrorCell, normalizeEmail } from './normalize.ts';
import type { Cell, RawRow } from './table.ts';
import type { RosterProblem, RosterRow } from './types.ts';

export interface RowRules {
  readonly dateFormat: DateFormat;
  /** The length of a cohort whose last day the sheet doesn't give. */
  readonly weeks: number;
  /** The ids of all pools, as the configuration writes them. */
  readonly pools: readonly string[];
}

/** What one row came to: a row to act on, or at least one problem. */
export type RowReading =
  | { readonly row: RosterRow; readonly problems?: never }
  | { readonly row?: never; readonly problems: readonly RosterProblem[] };

/** What a cell came to. */
type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const STOPPED = ['canceled', 'withdrawn', 'cancelled', 'dropped'];

/** Reads one row that isn't blank. Every cell at fault is a problem of its own. */
export function readRow(raw: RawRow, header: Header, rules: RowRules): RowReading {
  const cells = new RowCells(raw);
  const { columns } = header;
  const email = cells.read(columns.email, readEmail);
  const name = cells.read(columns.name, (cell) => ok(cellText(cell) || null));
  const startsOn = cells.read(columns.startsOn, (cell) => dateOf(cell, rules.dateFormat));
  const endsOn = cells.read(columns.endsOn, (cell) => readEnd(cell, startsOn ?? null, rules));
  const cohort = cells.read(columns.cohort, readId);
  const pools = cells.read(columns.pools, (cell) => readPools(cell, rules.pools));
  const canceled = cells.read(columns.status, readStatus);
  const granteeIds: Record<string, string> = {};
  for (const [text, column] of header.extra) {
    const id = cells.read(column, readId);
    if (id) granteeIds[text] = id;
  }

  if (cells.faults.length > 0 || !email || !startsOn) {
    const who = { email: email ?? (cellText(cells.at(columns.email)) || null), name: name ?? null };
    return { problems: cells.faults.map((fault) => ({ row: raw.row, ...fault, ...who })) };
  }
  return {
    row: {
      row: raw.row,
      email,
      name: name ?? null,
      cohort: cohort || startsOn,
      startsOn,
      endsOn: endsOn ?? addDays(startsOn, rules.weeks * 7 - 1),
      pools: pools ?? null,
      canceled: canceled ?? false,
      granteeIds,
    },
  };
}

/** The cells of one row, and what was found wrong with them. */
class RowCells {
  readonly faults: Pick<RosterProblem, 'column' | 'value' | 'problem'>[] = [];
  readonly #raw: RawRow;

  constructor(raw: RawRow) {
    this.#raw = raw;
  }

  at(column: HeaderColumn | null): Cell | undefined {
    return column === null ? undefined : this.#raw.cells[column.index];
  }

  /** The value of a cell; undefined if there is no such column, or if the cell is at fault, which is then noted. */
  read<T>(column: HeaderColumn | null, reader: (cell: Cell | undefined) => Reading<T>): T | undefined {
    if (column === null) return undefined;
    const cell = this.at(column);
    const text = cellText(cell);
    const reading = isErrorCell(text) ? fault<T>(`the cell shows an error (${text})`) : reader(cell);
    if (reading.ok) return reading.value;
    this.faults.push({ column: column.text, value: cellAsShown(cell), problem: reading.problem });
    return undefined;
  }
}

function ok<T>(value: T): Reading<T> {
  return { ok: true, value };
}

function fault<T>(problem: string): Reading<T> {
  return { ok: false, problem };
}

function readEmail(cell: Cell | undefined): Reading<string> {
  const text = cellText(cell);
  const email = normalizeEmail(text);
  return email === null ? fault(emailProblem(text)) : ok(email);
}

function dateOf(cell: Cell | undefined, format: DateFormat): Reading<IsoDate> {
  const reading = readDate(cell, format);
  return reading.ok ? ok(reading.date) : fault(reading.problem);
}

function readEnd(cell: Cell | undefined, startsOn: IsoDate | null, rules: RowRules): Reading<IsoDate | null> {
  if (cellText(cell) === '') return ok(null);
  const end = dateOf(cell, rules.dateFormat);
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
