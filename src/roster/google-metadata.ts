import { z } from 'zod';
import { columnLetters } from './column-letters.ts';
import type { Merge } from './table.ts';

/** What is asked of a spreadsheet before its cells: all in one request. */
export const METADATA_FIELDS =
  'properties(title,locale,timeZone),namedRanges(name,range),sheets(properties(sheetId,title,index,sheetType,' +
  'gridProperties(rowCount,columnCount)),merges,tables(name,range))';

/** Ends are exclusive, and absent where a range reaches to the sheet's end. */
const gridRange = z.object({
  sheetId: z.number().default(0),
  startRowIndex: z.number().default(0),
  endRowIndex: z.number().optional(),
  startColumnIndex: z.number().default(0),
  endColumnIndex: z.number().optional(),
});

const gridTab = z.object({
  properties: z.object({
    sheetId: z.number().default(0),
    title: z.string(),
    index: z.number().default(0),
    sheetType: z.string().default('GRID'),
    gridProperties: z
      .object({ rowCount: z.number().optional(), columnCount: z.number().optional() })
      .optional(),
  }),
  merges: z.array(gridRange).default([]),
  tables: z.array(z.object({ name: z.string(), range: gridRange })).default([]),
});

export const spreadsheetAnswer = z.object({
  sheets: z.array(gridTab).min(1),
  namedRanges: z.array(z.object({ name: z.string(), range: gridRange })).default([]),
});

export type Spreadsheet = z.infer<typeof spreadsheetAnswer>;
type Tab = Spreadsheet['sheets'][number];

/** Something with a name whose cells can be read. */
export interface Place {
  readonly kind: 'tab' | 'table' | 'named range';
  readonly name: string;
  /** The title of the tab that it is, or is on. */
  readonly title: string;
  /** In A1 notation, as it is asked for. */
  readonly range: string;
  readonly merges: readonly Merge[];
}

/** All tabs with cells, in the order of the spreadsheet; then tables and named ranges. */
export function placesOf({ sheets, namedRanges }: Spreadsheet): Place[] {
  const tabs = sheets
    .filter(({ properties }) => properties.sheetType === 'GRID')
    .toSorted((a, b) => a.properties.index - b.properties.index);
  const byId = new Map(tabs.map((tab) => [tab.properties.sheetId, tab]));
  const tables = tabs.flatMap((tab) =>
    tab.tables.map(({ name, range }) => placeIn(tab, 'table', name, range)),
  );
  const named = namedRanges.flatMap(({ name, range }) => {
    const tab = byId.get(range.sheetId);
    return tab === undefined ? [] : placeIn(tab, 'named range', name, range);
  });
  return [...tabs.map(tabPlace), ...tables, ...named];
}

function tabPlace(tab: Tab): Place {
  const { title } = tab.properties;
  // Quoted always: a tab named Q4 or A1 would be read as a cell.
  return { kind: 'tab', name: title, title, range: quoted(title), merges: mergesOf(tab) };
}

function placeIn(tab: Tab, kind: Place['kind'], name: string, range: z.infer<typeof gridRange>): Place {
  const { title, gridProperties } = tab.properties;
  const lastColumn = range.endColumnIndex ?? gridProperties?.columnCount ?? MOST_COLUMNS;
  const lastRow = range.endRowIndex ?? gridProperties?.rowCount ?? '';
  const from = `${columnLetters(range.startColumnIndex)}${range.startRowIndex + 1}`;
  const cells = `${from}:${columnLetters(lastColumn - 1)}${lastRow}`;
  return { kind, name, title, range: `${quoted(title)}!${cells}`, merges: mergesOf(tab) };
}

/** No sheet is wider. */
const MOST_COLUMNS = 18_278;

function mergesOf({ merges }: Tab): Merge[] {
  return merges
    .map((merge) => ({
      firstRow: merge.startRowIndex + 1,
      lastRow: merge.endRowIndex ?? Number.MAX_SAFE_INTEGER,
      column: merge.startColumnIndex,
    }))
    .filter((merge) => merge.lastRow > merge.firstRow);
}

export function quoted(title: string): string {
  return `'${title.replaceAll("'", "''")}'`;
}

/** The tab and the first cell of a range in A1 notation, as `'O''Brien'!A1:Z1000`; null if it is none. */
export function parseRange(
  range: string,
): { readonly title: string; readonly firstRow: number; readonly firstColumn: number } | null {
  const parts = /^(?:'((?:[^']|'')*)'|([^'!][^!]*))!\$?([A-Z]*)\$?(\d*)(?::|$)/.exec(range);
  if (parts === null) return null;
  const title = parts[1]?.replaceAll("''", "'") ?? parts[2] ?? '';
  const letters = parts[3] || 'A';
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return { title, firstRow: Number(parts[4] || 1), firstColumn: column - 1 };
}
