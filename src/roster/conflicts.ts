import { isRow } from './read-row.ts';
import type { RosterProblem, RosterRow } from './types.ts';
import type { ReadTable } from './validate.ts';

/**
 * Rows that contradict each other: one person's same cohort both active and canceled, in one tab or in two. By row, a
 * problem that names the other rows. (The same cohort twice with other dates is none: the person is entitled to both.)
 */
export function findConflicts(tables: readonly ReadTable[]): ReadonlyMap<RosterRow, RosterProblem> {
  const conflicts = new Map<RosterRow, RosterProblem>();
  // Few are canceled, so only what those may contradict is looked at.
  const canceled = new Set(tables.flatMap((table) => [...table.canceled]));
  if (canceled.size === 0) return conflicts;
  const suspicious = tables.flatMap((table) => rowsOf(table, canceled));
  for (const same of Map.groupBy(
    suspicious,
    ({ row }) => `${row.email}\n${row.cohort.toLowerCase()}`,
  ).values()) {
    for (const { row, status } of same) {
      const others = same.flatMap((other) => (other.row.canceled === row.canceled ? [] : other.row));
      if (others.length === 0) continue;
      conflicts.set(row, {
        row: row.row,
        ...(row.tab === undefined ? {} : { tab: row.tab }),
        ...status,
        problem: contradiction(row, others),
        email: row.email,
        name: row.name,
      });
    }
  }
  return conflicts;
}

interface Suspicious {
  readonly row: RosterRow;
  /** Its status cell. */
  readonly status: Pick<RosterProblem, 'column' | 'value'>;
}

/** The rows of those people. */
function rowsOf({ header, readings, statuses }: ReadTable, people: ReadonlySet<string>): Suspicious[] {
  const { status } = header.columns;
  const found: Suspicious[] = [];
  for (let at = 0; at < readings.length; at++) {
    const row = readings[at];
    if (row === undefined || !isRow(row) || !people.has(row.email)) continue;
    found.push({ row, status: { column: status?.text ?? 'status', value: statuses[at] ?? '' } });
  }
  return found;
}

function contradiction(row: RosterRow, others: readonly RosterRow[]): string {
  const numbers = others.map((other) =>
    other.tab === undefined || other.tab === row.tab
      ? `${other.row}`
      : `${other.row} of the tab "${other.tab}"`,
  );
  const those = others.length === 1 ? `row ${numbers[0]}` : `rows ${numbers.join(', ')}`;
  return row.canceled
    ? `contradicts ${those}: ${row.email} is canceled for cohort ${row.cohort} here, but not there`
    : `contradicts ${those}: ${row.email} teaches cohort ${row.cohort} here, but is canceled there`;
}
