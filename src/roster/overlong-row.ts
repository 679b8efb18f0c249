import type { Header } from './header.ts';
import { cellAsShown, cellText, normalizeEmail } from './normalize.ts';
import type { RawRow } from './table.ts';
import type { RosterProblem } from './types.ts';

/**
 * A row of a text file with more cells than the header has. A spreadsheet writes all rows equally long, so somebody typed
 * this one, with a delimiter inside a cell (`bob@x,org`): from there on every cell stands in the wrong column, and none
 * of them can be believed.
 *
 * @returns null if the row isn't longer, or only by blank cells.
 */
export function overlongRow(raw: RawRow, header: Header, delimiter: string): RosterProblem | null {
  const { email: emailColumn, name: nameColumn } = header.columns;
  if (emailColumn === null || raw.cells.length <= header.width) return null;
  if (raw.cells.slice(header.width).every((cell) => cellText(cell) === '')) return null;
  const at = (index: number) => cellText(raw.cells[index]);
  const email = normalizeEmail(at(emailColumn.index));
  // If the address itself was cut in two, the name has moved by one cell like all that follows it.
  const moved = email === null && nameColumn !== null && nameColumn.index > emailColumn.index ? 1 : 0;
  return {
    row: raw.row,
    column: emailColumn.text,
    value: cellAsShown(raw.cells.join(delimiter)),
    problem: `the row has more cells than the header: a cell with ${JSON.stringify(delimiter)} in it has to be in quotation marks`,
    email: email ?? [at(emailColumn.index), at(emailColumn.index + 1)].join(delimiter),
    name: nameColumn === null ? null : at(nameColumn.index + moved) || null,
  };
}
