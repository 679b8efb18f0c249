import { CsvError, parse } from 'csv-parse/sync';
import { RosterError } from '../errors.ts';
import { utf8Text } from './encoding.ts';
import { headerScore } from './header.ts';
import { readBytes } from './read-bytes.ts';
import type { RawRow, RawTable } from './table.ts';
import type { ExpectedColumns } from './wanted-columns.ts';

/** In the order of preference where a file fits more than one. */
const DELIMITERS = [',', ';', '\t'] as const;

/** By so many it is judged which delimiter it is: the header is among them. */
const RECORDS_TO_JUDGE = 20;
/** So many are at hand for whoever looks at what the columns hold. */
const RECORDS_AT_FIRST = 200;

/** How well the top of a table fits what is expected: the higher, the better. */
type Judge = (rows: readonly RawRow[]) => number;

/**
 * Reads a CSV file. The delimiter is the one of comma, semicolon and tab by which the expected header appears.
 *
 * @param judge how well rows fit, in place of the expected header.
 * @throws RosterError `not-found`, `denied`, `unreadable` (encoding, quotes, size) or `unavailable` (being written).
 */
export async function readCsvFile(
  path: string,
  expected: ExpectedColumns,
  signal: AbortSignal,
  judge?: Judge,
): Promise<RawTable> {
  return parseCsv(await readBytes(path, signal), path, expected, judge);
}

/** The table in the bytes of a CSV file. A row's number is that of its record, as a spreadsheet would show it. */
export function parseCsv(
  bytes: Uint8Array,
  location: string,
  expected: ExpectedColumns,
  judge: Judge = (rows) => headerScore(rows, expected),
): RawTable {
  const text = utf8Text(bytes, location);
  const [best] = DELIMITERS.map((delimiter) => {
    return { delimiter, score: judge(topOf(text, delimiter, RECORDS_TO_JUDGE)) };
  }).toSorted((a, b) => b.score - a.score);
  const { delimiter = ',' } = best ?? {};
  const top = topOf(text, delimiter, RECORDS_AT_FIRST);
  const each: RawTable['each'] = (visit) => readRecords(text, delimiter, { location, visit });
  return { top, each, merges: [], delimiter, location, tab: null, cohort: null, serialOffset: 0 };
}

/** The first records, as far as they can be read. */
function topOf(text: Buffer, delimiter: string, to: number): RawRow[] {
  const rows: RawRow[] = [];
  try {
    parseRecords(text, delimiter, { to, visit: (row) => rows.push(row) });
  } catch (failure) {
    // What comes before an error has been visited.
    if (!(failure instanceof CsvError)) throw failure;
  }
  return rows;
}

/** @throws RosterError `unreadable` with the line, from 1, of the cell whose quotes are wrong. */
function readRecords(
  text: Buffer,
  delimiter: string,
  { location, visit }: { readonly location: string; readonly visit: (row: RawRow) => void },
): void {
  try {
    parseRecords(text, delimiter, { to: -1, visit });
  } catch (failure) {
    if (!(failure instanceof CsvError)) throw failure;
    throw badQuote(location, lineOfQuote(text, Number(failure.bytes)));
  }
}

/** @param to how many records; -1 is all. */
function parseRecords(
  text: Buffer,
  delimiter: string,
  { to, visit }: { readonly to: number; readonly visit: (row: RawRow) => void },
): void {
  let row = 0;
  parse(text, {
    delimiter,
    to,
    // The parser is faster where it has but one to look for.
    record_delimiter: text.includes('\r') ? ['\r\n', '\n', '\r'] : ['\n'],
    relax_column_count: true,
    // Handed over rather than returned, so that the parser keeps none.
    on_record: (cells: string[]) => {
      row += 1;
      visit({ row, cells });
      return null;
    },
  });
}

/**
 * The line of the first quote after the last cell that was read whole. The parser's own count is of no use here: for a
 * quote that is never closed it names the end of the file, and it counts `\r\n` within quotes twice.
 */
function lineOfQuote(text: Buffer, lastGoodByte: number): number {
  const quote = text.indexOf('"', lastGoodByte);
  const before = text.subarray(0, Math.max(quote, 0)).toString();
  return before.split(/\r\n|\n|\r/).length;
}

function badQuote(location: string, line: number): RosterError {
  return new RosterError(
    'unreadable',
    `${location} has a quotation mark in line ${line} that is not closed, or that is inside an unquoted cell`,
    'Correct that line. A quotation mark inside a quoted cell is written twice.',
  );
}
