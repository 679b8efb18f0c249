import { cellAsShown } from './normalize.ts';
import type { RosterProblem, RosterRow } from './types.ts';
import type { ReadTable } from './validate.ts';

/**
 * Rows that contradict each other: one person's same cohort both active and canceled, in one tab or in two. By row, a
 * problem that names the other rows. (The same cohort twice with other dates is none: the person is entitled to both.)
 */
export function findConflicts(tables: readonly ReadTable[]): ReadonlyMap<RosterRow, RosterProblem> {
  const conflicts = new Map<RosterRow, RosterProblem>();
  const rows = tables.flatMap(({ readings }) => readings.flatMap(({ row }) => row ?? []));
  // Few are canceled, so only what those may contradict is looked at.
  const canceled = new Set(rows.filter((row) => row.canceled).map(keyOf));
  if (canceled.size === 0) return conflicts;
  const cells = statusCells(tables);
  const suspicious = rows.filter((row) => canceled.has(keyOf(row)));
  for (const same of Map.groupBy(suspicious, keyOf).values()) {
    for (const row of same) {
      const others = same.filter((other) => other.canceled !== row.canceled);
      const cell = cells.get(row);
      if (others.length === 0) continue;
      conflicts.set(row, {
        row: row.row,
        ...(row.tab === undefined ? {} : { tab: row.tab }),
        column: cell?.column ?? 'status',
        value: cell?.value ?? '',
        problem: contradiction(row, others),
        email: row.email,
        name: row.name,
      });
    }
  }
  return conflicts;
}

function keyOf({ email, cohort }: RosterRow): string {
  return `${email}\n${cohort.toLowerCase()}`;
}

function statusCells(
  tables: readonly ReadTable[],
): ReadonlyMap<RosterRow, { column: string; value: string }> {
  const cells = new Map<RosterRow, { column: string; value: string }>();
  for (const { header, readings, raw } of tables) {
    const { status } = header.columns;
    if (status === null) continue;
    for (const [at, { row }] of readings.entries()) {
      if (row) cells.set(row, { column: status.text, value: cellAsShown(raw[at]?.cells[status.index]) });
    }
  }
  return cells;
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
