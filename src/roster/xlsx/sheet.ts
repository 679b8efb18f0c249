import { UNCALCULATED } from '../normalize.ts';
import type { Cell, Merge, RawRow } from '../table.ts';
import { notXlsx, tooLarge } from './faults.ts';
import type { Parts } from './parts.ts';
import { shownDate } from './styles.ts';
import { unescaped, type Workbook, type WorkbookTab } from './workbook.ts';

/** The limits of Excel itself. */
const MAX_ROW = 1_048_576;
const MAX_COLUMN = 16_384;
/** Blank ones to the left of a filled one included: a handful of far-off cells must not fill the memory. */
const MAX_CELLS = 10_000_000;

/** Days between the two date systems. */
export const DAYS_TO_1904 = 1462;

export interface SheetCells {
  readonly rows: readonly RawRow[];
  readonly merges: readonly Merge[];
}

/**
 * Reads the cells of one tab: only rows that have some, each with its number. A formula counts as its stored result, a
 * number that is formatted as a date as what it shows.
 */
export async function readSheet(
  parts: Parts,
  tab: WorkbookTab,
  workbook: Workbook,
  strings: readonly string[],
  signal: AbortSignal,
): Promise<SheetCells> {
  const sheet = new SheetReader(workbook, strings, () =>
    notXlsx(parts.location, `the tab "${tab.name}" has a cell that makes no sense`),
  );
  const handlers = {
    open: (element: string, attributes: Readonly<Record<string, string>>) => sheet.open(element, attributes),
    text: (text: string) => sheet.text(text),
    close: (element: string) => {
      sheet.close(element);
      if (sheet.slots > MAX_CELLS) throw tooLarge(parts.location);
    },
  };
  await parts.parse(tab.entry, handlers, signal);
  return sheet;
}

/** Puts cells together from the elements `row`, `c`, `f`, `v` and `is`. */
class SheetReader implements SheetCells {
  readonly rows: RawRow[] = [];
  readonly merges: Merge[] = [];
  /** How many cells the rows have, blank ones included. */
  slots = 0;
  readonly #workbook: Workbook;
  readonly #strings: readonly string[];
  readonly #fault: () => Error;
  readonly #shown = new Map<string, Cell>();
  #row = 0;
  #cells: Cell[] = [];
  #column = -1;
  #type = 'n';
  #style: string | null = null;
  #value: string | null = null;
  #formula = false;
  #within = false;
  #phonetic = false;

  constructor(workbook: Workbook, strings: readonly string[], fault: () => Error) {
    this.#workbook = workbook;
    this.#strings = strings;
    this.#fault = fault;
  }

  open(element: string, attributes: Readonly<Record<string, string>>): void {
    switch (element) {
      case 'row':
        this.#openRow(attributes.r);
        break;
      case 'c':
        this.#openCell(attributes);
        break;
      // Some writers give an inline text a `v` as well.
      case 'v':
        this.#within = this.#type !== 'inlineStr';
        if (this.#within) this.#value ??= '';
        break;
      case 't':
        this.#within = !this.#phonetic && this.#type === 'inlineStr';
        if (this.#within) this.#value ??= '';
        break;
      case 'f':
        this.#formula = true;
        break;
      case 'rPh':
        this.#phonetic = true;
        break;
      case 'mergeCell':
        this.#addMerge(attributes.ref ?? '');
        break;
    }
  }

  text(text: string): void {
    if (this.#within) this.#value = (this.#value ?? '') + text;
  }

  close(element: string): void {
    switch (element) {
      case 'v':
      case 't':
        this.#within = false;
        break;
      case 'rPh':
        this.#phonetic = false;
        break;
      case 'c':
        this.#closeCell();
        break;
      case 'row':
        if (this.#cells.length > 0) this.rows.push({ row: this.#row, cells: this.#cells });
        break;
    }
  }

  #openRow(number: string | undefined): void {
    // A row without a number follows the one before it, and so does a cell.
    const row = number === undefined ? this.#row + 1 : Number(number);
    if (!Number.isInteger(row) || row <= this.#row || row > MAX_ROW) throw this.#fault();
    this.#row = row;
    this.#cells = [];
    this.#column = -1;
  }

  #openCell({ r, t, s }: Readonly<Record<string, string>>): void {
    const column = r === undefined ? this.#column + 1 : columnOf(r);
    if (column <= this.#column || column >= MAX_COLUMN || this.#row === 0) throw this.#fault();
    this.#column = column;
    this.#type = t ?? 'n';
    this.#style = s === undefined ? null : (this.#workbook.styles[Number(s)] ?? null);
    this.#value = null;
    this.#formula = false;
  }

  #closeCell(): void {
    const cell = this.#cell();
    if (cell === null) return;
    const cells = this.#cells;
    const length = cells.length;
    while (cells.length < this.#column) cells.push(null);
    cells.push(cell);
    this.slots += cells.length - length;
  }

  #cell(): Cell {
    const value = this.#value;
    // A program that computes no formulas wrote the file. What is there is not known, which is not the same as blank.
    if (value === null) return this.#formula ? UNCALCULATED : null;
    switch (this.#type) {
      case 's': {
        const text = value === '' ? null : this.#strings[Number(value)];
        if (text === undefined) throw this.#fault();
        return text || null;
      }
      case 'str':
      case 'inlineStr':
        return unescaped(value) || null;
      case 'b':
        return value === '' ? null : value === '1' || value === 'true';
      case 'd':
        return value.replace(/T00:00(:00(\.0+)?)?Z?$/, '') || null;
      case 'e':
        return value || '#VALUE!';
      default:
        return value === '' ? null : this.#number(Number(value));
    }
  }

  #number(number: number): Cell {
    if (!Number.isFinite(number)) throw this.#fault();
    const pattern = this.#style;
    if (pattern === null) return number;
    const key = `${number} ${pattern}`;
    let cell = this.#shown.get(key);
    if (cell === undefined) {
      const serial = number + (this.#workbook.since1904 ? DAYS_TO_1904 : 0);
      cell = { serial, shown: shownDate(serial, pattern) };
      this.#shown.set(key, cell);
    }
    return cell;
  }

  #addMerge(ref: string): void {
    const corners = /^([A-Z]+)(\d+):[A-Z]+(\d+)$/.exec(ref);
    if (corners === null) return;
    const [, column = '', first, last] = corners;
    if (Number(last) > Number(first)) {
      this.merges.push({ firstRow: Number(first), lastRow: Number(last), column: columnOf(column) });
    }
  }
}

/** From 0; -1 for no letters. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at++) {
    const letter = reference.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
}
