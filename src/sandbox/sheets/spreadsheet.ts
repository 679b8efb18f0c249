import { type GridRange, resolveRange } from './a1.ts';
import { mergesOf, render, rowsOf } from './render.ts';
import { type Cell, gridOf, type Tab, type Workbook } from './workbook.ts';

/** The body of `spreadsheets.get`, with the cells of `data` ranges where grid data is asked for. */
export function spreadsheetBody(workbook: Workbook, data: readonly GridRange[] | null) {
  return {
    spreadsheetId: workbook.id,
    properties: {
      title: workbook.title,
      locale: workbook.locale,
      autoRecalc: 'ON_CHANGE',
      timeZone: workbook.timeZone,
    },
    sheets: workbook.tabs
      .map((tab, index) => ({ tab, index }))
      .filter(({ tab }) => data === null || data.some((range) => range.tab === tab))
      .map(({ tab, index }) => ({
        properties: {
          sheetId: index,
          title: tab.title,
          index,
          sheetType: 'GRID',
          gridProperties: gridOf(tab),
        },
        ...(data && {
          data: data.filter((range) => range.tab === tab).map((range) => gridData(workbook, range)),
        }),
        ...(tab.merges.length > 0 && {
          merges: mergesOf(workbook, tab).map((range) => rangeBody(range, index)),
        }),
        ...(tab.tables.length > 0 && {
          tables: tab.tables.map(({ name, range }, at) => ({
            tableId: String(1000 * index + at),
            name,
            range: rangeBody(resolveRange({ ...workbook, tabs: [tab] }, range), index),
          })),
        }),
      })),
    ...(workbook.namedRanges.length > 0 && { namedRanges: namedRanges(workbook) }),
    spreadsheetUrl: `https://docs.google.com/spreadsheets/d/${workbook.id}/edit`,
  };
}

function namedRanges(workbook: Workbook) {
  return workbook.namedRanges.map(({ name, range }, at) => {
    const resolved = resolveRange(workbook, range);
    return {
      namedRangeId: String(at + 1),
      name,
      range: rangeBody(resolved, workbook.tabs.indexOf(resolved.tab)),
    };
  });
}

/** The first tab has the id 0, which the API leaves out (recorded). */
function rangeBody({ startRow, endRow, startColumn, endColumn }: GridRange, sheetId: number) {
  const sheet = sheetId === 0 ? {} : { sheetId };
  return {
    ...sheet,
    startRowIndex: startRow,
    endRowIndex: endRow,
    startColumnIndex: startColumn,
    endColumnIndex: endColumn,
  };
}

function gridData(workbook: Workbook, range: GridRange) {
  return {
    ...(range.startRow > 0 && { startRow: range.startRow }),
    ...(range.startColumn > 0 && { startColumn: range.startColumn }),
    rowData: rowsOf(workbook, range).map((row) => ({ values: row.map((cell) => cellBody(cell, workbook)) })),
    rowMetadata: rowMetadata(range.tab, range),
  };
}

function rowMetadata(tab: Tab, { startRow, endRow }: GridRange) {
  return Array.from({ length: Math.min(endRow, tab.rows.length) - startRow }, (_, index) => ({
    pixelSize: 21,
    ...(tab.hiddenRows.includes(startRow + index + 1) && { hiddenByUser: true }),
  }));
}

function cellBody(cell: Cell, { locale }: Workbook) {
  if (cell === null || cell === '') return {};
  const formattedValue = render(cell, locale, {
    valueRenderOption: 'FORMATTED_VALUE',
    dateTimeRenderOption: 'SERIAL_NUMBER',
  });
  const value = render(cell, locale, {
    valueRenderOption: 'UNFORMATTED_VALUE',
    dateTimeRenderOption: 'SERIAL_NUMBER',
  });
  const kind = `${typeof value === 'boolean' ? 'bool' : typeof value}Value`;
  if (typeof cell === 'object' && 'chip' in cell) {
    const chipRuns = [{ chip: { personProperties: { email: cell.chip } } }];
    return { effectiveValue: { stringValue: cell.text }, formattedValue, chipRuns };
  }
  const type = typeof cell === 'object' ? (cell.time === undefined ? 'DATE' : 'DATE_TIME') : null;
  return {
    effectiveValue: { [kind]: value },
    formattedValue,
    ...(type && { effectiveFormat: { numberFormat: { type, pattern: 'yyyy-mm-dd' } } }),
  };
}
