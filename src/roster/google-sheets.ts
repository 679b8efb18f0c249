import { sheets, type sheets_v4 } from 'googleapis/build/src/apis/sheets/index.js';
import { z } from 'zod';
import type { GoogleSheetsRosterConfig } from '../../config/roster.ts';
import type { Clock } from '../dates.ts';
import type { RosterError } from '../errors.ts';
import { type RetryContext, retry, type Sleep } from '../retry.ts';
import { openGoogleAccess } from './google-auth.ts';
import {
  askedCells,
  DETAIL_FIELDS,
  detailAnswer,
  detailRanges,
  doubtfulCells,
  withDetails,
} from './google-details.ts';
import { type GoogleSubject, sheetsError, tokenError, wrongAnswer } from './google-errors.ts';
import { googleRetryPolicy } from './google-failure.ts';
import {
  METADATA_FIELDS,
  type Place,
  parseRange,
  placesOf,
  quoted,
  type Spreadsheet,
  spreadsheetAnswer,
} from './google-metadata.ts';
import { type AskedCell, answerHash, noSheetMemory, type SheetMemory } from './sheet-memory.ts';
import { type Cell, type KeptTable, keptTable, locationOf, type RawRoster } from './table.ts';
import { chooseTabs } from './tabs.ts';
import { cohortColumns, type ExpectedColumns, tableColumns } from './wanted-columns.ts';

export interface GoogleContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where an unchanged sheet is recognized from one reading to the next. */
  readonly memory?: SheetMemory | undefined;
  /** For tests: 0 to 1, how to wait between tries, and how long one may take (milliseconds). */
  readonly random?: () => number;
  readonly sleep?: Sleep;
  readonly attemptMs?: number;
}

/** Where the cells are; what they mean is for those who read the tables. */
export type GoogleSheetsSettings = Pick<
  GoogleSheetsRosterConfig,
  'spreadsheetId' | 'sheet' | 'sheets' | 'cohortsSheet' | 'credentials' | 'apiRootUrl'
>;

/** No more than this is read (bytes); the same as for a file. */
const MAX_ANSWER = 50 * 1024 * 1024;

const REQUEST = { responseType: 'json', maxContentLength: MAX_ANSWER } as const;

/** `values` is absent where all cells are blank; anything else that is absent means that this is no such answer. */
const valuesAnswer = z.object({
  valueRanges: z
    .array(
      z.object({
        range: z.string(),
        majorDimension: z.literal('ROWS'),
        values: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))).default([]),
      }),
    )
    .min(1),
});

/** What every request of one reading needs. */
interface Reading {
  readonly api: sheets_v4.Sheets;
  readonly spreadsheetId: string;
  readonly subject: GoogleSubject;
  readonly tries: RetryContext;
}

/** A table of the roster and where it is. */
interface Wanted {
  readonly place: Place;
  readonly tab: string | null;
  readonly cohort: string | null;
  readonly expected: ExpectedColumns;
}

/**
 * Reads the tabs of a Google sheet that make the roster, in two requests: what the spreadsheet consists of, then all cells
 * unformatted. Dates come as day numbers, so that neither the sheet's locale nor a cell's format can change them. A third
 * request, for some columns only, is made where values alone don't tell (people chips, a cohort that the sheet has turned
 * into a date), and not again while both answers stay the same, as far as `memory` reaches. It can't be part of the first
 * one: which columns it is for is known by their header only, and without a range the API answers with every cell of every
 * tab.
 *
 * A full quota is waited out for up to 150 s, anything else that may pass for up to 10 s.
 *
 * @throws RosterError, or the signal's reason.
 */
export async function readGoogleSheet(
  settings: GoogleSheetsSettings,
  expected: ExpectedColumns,
  context: GoogleContext,
): Promise<RawRoster> {
  const reading = await openReading(settings, context);
  const book = `spreadsheet ${settings.spreadsheetId}`;
  const metadata = await readMetadata(reading);
  const wanted = choosePlaces(placesOf(metadata), settings, expected, book);
  const answers = await readValues(reading, wanted, book);
  const tables = answers.map((answer, at) => tableOf(answer, wanted[at], book));
  const memory = context.memory ?? noSheetMemory;
  const detailed = await lookCloser(reading, wanted, tables, memory, (ranges) =>
    answerHash(settings.spreadsheetId, metadata, answers, ranges),
  );
  const [first, ...more] = detailed;
  const cohorts = settings.cohortsSheet === undefined ? null : (first ?? null);
  const rest = cohorts === null ? detailed : more;
  return { tables: rest, cohorts, location: locationOf(rest, book) };
}

async function openReading(settings: GoogleSheetsSettings, context: GoogleContext): Promise<Reading> {
  const access = await openGoogleAccess(settings, context);
  const api = sheets({
    version: 'v4',
    auth: access.client,
    retry: false,
    ...(settings.apiRootUrl === undefined ? {} : { rootUrl: settings.apiRootUrl }),
  });
  const { account, credentials } = access;
  const location = `spreadsheet ${settings.spreadsheetId}`;
  const subject = { location, account, credentials, apiRootUrl: settings.apiRootUrl };
  const tries = { ...context, policy: googleRetryPolicy(context.clock) };
  await attempt(
    () => access.authorize(),
    tries,
    (thrown) => tokenError(thrown, subject, context.clock),
  );
  return { api, spreadsheetId: settings.spreadsheetId, subject, tries };
}

function readMetadata({ api, spreadsheetId, subject, tries }: Reading): Promise<Spreadsheet> {
  const ask = async () => {
    const request = { spreadsheetId, fields: METADATA_FIELDS, prettyPrint: false };
    const { data } = await api.spreadsheets.get(request, REQUEST);
    return parsed(spreadsheetAnswer, data, `the tabs of ${subject.location}`);
  };
  return attempt(ask, tries, (thrown) => sheetsError(thrown, subject, tries.clock));
}

/** What to read, the tab with the cohorts' dates first. */
function choosePlaces(
  places: readonly Place[],
  settings: GoogleSheetsSettings,
  expected: ExpectedColumns,
  book: string,
): Wanted[] {
  const names = (tab: boolean) =>
    places.filter(({ kind }) => (kind === 'tab') === tab).map(({ name }) => name);
  const { tabs, cohorts } = chooseTabs(names(true), names(false), settings, book);
  const dates = cohorts === null ? null : cohorts;
  const several = settings.sheets !== undefined;
  const all = [
    ...(dates === null ? [] : [{ name: dates, cohort: null, tab: dates, expected: cohortColumns(expected) }]),
    ...tabs.map(({ name, cohort }) => ({
      name,
      cohort,
      tab: several ? name : null,
      expected: tableColumns(expected, { cohort, dates: dates !== null }),
    })),
  ];
  return all.flatMap(({ name, ...rest }) => {
    const place = places.find((one) => one.name === name);
    return place === undefined ? [] : { place, ...rest };
  });
}

interface Values {
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly values: readonly (readonly Cell[])[];
}

async function readValues(
  { api, spreadsheetId, subject, tries }: Reading,
  wanted: readonly Wanted[],
  book: string,
): Promise<Values[]> {
  const [only, ...more] = wanted.map(({ place }) => locationOfPlace(place, book));
  const location = more.length === 0 ? (only ?? book) : book;
  const request = {
    spreadsheetId,
    ranges: wanted.map(({ place }) => place.range),
    valueRenderOption: 'UNFORMATTED_VALUE',
    dateTimeRenderOption: 'SERIAL_NUMBER',
    majorDimension: 'ROWS',
    prettyPrint: false,
  };
  const ask = async () => {
    const { data } = await api.spreadsheets.values.batchGet(request, REQUEST);
    const { valueRanges } = parsed(valuesAnswer, data, location);
    if (valueRanges.length !== wanted.length) throw wrongAnswer(data, location);
    return valueRanges.map(({ range, values }, at) => {
      const start = parseRange(range);
      if (start?.title !== wanted[at]?.place.title) throw wrongAnswer(data, location);
      return { firstRow: start?.firstRow ?? 1, firstColumn: start?.firstColumn ?? 0, values };
    });
  };
  return attempt(ask, tries, (thrown) => sheetsError(thrown, { ...subject, location }, tries.clock));
}

function tableOf(
  { firstRow, firstColumn, values }: Values,
  wanted: Wanted | undefined,
  book: string,
): KeptTable {
  // So that a column's number is the sheet's own, wherever the range begins.
  const before = Array.from<Cell>({ length: firstColumn }).fill(null);
  const rows = values.map((cells, at) => ({
    row: firstRow + at,
    cells: firstColumn === 0 ? cells : [...before, ...cells],
  }));
  return keptTable(rows, {
    merges: wanted?.place.merges ?? [],
    location: wanted === undefined ? book : locationOfPlace(wanted.place, book),
    tab: wanted?.tab ?? null,
    cohort: wanted?.cohort ?? null,
    serialOffset: 0,
  });
}

function locationOfPlace({ kind, name }: Place, book: string): string {
  return `the ${kind} "${name}" of ${book}`;
}

/** The tables with their doubtful cells as they show, from memory where nothing has changed since. */
async function lookCloser(
  { api, spreadsheetId, subject, tries }: Reading,
  wanted: readonly Wanted[],
  tables: readonly KeptTable[],
  memory: SheetMemory,
  hashOf: (ranges: readonly string[]) => string,
): Promise<readonly KeptTable[]> {
  const doubtful = tables.map((table, at) => {
    const { expected } = wanted[at] ?? {};
    return expected === undefined ? [] : doubtfulCells(table, expected);
  });
  const titles = wanted.map(({ place }) => place.title);
  const ranges = doubtful.flatMap((cells, at) => detailRanges(quoted(titles[at] ?? ''), cells));
  if (ranges.length === 0) return tables;
  const ask = async () => {
    const request = { spreadsheetId, ranges, fields: DETAIL_FIELDS, prettyPrint: false };
    const { data } = await api.spreadsheets.get(request, REQUEST);
    return parsed(detailAnswer, data, subject.location);
  };
  const askAndKeep = async (): Promise<AskedCell[]> => {
    const answer = await attempt(ask, tries, (thrown) => sheetsError(thrown, subject, tries.clock));
    const cells = tables.flatMap(({ rows }, table) =>
      askedCells(table, rows, titles[table] ?? '', doubtful[table] ?? [], answer),
    );
    await memory.keep(hash, cells);
    return cells;
  };
  const hash = hashOf(ranges);
  return withDetails(tables, (await memory.recall(hash)) ?? (await askAndKeep()));
}

/** Tries until it works or isn't worth it; then says why in a RosterError. An abort stays an abort. */
async function attempt<T>(
  task: () => Promise<T>,
  tries: RetryContext,
  explain: (thrown: unknown) => RosterError,
): Promise<T> {
  try {
    return await retry(task, tries);
  } catch (thrown) {
    tries.signal.throwIfAborted();
    throw explain(thrown);
  }
}

/**
 * The client resolves with a string where a successful answer isn't JSON: a login page, or an answer cut short. So the
 * type it promises is not believed.
 */
function parsed<T>(schema: z.ZodType<T>, data: unknown, asked: string): T {
  const answer = schema.safeParse(data);
  if (answer.success) return answer.data;
  throw wrongAnswer(data, asked);
}
