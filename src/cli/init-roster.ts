import { existsSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../dates.ts';
import { RosterError, UsageError } from '../errors.ts';
import { readCsvFile } from '../roster/csv.ts';
import { type Recognized, recognizedIn, recognizeRoster, USUAL_HEADERS } from '../roster/recognize.ts';
import type { RawTable } from '../roster/table.ts';
import type { InitOptions } from './init.ts';
import type { RosterPlace } from './init-config.ts';
import { SANDBOX_URL } from './init-pool.ts';
import type { CommandIo } from './io.ts';

/** The roster that is written where none is named. */
export const SAMPLE = 'roster.csv';

const KEY_FILE = 'service-account.json';

/**
 * Where the roster is, as the options say it. Paths are seen from the configuration's folder.
 * @throws UsageError, RosterError
 */
export function placeOfRoster({ cwd }: CommandIo, options: InitOptions, folder: string): RosterPlace {
  const { roster, spreadsheet, credentials, sandbox } = options;
  if (roster !== undefined && spreadsheet !== undefined) {
    throw new UsageError(
      '--roster and --spreadsheet are both given',
      'There is one roster: name one of them.',
    );
  }
  const fromFolder = (option: '--roster' | '--credentials', named: string) => {
    const file = path.resolve(cwd, named);
    if (existsSync(file)) return path.relative(folder, file);
    throw new RosterError('not-found', `${file} does not exist; nothing was written`, `Correct ${option}.`);
  };
  if (spreadsheet !== undefined) {
    const found = existsSync(path.join(folder, KEY_FILE)) ? KEY_FILE : null;
    const url = sandbox === true ? SANDBOX_URL : sandbox;
    return {
      source: 'google-sheets',
      // As it is copied from the browser.
      spreadsheetId: /\/d\/([\w-]+)/.exec(spreadsheet)?.[1] ?? spreadsheet,
      credentials: credentials === undefined ? found : fromFolder('--credentials', credentials),
      apiRootUrl: url === undefined ? null : `${url.replace(/\/$/, '')}/`,
    };
  }
  if (roster === undefined) return { source: 'csv', path: SAMPLE };
  return { source: /\.xls[xm]$/i.test(roster) ? 'xlsx' : 'csv', path: fromFolder('--roster', roster) };
}

/** Reads the roster, all its tabs, and judges by them. @throws RosterError */
export async function recognize(
  place: RosterPlace,
  folder: string,
  signal: AbortSignal,
): Promise<Recognized> {
  return recognizeRoster(await readTables(place, folder, signal));
}

/** Every name fits: each tab is looked at. */
const ALL_TABS = '*';

async function readTables(
  place: RosterPlace,
  folder: string,
  signal: AbortSignal,
): Promise<readonly RawTable[]> {
  const expected = { columns: USUAL_HEADERS, extraColumns: [] };
  switch (place.source) {
    case 'csv':
      return [await readCsvFile(path.resolve(folder, place.path), expected, signal, recognizedIn)];
    case 'xlsx': {
      const { readXlsxFile } = await import('../roster/xlsx/read-xlsx.ts');
      const settings = { path: path.resolve(folder, place.path), sheets: ALL_TABS };
      return (await readXlsxFile(settings, signal)).tables;
    }
    case 'google-sheets': {
      const { readGoogleSheet } = await import('../roster/google-sheets.ts');
      const { spreadsheetId, credentials, apiRootUrl } = place;
      const settings = {
        spreadsheetId,
        sheets: ALL_TABS,
        ...(credentials === null ? {} : { credentials: path.resolve(folder, credentials) }),
        ...(apiRootUrl === null ? {} : { apiRootUrl }),
      };
      return (await readGoogleSheet(settings, expected, { clock: systemClock, signal })).tables;
    }
  }
}
