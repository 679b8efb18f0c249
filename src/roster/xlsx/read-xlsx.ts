import type { XlsxRosterConfig } from '../../../config/roster.ts';
import { readBytes } from '../read-bytes.ts';
import { type KeptTable, keptTable, locationOf, type RawRoster } from '../table.ts';
import { type ChosenTab, chooseTabs } from '../tabs.ts';
import { foreignFile } from './faults.ts';
import { partsOf } from './parts.ts';
import { DAYS_TO_1904, readSheet } from './sheet.ts';
import { readStrings, readWorkbook } from './workbook.ts';
import { openZip } from './zip.ts';

export type XlsxSettings = Pick<XlsxRosterConfig, 'path' | 'sheet' | 'sheets' | 'cohortsSheet'>;

/**
 * Reads the tabs of a workbook that make the roster; no other tab is unpacked.
 *
 * It is read by hand, from zlib and an XML parser: a library that reads whole workbooks (read-excel-file 9.3, measured)
 * refuses all of one for one bad cell or for a missing styles part, says nothing of merged cells and of numbers that show
 * as dates, and unpacks what it is given without an end.
 *
 * @throws RosterError `not-found`, `denied`, `unreadable` or `unavailable` (being written), or the signal's reason.
 */
export async function readXlsxFile(settings: XlsxSettings, signal: AbortSignal): Promise<RawRoster> {
  return parseXlsx(await readBytes(settings.path, signal), settings, signal);
}

/** The tables in the bytes of an XLSX file. */
export async function parseXlsx(
  bytes: Buffer,
  settings: XlsxSettings,
  signal: AbortSignal,
): Promise<RawRoster> {
  const foreign = foreignFile(settings.path, bytes);
  if (foreign !== null) throw foreign;
  const parts = partsOf(openZip(bytes, settings.path));
  const workbook = await readWorkbook(parts, signal);
  const names = workbook.tabs.map(({ name }) => name);
  const chosen = chooseTabs(names, [], settings, settings.path);
  const strings = await readStrings(parts, workbook.strings, signal);

  const read = async ({ name, cohort }: ChosenTab, label: string | null): Promise<KeptTable> => {
    const tab = workbook.tabs.find((one) => one.name === name);
    const cells = tab && (await readSheet(parts, tab, workbook, strings, signal));
    return keptTable(cells?.rows ?? [], {
      merges: cells?.merges ?? [],
      location: `the tab "${name}" of ${settings.path}`,
      tab: label,
      cohort,
      serialOffset: workbook.since1904 ? DAYS_TO_1904 : 0,
    });
  };
  const tables: KeptTable[] = [];
  const several = settings.sheets !== undefined;
  for (const tab of chosen.tabs) tables.push(await read(tab, several ? tab.name : null));
  const { cohorts } = chosen;
  return {
    tables,
    cohorts: cohorts === null ? null : await read({ name: cohorts, cohort: null }, cohorts),
    location: locationOf(tables, settings.path),
  };
}
