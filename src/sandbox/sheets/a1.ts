import { gridOf, type Tab, type Workbook } from './workbook.ts';

/** A part of a tab, by indexes from 0; the ends are not in it. */
export interface GridRange {
  readonly tab: Tab;
  readonly startRow: number;
  readonly endRow: number;
  readonly startColumn: number;
  readonly endColumn: number;
}

/** A range that can't be read, with the API's own words. */
export class RangeFault extends Error {}

const CELL_OR_LINE = /^(?<column>[A-Za-z]{1,3})?(?<row>[1-9]\d*)?$/;

/**
 * Resolves A1 notation: `Roster`, `'O''Brien'!A2:C`, `A:C` of the first tab. A bare word that is a tab's title means the
 * tab, and the name of a named range its range; tables have no name in A1 notation. Ends beyond the grid are cut off, corners may come in any order (recorded: `D4:A1` answers as `A1:D4`).
 */
export function resolveRange(workbook: Workbook, text: string): GridRange {
  const unreadable = new RangeFault(`Unable to parse range: ${text}`);
  const { title, cells } = splitTitle(text);
  const named = title === null ? workbook.namedRanges.find(({ name }) => name === cells) : undefined;
  if (named !== undefined) return resolveRange({ ...workbook, namedRanges: [] }, named.range);
  const whole = title === null ? findTab(workbook, unquoted(cells)) : undefined;
  const tab = whole ?? (title === null ? workbook.tabs[0] : findTab(workbook, title));
  if (tab === undefined) throw unreadable;
  const { rowCount, columnCount } = gridOf(tab);
  if (whole !== undefined) {
    return { tab, startRow: 0, endRow: rowCount, startColumn: 0, endColumn: columnCount };
  }
  const [from = '', to = from, ...more] = cells.split(':');
  const start = parseCorner(from);
  const end = parseCorner(to);
  if (start === null || end === null || more.length > 0) throw unreadable;
  // A lone `A` or `1` is no range in A1 notation; `A:A` and `1:1` are.
  if (!cells.includes(':') && (start.row === null || start.column === null)) throw unreadable;

  const [startRow, endRow] = span(start.row, end.row, rowCount);
  const [startColumn, endColumn] = span(start.column, end.column, columnCount);
  if (startRow >= rowCount || startColumn >= columnCount) {
    throw new RangeFault(
      `Range (${text}) exceeds grid limits. Max rows: ${rowCount}, max columns: ${columnCount}`,
    );
  }
  return { tab, startRow, endRow, startColumn, endColumn };
}

/** The full range as the answers name it; the title is quoted where it needs to be (recorded: Sheet1!A1, 'D3'!A1). */
export function formatRange({ tab, startRow, endRow, startColumn, endColumn }: GridRange): string {
  const bare = /^[A-Za-z_]\w*$/.test(tab.title) && !/^[A-Za-z]{1,3}\d+$/.test(tab.title);
  const title = bare ? tab.title : `'${tab.title.replaceAll("'", "''")}'`;
  const first = `${columnName(startColumn)}${startRow + 1}`;
  const last = `${columnName(endColumn - 1)}${endRow}`;
  return `${title}!${first === last ? first : `${first}:${last}`}`;
}

function splitTitle(text: string): { title: string | null; cells: string } {
  const quoted = /^'(?<title>(?:[^']|'')+)'!(?<cells>.*)$/.exec(text)?.groups;
  if (quoted) return { title: quoted.title?.replaceAll("''", "'") ?? '', cells: quoted.cells ?? '' };
  const at = text.startsWith("'") ? -1 : text.lastIndexOf('!');
  return at === -1 ? { title: null, cells: text } : { title: text.slice(0, at), cells: text.slice(at + 1) };
}

function unquoted(text: string): string {
  const quoted = /^'(?<title>(?:[^']|'')+)'$/.exec(text)?.groups?.title;
  return quoted?.replaceAll("''", "'") ?? text;
}

function findTab(workbook: Workbook, title: string): Tab | undefined {
  return workbook.tabs.find((tab) => tab.title === title);
}

function parseCorner(text: string): { row: number | null; column: number | null } | null {
  const groups = text === '' ? undefined : CELL_OR_LINE.exec(text)?.groups;
  if (groups === undefined) return null;
  return {
    row: groups.row === undefined ? null : Number(groups.row) - 1,
    column: groups.column === undefined ? null : columnIndex(groups.column),
  };
}

/** From two corners along one axis to start and end; a missing one is the edge of the grid. */
function span(one: number | null, other: number | null, size: number): [start: number, end: number] {
  if (one === null || other === null) return [one ?? other ?? 0, size];
  return [Math.min(one, other), Math.min(Math.max(one, other) + 1, size)];
}

function columnIndex(letters: string): number {
  return [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function columnName(index: number): string {
  const rest = Math.floor(index / 26);
  return `${rest > 0 ? columnName(rest - 1) : ''}${String.fromCharCode(65 + (index % 26))}`;
}
