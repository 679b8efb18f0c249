import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { addDays, systemClock } from '../../src/dates.ts';
import { DEFAULT_HEADERS } from '../../src/roster/wanted-columns.ts';
import { makeXlsx } from '../roster/xlsx-file.ts';

export interface RosterMeasure {
  readonly source: 'csv' | 'xlsx';
  readonly rows: number;
  /** Processor time to read and validate, to that in which the bare parser reads the same file. */
  readonly time: number;
  /** The most memory that the process needed at any time, likewise. */
  readonly memory: number;
  readonly ms: number;
  readonly mib: number;
}

const sample = z.object({ rows: z.number(), ms: z.number(), mib: z.number() });
type Sample = z.infer<typeof sample>;

/** Others may be at work on the machine: the best of so many tries is what the work itself takes. */
const TRIES = 8;

/**
 * Reads and validates a CSV roster of 100,000 rows and an XLSX one of 20,000, each in a process of its own, in turns with
 * the bare parser: csv-parse, of which the reader is made, and read-excel-file, in place of which it was written.
 */
export async function benchRoster(): Promise<RosterMeasure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-roster-'));
  try {
    const csv = join(folder, 'roster.csv');
    const xlsx = join(folder, 'roster.xlsx');
    await writeFile(csv, csvRoster(100_000));
    await writeFile(xlsx, xlsxRoster(20_000));
    return [await compare('csv', csv), await compare('xlsx', xlsx)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(source: RosterMeasure['source'], file: string): Promise<RosterMeasure> {
  const ours: Sample[] = [];
  const bare: Sample[] = [];
  for (let count = 0; count < TRIES; count++) {
    ours.push(await measure(`read-${source}`, file));
    bare.push(await measure(`bare-${source}`, file));
  }
  const best = (samples: readonly Sample[], what: 'ms' | 'mib') =>
    Math.min(...samples.map((each) => each[what]));
  const [ms, mib] = [best(ours, 'ms'), best(ours, 'mib')];
  const rows = ours[0]?.rows ?? 0;
  return { source, rows, ms, mib, time: ms / best(bare, 'ms'), memory: mib / best(bare, 'mib') };
}

async function measure(task: string, file: string): Promise<Sample> {
  const self = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [self, task, file]);
  return sample.parse(JSON.parse(stdout));
}

/** Twelve cohorts, a third of the rows with a last day, a few canceled. */
function cellsOf(row: number): string[] {
  const cohort = row % 12;
  const startsOn = addDays('2026-01-05', cohort * 35);
  return [
    `instructor${row}@example.org`,
    `Instructor Number ${row}`,
    `2026-${String(cohort + 1).padStart(2, '0')}`,
    startsOn,
    row % 3 === 0 ? addDays(startsOn, 30) : '',
    row % 5 === 0 ? 'zoom' : '',
    row % 50 === 0 ? 'canceled' : '',
  ];
}

const HEADER = Object.values(DEFAULT_HEADERS);

function csvRoster(count: number): string {
  const lines = Array.from({ length: count }, (_, row) => cellsOf(row).join(','));
  return [HEADER.join(','), ...lines].join('\n');
}

function xlsxRoster(count: number): Buffer {
  const serials = new Map(
    Array.from({ length: 500 }, (_, day) => [addDays('2026-01-01', day), 46_023 + day]),
  );
  const rows = Array.from({ length: count }, (_, row) =>
    cellsOf(row).map((text) => {
      const serial = serials.get(text);
      return serial === undefined ? text || null : { date: serial };
    }),
  );
  return makeXlsx([{ name: 'Roster', rows: [HEADER, ...rows] }]);
}

const TASKS: Record<string, (file: string) => Promise<() => Promise<number>>> = {
  'bare-csv': async (file) => {
    const { parse } = await import('csv-parse/sync');
    return async () => parse(await readFile(file), { bom: true }).length;
  },
  'bare-xlsx': async (file) => {
    const { readSheet } = await import('read-excel-file/node');
    return async () => (await readSheet(await readFile(file))).length;
  },
  'read-csv': async (file) => reader({ source: 'csv', path: file }),
  'read-xlsx': async (file) => {
    await import('../../src/roster/xlsx/read-xlsx.ts');
    return reader({ source: 'xlsx', path: file });
  },
};

async function reader(place: { source: 'csv' | 'xlsx'; path: string }): Promise<() => Promise<number>> {
  const { readRoster } = await import('../../src/roster/read-roster.ts');
  const lists = Object.entries(DEFAULT_HEADERS).map(([name, text]) => [name, [text]]);
  const columns = { ...NO_COLUMNS, ...Object.fromEntries(lists) };
  const settings = { ...place, dateFormat: 'iso' as const, columns };
  const signal = new AbortController().signal;
  const context = { pools: ['salable', 'zoom'], extraColumns: [], weeks: 5, clock: systemClock, signal };
  return async () => {
    const roster = await readRoster(settings, context);
    if (roster.problems.length > 0) throw new Error(JSON.stringify(roster.problems[0]));
    return roster.rowCount;
  };
}

const NO_COLUMNS = { email: [], name: [], cohort: [], startsOn: [], endsOn: [], pools: [], status: [] };

// In a process of its own: one measurement.
const [task = '', file = ''] = process.argv.slice(2);
const prepare = process.argv[1] === fileURLToPath(import.meta.url) ? TASKS[task] : undefined;
if (prepare !== undefined) {
  const work = await prepare(file);
  // The processor's time, all threads': the clock would tell of what else the machine does.
  const begin = process.cpuUsage();
  const rows = await work();
  const { user, system } = process.cpuUsage(begin);
  const ms = (user + system) / 1000;
  // What the system says was the most at any time (KiB).
  const mib = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ rows, ms, mib }));
}
