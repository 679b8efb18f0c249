import { counted } from '../counted.ts';
import { RosterError } from '../errors.ts';
import { typingDistance } from '../typing-distance.ts';
import { columnLetters } from './column-letters.ts';
import { cellText } from './normalize.ts';
import type { RawRow, RawTable } from './table.ts';
import { headerKey, positions, score, type Wanted } from './wanted-columns.ts';

/** Why none of the rows in which the header was looked for is one. */
export function noHeader(table: RawTable, rows: readonly RawRow[], wanted: readonly Wanted[]): RosterError {
  const best = rows.toSorted((a, b) => score(b, wanted) - score(a, wanted))[0];
  const required = wanted.filter((one) => one.required);
  if (best === undefined || rows.every(isBlank)) {
    const later = table.top.find((row) => !isBlank(row));
    if (later !== undefined) {
      return new RosterError(
        'wrong-shape',
        `${table.location} has no header: its first ${rows.length} rows are blank`,
        `Delete blank rows above row ${later.row}: the header is looked for in the first ${rows.length}.`,
      );
    }
    return new RosterError(
      'wrong-shape',
      `${table.location} is empty`,
      `Check that this is the right table: it needs a header with ${list(required)}.`,
    );
  }
  if (score(best, wanted) === 0) {
    const top = rows.find((row) => !isBlank(row)) ?? best;
    return new RosterError(
      'wrong-shape',
      `${table.location} has no header: none of its first ${counted(rows.length, 'row')} has ${list(required)}`,
      `Row ${top.row} reads ${quoted(shownHeaders(top))}. Name the columns as above, or set roster.columns to their names.`,
    );
  }
  return missingColumns(table, best, wanted);
}

function isBlank({ cells }: RawRow): boolean {
  return cells.every((cell) => cellText(cell) === '');
}

/** That a column which is used is there twice. Which one is meant can't be told. */
export function repeatedColumn(
  table: RawTable,
  row: RawRow,
  wanted: Wanted,
  [first, second]: readonly [number, number],
): RosterError {
  return new RosterError(
    'wrong-shape',
    `${table.location} has the column ${alternatives(wanted.texts)} twice: in ${columnLetters(first)}${row.row} and ` +
      `${columnLetters(second)}${row.row}`,
    `Rename the one that isn't meant, or name only one of them in ${wanted.setting}.`,
  );
}

function missingColumns(table: RawTable, row: RawRow, wanted: readonly Wanted[]): RosterError {
  const missing = wanted.filter((one) => one.required && positions(row, one).length === 0);
  const taken = new Set(wanted.flatMap((one) => positions(row, one)));
  const free = row.cells.flatMap((cell, index) =>
    taken.has(index) || cellText(cell) === '' ? [] : [cellText(cell)],
  );
  const hints = missing.map((one) => {
    const near = nearestHeader(one, free);
    const hint =
      near === null
        ? 'Name the column that is meant so'
        : `The nearest header is ${quoted([near])}: rename it`;
    return `${hint}, or change ${one.setting}.`;
  });
  return new RosterError(
    'wrong-shape',
    `${table.location} has no column ${list(missing)}; its header in row ${row.row} reads ${quoted(shownHeaders(row))}`,
    hints.join(' '),
  );
}

/** The header that comes nearest to one of the expected texts; null if none is like it. */
function nearestHeader(wanted: Wanted, headers: readonly string[]): string | null {
  const plain = (text: string) => headerKey(text).replace(/[^\p{L}\p{N}]/gu, '');
  const distance = (header: string) => {
    const [a, ...texts] = [header, ...wanted.texts].map(plain);
    if (a === undefined || a === '') return FAR;
    return Math.min(
      ...texts.map((b) => (contains(a, b) || contains(b, a) ? 1 : typingDistance(a, b, FAR - 1))),
    );
  };
  const near = headers
    .map((header) => ({ header, slips: distance(header) }))
    .filter(({ slips }) => slips < FAR);
  return near.toSorted((a, b) => a.slips - b.slips)[0]?.header ?? null;
}

function contains(text: string, part: string): boolean {
  return part.length > 2 && text.includes(part);
}

/** This many slips of the keyboard make another word. */
const FAR = 5;

function shownHeaders(row: RawRow): string[] {
  const texts = row.cells.map(cellText).filter((text) => text !== '');
  return texts.length <= 12 ? texts : [...texts.slice(0, 12), '...'];
}

function list(wanted: readonly Wanted[]): string {
  return wanted.map((one) => alternatives(one.texts)).join(' and ');
}

function alternatives(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(' or ');
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text.length <= 60 ? text : `${text.slice(0, 60)}...`}"`).join(', ');
}
