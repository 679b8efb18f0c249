import { cleanText } from '../roster/normalize.ts';
import type { ProblemDocument } from '../runs/documents.ts';
import { type Paint, table } from './terminal.ts';

/** All that is wrong with one row, and whom it may mean. */
export interface ProblemRow {
  readonly tab: string | undefined;
  readonly row: number;
  readonly faults: readonly Pick<ProblemDocument, 'column' | 'value' | 'problem'>[];
  readonly protects: readonly string[];
}

/** The problems by row, in the order of the sheet. */
export function problemRows(problems: readonly ProblemDocument[]): ProblemRow[] {
  const byRow = Map.groupBy(problems, ({ tab, row }) => JSON.stringify([tab, row]));
  return [...byRow.values()].flatMap((faults) => {
    const [first] = faults;
    if (first === undefined) return [];
    const protects = [...new Set(faults.flatMap((fault) => fault.protects))];
    return [{ tab: first.tab, row: first.row, faults, protects }];
  });
}

/** `row 7`, or `row 7 of Cohort 2026-11`. */
export function rowName({ tab, row }: Pick<ProblemRow, 'tab' | 'row'>): string {
  return tab === undefined ? `row ${row}` : `row ${row} of ${tab}`;
}

/** For the one who keeps the sheet: a line for each cell at fault, its row named once. */
export function renderProblems(problems: readonly ProblemDocument[], paint: Paint): string {
  const lines = problemRows(problems).flatMap((one) => [
    ...one.faults.map(({ column, value, problem }, at) => [
      at === 0 ? rowName(one) : '',
      column,
      cleanText(value) === '' ? '(blank)' : cleanText(value),
      problem,
    ]),
    ...(one.protects.length === 0 ? [] : [['', '', '', paint('dim', keeps(one.protects))]]),
  ]);
  return `${paint('yellow', 'Rows of the roster that could not be believed:')}\n${table(lines)}`;
}

function keeps(people: readonly string[]): string {
  return people.length === 1
    ? `until it is mended ${people[0]} keeps what they have`
    : `until it is mended these keep what they have: ${people.join(', ')}`;
}
