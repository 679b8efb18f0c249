import { RosterError } from '../../src/errors.ts';
import { parseCsv } from '../../src/roster/csv.ts';
import type { RosterContext } from '../../src/roster/read-roster.ts';
import { type Cell, keptTable, type RawRow, type RawTable } from '../../src/roster/table.ts';
import { validateTable } from '../../src/roster/validate.ts';
import type { ColumnTexts } from '../../src/roster/wanted-columns.ts';

/** The defaults of the configuration. */
export const COLUMNS: { -readonly [name in keyof ColumnTexts]: string[] } = {
  email: ['Email'],
  name: ['Instructor'],
  cohort: ['Cohort'],
  startsOn: ['Start date'],
  endsOn: ['End date'],
  pools: ['Licenses'],
  status: ['Status'],
};

export const NOW = 1_795_000_000_000;

/** A clock that only sleeping moves, so that no test waits. */
export function fakeTime() {
  const slept: number[] = [];
  let now = NOW;
  return {
    slept,
    total: () => now - NOW,
    clock: { now: () => now },
    sleep: async (milliseconds: number) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
    random: () => 0.5,
  };
}

export function contextWith(changes: Partial<RosterContext> = {}): RosterContext {
  const { clock, sleep, random } = fakeTime();
  return {
    pools: ['salable-teaching', 'zoom'],
    extraColumns: [],
    weeks: 5,
    clock,
    sleep,
    random,
    signal: new AbortController().signal,
    ...changes,
  };
}

export interface Rules {
  readonly dateFormat?: 'iso' | 'dmy' | 'mdy';
  readonly extraColumns?: string[];
  readonly columns?: Partial<typeof COLUMNS>;
  readonly merges?: RawTable['merges'];
}

/** Validates rows of cells as if they were a sheet's, the first being row 1. */
export function validated(cells: readonly (readonly Cell[])[], rules: Rules = {}) {
  const rows = cells.map((row, at) => ({ row: at + 1, cells: row }));
  const about = { merges: rules.merges ?? [], location: 'the test table', tab: null, cohort: null };
  const table = keptTable(rows, { ...about, serialOffset: 0 });
  return validateTable(table, expected(rules), {
    dateFormat: rules.dateFormat ?? 'iso',
    weeks: 5,
    pools: ['salable-teaching', 'zoom'],
  });
}

/** The rows of a CSV text or file. */
export function csv(content: string | Uint8Array, rules: Rules = {}) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const table = parseCsv(bytes, 'roster.csv', expected(rules));
  return { ...table, rows: rowsOf(table) };
}

/** All rows of a table. */
export function rowsOf(table: RawTable | undefined): RawRow[] {
  const all: RawRow[] = [];
  table?.each((row) => all.push(row));
  return all;
}

export function expected(rules: Rules) {
  return { columns: { ...COLUMNS, ...rules.columns }, extraColumns: rules.extraColumns ?? [] };
}

/** What a task throws, which has to be a RosterError. */
export async function rosterError(task: () => unknown): Promise<RosterError> {
  try {
    await task();
  } catch (thrown) {
    if (thrown instanceof RosterError) return thrown;
    throw thrown;
  }
  throw new Error('expected a RosterError, and nothing was thrown');
}
