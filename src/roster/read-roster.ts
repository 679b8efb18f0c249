import type { RosterConfig } from '../../config/roster.ts';
import { type Clock, toInstant } from '../dates.ts';
import { RosterError } from '../errors.ts';
import type { Sleep } from '../retry.ts';
import { readCsvFile } from './csv.ts';
import type { SheetMemory } from './sheet-memory.ts';
import type { RawRoster, RawTable } from './table.ts';
import type { Roster } from './types.ts';
import { validateRoster } from './validate.ts';
import type { ExpectedColumns } from './wanted-columns.ts';

/** The `roster:` section of the configuration. Paths are absolute. */
export type RosterSettings = RosterConfig;

export interface RosterContext {
  /** The ids of all pools, as the configuration writes them. */
  readonly pools: readonly string[];
  /** The headers that pools' `grantee` settings name; each has to be there. */
  readonly extraColumns: readonly string[];
  /** The length of a cohort whose last day the sheet doesn't give. */
  readonly weeks: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** By which an unchanged Google sheet is recognized from one reading to the next. Default: nothing is remembered. */
  readonly memory?: SheetMemory | undefined;
  /** For tests: 0 to 1, how to wait between tries, and how long one may take (milliseconds). */
  readonly random?: () => number;
  readonly sleep?: Sleep;
  readonly attemptMs?: number;
}

/**
 * Reads the roster once: the rows to act on, and everything that could not be read.
 *
 * A row at fault is reported and left out; the others stand. Whatever goes wrong with the roster as a whole is thrown:
 * a failed, cut or wrongly shaped reading is never an empty roster. A table with a good header and no rows is one, and
 * what to make of it is the caller's to judge.
 *
 * @throws RosterError, and nothing else. After an abort it is `unavailable`.
 */
export async function readRoster(settings: RosterSettings, context: RosterContext): Promise<Roster> {
  const readAt = toInstant(context.clock.now());
  const expected = { columns: settings.columns, extraColumns: [...new Set(context.extraColumns)] };
  try {
    context.signal.throwIfAborted();
    const raw = await readSource(settings, expected, context);
    const rules = { dateFormat: settings.dateFormat, weeks: context.weeks, pools: context.pools };
    return { ...validateRoster(raw, expected, rules), location: raw.location, readAt };
  } catch (thrown) {
    if (thrown instanceof RosterError) throw thrown;
    if (context.signal.aborted) throw stopped();
    throw unexpected(thrown);
  }
}

async function readSource(
  settings: RosterSettings,
  expected: ExpectedColumns,
  context: RosterContext,
): Promise<RawRoster> {
  switch (settings.source) {
    case 'csv':
      return alone(await readCsvFile(settings.path, expected, context.signal));
    case 'google-sheets': {
      // Loaded when needed: the client library costs 0.1 s and 25 MiB at every start.
      const { readGoogleSheet } = await import('./google-sheets.ts');
      return readGoogleSheet(settings, expected, context);
    }
    case 'xlsx': {
      const { readXlsxFile } = await import('./xlsx/read-xlsx.ts');
      return readXlsxFile(settings, context.signal);
    }
  }
}

function alone(table: RawTable): RawRoster {
  return { tables: [table], cohorts: null, location: table.location };
}

function stopped(): RosterError {
  return new RosterError(
    'unavailable',
    'reading the roster was stopped',
    'It is read again at the next run.',
  );
}

/** Only the kind of error is named, since its message may quote what was read. */
function unexpected(thrown: unknown): RosterError {
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new RosterError(
    'unreadable',
    `the roster could not be read: something went wrong that nobody foresaw (${kind})`,
    'This is a defect of cohort-sync: report it with the log of this run.',
    // Failures of requests never come here: they hold the request, and are explained without it where they arise.
    { cause: thrown },
  );
}
