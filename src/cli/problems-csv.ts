import { writeFile } from 'node:fs/promises';
import { stringify } from 'csv-stringify/sync';
import { CohortSyncError, messageOf } from '../errors.ts';
import type { ProblemDocument } from '../runs/documents.ts';
import { problemRows } from './problem-report.ts';

const COLUMNS = ['Tab', 'Row', 'Column', 'What it says', 'What is wrong', 'Keeps what they have until then'];

/** The problems as a spreadsheet opens them. A cell that begins like a formula stays text there. */
export function problemsCsv(problems: readonly ProblemDocument[]): string {
  const lines = problemRows(problems).flatMap(({ tab = '', row, faults, protects }) =>
    faults.map(({ column, value, problem }) => [tab, row, column, value, problem, protects.join(', ')]),
  );
  // With a byte order mark, without which Excel takes UTF-8 for something else.
  return stringify([COLUMNS, ...lines], { bom: true, escape_formulas: true, record_delimiter: 'windows' });
}

/** Writes them to a file, also when there are none: an old list must not look like today's. */
export async function writeProblems(file: string, problems: readonly ProblemDocument[]): Promise<void> {
  try {
    await writeFile(file, problemsCsv(problems));
  } catch (cause) {
    throw new CohortSyncError(
      `the problems could not be written to ${file}: ${messageOf(cause)}`,
      'Name a file that can be written with --problems.',
    );
  }
}
