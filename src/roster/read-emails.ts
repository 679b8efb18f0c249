import { RosterError } from '../errors.ts';
import { parseCsv } from './csv.ts';
import { findHeader } from './header.ts';
import { addressIn, cellAsShown, cellText, emailProblem } from './normalize.ts';
import { readBytes } from './read-bytes.ts';
import type { ColumnTexts } from './wanted-columns.ts';

/** A list of people, as some other system has exported it. */
export interface EmailList {
  /** Normalized, each once, in the order of the file. */
  readonly emails: readonly string[];
  /** Rows that name somebody who is there already. */
  readonly repeated: number;
}

/**
 * Reads the addresses in a CSV file: of all its columns the one that is named like the roster's email column. Every row
 * has to be readable: a list with a hole in it would have somebody counted as not there.
 * @throws RosterError if it can't be read, has no such column, no people, or a row that names nobody.
 */
export async function readEmails(
  path: string,
  columns: ColumnTexts,
  signal: AbortSignal,
): Promise<EmailList> {
  const expected = { columns, extraColumns: [], names: ['email'], required: ['email'] } as const;
  const bytes = await readBytes(path, signal, { what: 'the list', setting: '--from' });
  const table = parseCsv(bytes, path, expected);
  const header = findHeader(table, expected);
  const index = header.columns.email?.index ?? 0;
  const emails = new Set<string>();
  const problems: string[] = [];
  let repeated = 0;
  table.each(({ row, cells }) => {
    if (row <= header.row || cells.every((cell) => cellText(cell) === '')) return;
    const text = cellText(cells[index]);
    const email = addressIn(text);
    if (email === null) problems.push(`row ${row} (${cellAsShown(cells[index])}): ${emailProblem(text)}`);
    else if (emails.has(email)) repeated += 1;
    else emails.add(email);
  });
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).join('; ');
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : '';
    throw new RosterError(
      'unreadable',
      `${path} has ${problems.length === 1 ? 'a row' : `${problems.length} rows`} that can't be read: ${shown}${more}`,
      'Correct the file, or take those rows out of it, and try again. Nothing was done with the others.',
    );
  }
  if (emails.size === 0) {
    throw new RosterError('wrong-shape', `${path} names nobody`, 'Check that this is the exported list.');
  }
  return { emails: [...emails], repeated };
}
