import type { IsoDate } from '../dates.ts';
import { nearest } from '../typing-distance.ts';
import { type DateFormat, dateAsShown, readDate } from './dates.ts';
import { findHeader, type Header, type HeaderColumn } from './header.ts';
import { cellAsShown, cellText, errorCellProblem, labelText } from './normalize.ts';
import { fillMerges, isBlankRow, type KeptTable, type RawRow, type RawTable } from './table.ts';
import type { RosterProblem } from './types.ts';
import { cohortColumns, type ExpectedColumns } from './wanted-columns.ts';

/** The dates of the cohorts, from a tab of their own. */
export interface CohortDates {
  /** The tab's name, for messages. */
  readonly tab: string;
  /** By cohort id in lower case. */
  readonly byId: ReadonlyMap<string, CohortReading>;
  /** What is wrong in that tab itself. */
  readonly problems: readonly RosterProblem[];
}

export type CohortReading =
  | { readonly ok: true; readonly startsOn: IsoDate; readonly endsOn: IsoDate | null; readonly row: number }
  | { readonly ok: false; readonly problem: string; readonly row: number };

/**
 * Reads the tab that gives each cohort's first and perhaps last day. A cohort whose dates can't be read, or are given
 * twice and differ, is a problem there, and of every row that needs its dates.
 *
 * @throws RosterError `wrong-shape` if the tab has no usable header.
 */
export function readCohortDates(
  table: KeptTable,
  expected: ExpectedColumns,
  dateFormat: DateFormat,
): CohortDates {
  const tab = tabOf(table);
  const header = findHeader(table, cohortColumns(expected));
  const byId = new Map<string, CohortReading>();
  const problems: RosterProblem[] = [];
  const below = table.rows.filter((row) => row.row > header.row);
  for (const raw of fillMerges(below, table.merges)) {
    if (isBlankRow(raw.cells)) continue;
    const { id, reading, problem } = readCohort(raw, header, table, dateFormat);
    const contradiction = contradictionOf(byId.get(id.toLowerCase()), reading, tab);
    if (contradiction !== null) {
      const column = header.columns.startsOn;
      problems.push(problemAt(raw, column, contradiction.problem, table));
      byId.set(id.toLowerCase(), contradiction);
      continue;
    }
    if (problem !== null) problems.push(problem);
    if (id !== '') byId.set(id.toLowerCase(), reading);
  }
  return { tab, byId, problems };
}

/** The dates of one cohort, or why there are none. */
export function datesOf(
  { tab, byId }: CohortDates,
  cohort: string | null,
):
  | { readonly ok: true; readonly startsOn: IsoDate; readonly endsOn: IsoDate | null }
  | { readonly ok: false; readonly problem: string } {
  if (cohort === null)
    return { ok: false, problem: `no cohort is given, and its dates are in the tab "${tab}"` };
  const found = byId.get(cohort.toLowerCase());
  if (found?.ok === false)
    return { ok: false, problem: `the dates of this cohort can't be read: ${found.problem}` };
  if (found !== undefined) return found;
  const near = nearest(cohort, [...byId.keys()]);
  const hint = near === null ? '' : `; the nearest there is ${near}`;
  return { ok: false, problem: `the tab "${tab}" has no cohort ${cohort}${hint}` };
}

function readCohort(
  raw: RawRow,
  { columns }: Header,
  table: RawTable,
  dateFormat: DateFormat,
): { id: string; reading: CohortReading; problem: RosterProblem | null } {
  const { serialOffset } = table;
  const cell = (column: HeaderColumn | null) => (column === null ? undefined : raw.cells[column.index]);
  const id = labelText(cell(columns.cohort));
  const bad = (column: HeaderColumn | null, problem: string) => ({
    id,
    reading: {
      ok: false as const,
      problem: `row ${raw.row} of the tab "${tabOf(table)}": ${problem}`,
      row: raw.row,
    },
    problem: problemAt(raw, column, problem, table),
  });
  const idError = id === '' ? 'there is no cohort id' : errorCellProblem(id);
  if (idError !== null) return { ...bad(columns.cohort, idError), id: '' };
  const startsOn = readDate(cell(columns.startsOn), dateFormat, serialOffset);
  if (!startsOn.ok) return bad(columns.startsOn, startsOn.problem);
  const end = cell(columns.endsOn);
  const endsOn = cellText(end) === '' ? null : readDate(end, dateFormat, serialOffset);
  if (endsOn?.ok === false) return bad(columns.endsOn, endsOn.problem);
  if (endsOn !== null && endsOn.date < startsOn.date) {
    return bad(columns.endsOn, `the last day ${endsOn.date} is before the first day ${startsOn.date}`);
  }
  const reading = { ok: true as const, startsOn: startsOn.date, endsOn: endsOn?.date ?? null, row: raw.row };
  return { id, reading, problem: null };
}

function contradictionOf(
  before: CohortReading | undefined,
  now: CohortReading,
  tab: string,
): Extract<CohortReading, { ok: false }> | null {
  if (before === undefined) return null;
  if (before.ok && now.ok && before.startsOn === now.startsOn && before.endsOn === now.endsOn) return null;
  const problem = `the tab "${tab}" has this cohort in rows ${before.row} and ${now.row}, with other dates`;
  return { ok: false, problem, row: now.row };
}

function problemAt(
  raw: RawRow,
  column: HeaderColumn | null,
  problem: string,
  table: RawTable,
): RosterProblem {
  const tab = tabOf(table);
  const value = column === null ? '' : cellAsShown(dateAsShown(raw.cells[column.index], table.serialOffset));
  return { row: raw.row, tab, column: column?.text ?? '', value, problem, email: null, name: null };
}

function tabOf({ tab, location }: RawTable): string {
  return tab ?? location;
}
