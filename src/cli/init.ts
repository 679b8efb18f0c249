import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CONFIG_FILE } from '../../config/load.ts';
import { dateIn, systemClock } from '../dates.ts';
import { CohortSyncError, EXIT, messageOf, UsageError } from '../errors.ts';
import { type Recognized, USUAL_HEADERS } from '../roster/recognize.ts';
import { type ColumnName, DEFAULT_HEADERS } from '../roster/wanted-columns.ts';
import { orDocument } from './failure.ts';
import { initialConfig } from './init-config.ts';
import { placeOfPool } from './init-pool.ts';
import { placeOfRoster, recognize, SAMPLE } from './init-roster.ts';
import { sampleRoster } from './init-sample.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';
import { print, printJson } from './terminal.ts';

export interface InitOptions extends CommonOptions {
  /** A roster that there is already: a CSV or XLSX file, or a Google spreadsheet's id or address. */
  readonly roster?: string;
  readonly spreadsheet?: string;
  readonly credentials?: string;
  /** The sandbox's URL, or true for its usual one. */
  readonly sandbox?: string | true;
  readonly timeZone?: string;
}

/** What `init --json` prints. */
interface InitDocument {
  readonly config: string;
  /** The roster that it names; for a Google sheet the spreadsheet's id. */
  readonly roster: string;
  /** By column, the header that was recognized. */
  readonly columns: Readonly<Partial<Record<ColumnName, string>>>;
  readonly unrecognized: readonly ColumnName[];
  readonly headers: readonly string[];
  readonly next: readonly string[];
}

/**
 * `cohort-sync init`: writes a commented configuration and, where no roster is named, a sample roster. Asks nothing, and
 * overwrites nothing.
 */
export async function init(io: CommandIo, options: InitOptions): Promise<number> {
  const nothing = { config: null, roster: null, columns: {}, unrecognized: [], headers: [], next: [] };
  return orDocument(
    io,
    options,
    () => nothing,
    async () => {
      const document = await writeFirstFiles(io, options);
      if (options.json) await printJson(io.terminal.out, document);
      else print(io.terminal.out, described(document));
      return EXIT.ok;
    },
  );
}

async function writeFirstFiles(io: CommandIo, options: InitOptions): Promise<InitDocument> {
  const file = path.resolve(io.cwd, options.config ?? CONFIG_FILE);
  const folder = path.dirname(file);
  const place = placeOfRoster(io, options, folder);
  const isSample = options.roster === undefined && options.spreadsheet === undefined;
  for (const each of isSample ? [file, path.join(folder, SAMPLE)] : [file]) refuseIfThere(each);

  const timeZone = options.timeZone ?? io.terminal.env.TZ ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const pool = await placeOfPool(io, options.sandbox);
  const recognized = isSample ? null : await recognize(place, folder, io.signal);
  await write(file, initialConfig({ timeZone: knownZone(timeZone), roster: place, recognized, pool }));
  if (isSample)
    await write(path.join(folder, SAMPLE), sampleRoster(dateIn(systemClock.now(), knownZone(timeZone))));

  const named = options.config === undefined ? '' : ` --config ${options.config}`;
  const columns = recognized?.columns ?? DEFAULT_HEADERS;
  const names = Object.keys(USUAL_HEADERS).filter((name): name is ColumnName => name in columns);
  const found = names.flatMap((name) => (columns[name] === null ? [] : [[name, columns[name]] as const]));
  return {
    config: file,
    roster: place.source === 'google-sheets' ? place.spreadsheetId : path.resolve(folder, place.path),
    columns: Object.fromEntries(found),
    unrecognized: names.filter((name) => columns[name] === null),
    headers: recognized?.headers ?? Object.values(DEFAULT_HEADERS),
    next: [
      ...doubts(recognized),
      ...pool.next,
      `Look at it all with: cohort-sync check${named}`,
      `Then: cohort-sync plan${named}`,
    ],
  };
}

function doubts(recognized: Recognized | null): string[] {
  if (recognized === null) return [];
  const { columns, dateDoubt } = recognized;
  const missing = (['email', 'startsOn'] as const).filter((name) => columns[name] === null);
  return [
    ...missing.map(
      (name) => `Put the header of the column with ${NEEDED[name]} into roster.columns.${name}.`,
    ),
    ...(dateDoubt === null ? [] : [`Set roster.dateFormat: ${dateDoubt}.`]),
  ];
}

const NEEDED = { email: 'the email addresses', startsOn: 'the first days' };

function refuseIfThere(file: string): void {
  if (existsSync(file)) throw alreadyThere(file);
}

function alreadyThere(file: string): CohortSyncError {
  return new CohortSyncError(
    `${file} exists already; nothing was written`,
    'Move it away, or work in an empty folder. --config names another file for the configuration.',
  );
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw alreadyThere(file);
    throw new CohortSyncError(
      `${file} could not be written: ${messageOf(cause)}`,
      'Work in a folder of your own.',
    );
  }
}

/** A machine's zone may be one that is no place, as `:/etc/localtime`. */
function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw new UsageError(`there is no time zone ${timeZone}`, 'Name one as --time-zone America/New_York.');
  }
}

function described({ config, roster, columns, unrecognized, headers, next }: InitDocument): string {
  const found = Object.entries(columns).map(([name, text]) => `${name}: "${text}"`);
  const lost =
    unrecognized.length === 0
      ? []
      : [
          `  not recognized: ${unrecognized.join(', ')}`,
          `  its header reads: ${headers.map((text) => `"${text}"`).join(', ') || 'nothing'}`,
        ];
  return [
    `Wrote ${config}.`,
    `The roster is ${roster}; its columns are`,
    ...found.map((line) => `  ${line}`),
    ...lost,
    '',
    ...next,
  ].join('\n');
}
