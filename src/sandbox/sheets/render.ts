import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { daysBetween } from '../../dates.ts';
import { formatRange, type GridRange, resolveRange } from './a1.ts';
import type { Cell, DateCell, Workbook } from './workbook.ts';

export const renderOptions = z.object({
  majorDimension: z.enum(['ROWS', 'COLUMNS']).default('ROWS'),
  valueRenderOption: z.enum(['FORMATTED_VALUE', 'UNFORMATTED_VALUE', 'FORMULA']).default('FORMATTED_VALUE'),
  dateTimeRenderOption: z.enum(['SERIAL_NUMBER', 'FORMATTED_STRING']).default('SERIAL_NUMBER'),
});
export type RenderOptions = z.output<typeof renderOptions>;

type Value = string | number | boolean;

/** The first day of the serial numbers is day 1; day 0 is this (recorded: 43831 is 2020-01-01). */
const DAY_ZERO = '1899-12-30';

/**
 * One range of values as the API answers it: trailing empty rows and cells are left out, an empty row in the middle is
 * `[]`, an empty cell in the middle is `""`, and a range without any value has no `values` at all.
 */
export function valueRange(workbook: Workbook, range: GridRange, options: RenderOptions) {
  const rows = rowsOf(workbook, range).map((row) =>
    row.map((cell) => render(cell, workbook.locale, options)),
  );
  const lines = options.majorDimension === 'ROWS' ? rows : columnsOf(rows);
  const values = trimEnd(
    lines.map((line) => trimEnd(line, (value) => value === '')),
    (line) => line.length === 0,
  );
  return {
    range: formatRange(range),
    majorDimension: options.majorDimension,
    ...(values.length > 0 && { values }),
  };
}

/** The cells of a range, as far as the tab's rows go; those that a merge covers are empty. */
export function rowsOf(
  workbook: Workbook,
  { tab, startRow, endRow, startColumn, endColumn }: GridRange,
): Cell[][] {
  const merges = mergesOf(workbook, tab);
  const covered = (row: number, column: number) =>
    merges.some(
      (merge) =>
        row >= merge.startRow &&
        row < merge.endRow &&
        column >= merge.startColumn &&
        column < merge.endColumn &&
        !(row === merge.startRow && column === merge.startColumn),
    );
  return tab.rows
    .slice(startRow, endRow)
    .map((cells, row) =>
      cells
        .slice(startColumn, endColumn)
        .map((cell, column) => (covered(startRow + row, startColumn + column) ? null : cell)),
    );
}

export function mergesOf(workbook: Workbook, tab: GridRange['tab']): GridRange[] {
  return tab.merges.map((merge) => resolveRange({ ...workbook, tabs: [tab] }, merge));
}

/** A cell as `values` shows it. UNFORMATTED and FORMULA show a date as its serial number unless told otherwise. */
export function render(cell: Cell, locale: string, options: Omit<RenderOptions, 'majorDimension'>): Value {
  if (cell === null) return '';
  const formatted = options.valueRenderOption === 'FORMATTED_VALUE';
  if (typeof cell === 'object') {
    if ('chip' in cell) return cell.text;
    const serial = !formatted && options.dateTimeRenderOption === 'SERIAL_NUMBER';
    return serial ? serialOf(cell.date, cell.time) : shownDate(cell, locale);
  }
  if (!formatted || typeof cell === 'string') return cell;
  if (typeof cell === 'boolean') return cell ? 'TRUE' : 'FALSE';
  return cell.toLocaleString(bcp47(locale), { useGrouping: false, maximumFractionDigits: 10 });
}

function serialOf(date: string, time = '00:00'): number {
  const { hour, minute } = Temporal.PlainTime.from(time);
  return daysBetween(DAY_ZERO, date) + (hour * 60 + minute) / (24 * 60);
}

function shownDate(cell: DateCell, locale: string): string {
  if (cell.text !== undefined) return cell.text;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const shown = Temporal.PlainDate.from(cell.date).toLocaleString(bcp47(locale), numeric);
  return cell.time === undefined ? shown : `${shown} ${cell.time}:00`;
}

function bcp47(locale: string): string {
  return locale.replace('_', '-');
}

function columnsOf(rows: readonly Value[][]): Value[][] {
  const width = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? ''));
}

function trimEnd<T>(items: readonly T[], isEmpty: (item: T) => boolean): T[] {
  return items.slice(0, items.findLastIndex((item) => !isEmpty(item)) + 1);
}
