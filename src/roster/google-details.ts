import { z } from 'zod';
import { RosterError } from '../errors.ts';
import { columnLetters } from './column-letters.ts';
import { findHeader, type Header } from './header.ts';
import { cellText } from './normalize.ts';
import type { AskedCell } from './sheet-memory.ts';
import { type Cell, type KeptTable, keptTable, type RawRow, type RawTable } from './table.ts';
import type { ExpectedColumns } from './wanted-columns.ts';

/**
 * Values alone don't tell all. `2026-11` in a cohort column may have become the day number 46327 that shows as a date, and
 * a people chip gives a name where its address is meant. For such cells the spreadsheet is asked how they show.
 */

/** A cell of which the value doesn't say enough. */
export interface DoubtfulCell {
  /** As the sheet numbers it, from 1. */
  readonly row: number;
  /** From 0. */
  readonly column: number;
}

/** Numbers that are days between 2015 and 2045. */
const FIRST_SERIAL = 42_005;
const LAST_SERIAL = 53_328;

/**
 * The cells of a table that need a closer look: numbers that may be dates where text is meant, and email cells without
 * an address. None in a table without a usable header: what is wrong with that is said when the rows are read.
 */
export function doubtfulCells(table: KeptTable, expected: ExpectedColumns): DoubtfulCell[] {
  const header = headerIn(table, expected);
  if (header === null) return [];
  const textColumns = textColumnsOf(header);
  const emailColumn = header.columns.email?.index;
  const found: DoubtfulCell[] = [];
  for (const { row, cells } of table.rows) {
    if (row <= header.row) continue;
    for (const column of textColumns) {
      const cell = cells[column];
      if (typeof cell === 'number' && cell >= FIRST_SERIAL && cell < LAST_SERIAL) found.push({ row, column });
    }
    if (emailColumn === undefined) continue;
    const email = cellText(cells[emailColumn]);
    if (email !== '' && email !== 'FALSE' && !email.includes('@')) found.push({ row, column: emailColumn });
  }
  return found;
}

function headerIn(table: RawTable, expected: ExpectedColumns): Header | null {
  try {
    return findHeader(table, expected);
  } catch (thrown) {
    if (thrown instanceof RosterError) return null;
    throw thrown;
  }
}

function textColumnsOf({ columns, extra }: Header): number[] {
  const named = [columns.cohort, columns.name, columns.pools, columns.status];
  return [...named, ...extra.values()].flatMap((column) => (column === null ? [] : column.index));
}

/** One range a column, from its first doubtful cell to its last. */
export function detailRanges(title: string, cells: readonly DoubtfulCell[]): string[] {
  return [...Map.groupBy(cells, ({ column }) => column)].map(([column, inColumn]) => {
    const rows = inColumn.map(({ row }) => row);
    const [first, last] = rows.reduce(
      ([low, high], row) => [Math.min(low, row), Math.max(high, row)],
      [Number.MAX_SAFE_INTEGER, 1],
    );
    const letters = columnLetters(column);
    return `${title}!${letters}${first}:${letters}${last}`;
  });
}

export const DETAIL_FIELDS =
  'sheets(properties(title),data(startRow,startColumn,rowData(values(formattedValue,effectiveFormat(numberFormat(type)),' +
  'chipRuns(chip(personProperties(email)))))))';

const chipRun = z.object({
  chip: z.object({ personProperties: z.object({ email: z.string().optional() }).optional() }).optional(),
});

const detailedCell = z.object({
  formattedValue: z.string().optional(),
  effectiveFormat: z
    .object({ numberFormat: z.object({ type: z.string().optional() }).optional() })
    .optional(),
  chipRuns: z.array(chipRun).optional(),
});

export const detailAnswer = z.object({
  sheets: z.array(
    z.object({
      properties: z.object({ title: z.string() }),
      data: z
        .array(
          z.object({
            startRow: z.number().default(0),
            startColumn: z.number().default(0),
            rowData: z.array(z.object({ values: z.array(detailedCell).default([]) })).default([]),
          }),
        )
        .default([]),
    }),
  ),
});

export type DetailAnswer = z.infer<typeof detailAnswer>;
type DetailedCell = z.infer<typeof detailedCell>;

const DATE_TYPES = new Set(['DATE', 'TIME', 'DATE_TIME']);

/** The doubtful cells of a table as the person who keeps the sheet sees them. */
export function askedCells(
  table: number,
  rows: readonly RawRow[],
  title: string,
  doubtful: readonly DoubtfulCell[],
  answer: DetailAnswer,
): AskedCell[] {
  const details = new Map<string, DetailedCell>();
  for (const { properties, data } of answer.sheets) {
    if (properties.title !== title) continue;
    for (const { startRow, startColumn, rowData } of data) {
      for (const [at, { values }] of rowData.entries()) {
        for (const [offset, cell] of values.entries())
          details.set(`${startRow + at + 1} ${startColumn + offset}`, cell);
      }
    }
  }
  const byNumber = new Map(rows.map((raw) => [raw.row, raw]));
  return doubtful.flatMap(({ row, column }) => {
    const detail = details.get(`${row} ${column}`);
    const cell = byNumber.get(row)?.cells[column] ?? null;
    return detail === undefined ? [] : { table, row, column, cell: asShown(cell, detail) };
  });
}

/** The tables with those cells in place of their values. */
export function withDetails(tables: readonly KeptTable[], asked: readonly AskedCell[]): KeptTable[] {
  const byTable = Map.groupBy(asked, ({ table }) => table);
  return tables.map((table, at) => {
    const byRow = Map.groupBy(byTable.get(at) ?? [], ({ row }) => row);
    const rows = table.rows.map((raw) => {
      const changed = byRow.get(raw.row);
      if (changed === undefined) return raw;
      const cells = [...raw.cells];
      for (const { column, cell } of changed) cells[column] = cell;
      return { row: raw.row, cells };
    });
    return keptTable(rows, table);
  });
}

function asShown(cell: Cell, { formattedValue, effectiveFormat, chipRuns }: DetailedCell): Cell {
  const type = effectiveFormat?.numberFormat?.type ?? '';
  if (typeof cell === 'number' && DATE_TYPES.has(type) && formattedValue !== undefined) {
    return { serial: cell, shown: formattedValue };
  }
  const addresses = chipRuns?.flatMap(({ chip }) => chip?.personProperties?.email ?? []) ?? [];
  return typeof cell === 'string' && addresses.length > 0 ? addresses.join(', ') : cell;
}
