import { sheets, type sheets_v4 } from 'googleapis/build/src/apis/sheets/index.js';
import { z } from 'zod';
import type { GoogleSheetsRosterConfig } from '../../config/roster.ts';
import type { Clock } from '../dates.ts';
import { RosterError } from '../errors.ts';
import { type RetryContext, retry, type Sleep } from '../retry.ts';
import { openGoogleAccess } from './google-auth.ts';
import { type GoogleSubject, sheetsError, tokenError, wrongAnswer } from './google-errors.ts';
import { googleRetryPolicy } from './google-failure.ts';
import type { Merge, RawTable } from './table.ts';

export interface GoogleContext {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For tests: 0 to 1, how to wait between tries, and how long one may take (milliseconds). */
  readonly random?: () => number;
  readonly sleep?: Sleep;
  readonly attemptMs?: number;
}

/** No more than this is read (bytes); the same as for a file. */
const MAX_ANSWER = 50 * 1024 * 1024;

const REQUEST = { responseType: 'json', maxContentLength: MAX_ANSWER } as const;

const gridTab = z.object({
  properties: z.object({
    title: z.string(),
    index: z.number().default(0),
    sheetType: z.string().default('GRID'),
  }),
  merges: z
    .array(
      z.object({
        startRowIndex: z.number().default(0),
        // Absent where a merge reaches to the sheet's end.
        endRowIndex: z.number().default(Number.MAX_SAFE_INTEGER),
        startColumnIndex: z.number().default(0),
      }),
    )
    .default([]),
});

const spreadsheetAnswer = z.object({ sheets: z.array(gridTab).min(1) });

type Tab = z.infer<typeof gridTab>;

/** `values` is absent where all cells are blank; anything else that is absent means that this is no such answer. */
const valuesAnswer = z.object({
  valueRanges: z.tuple([
    z.object({
      range: z.string(),
      majorDimension: z.literal('ROWS'),
      values: z.array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))).default([]),
    }),
  ]),
});

/**
 * Reads one tab of a Google sheet, in two requests: which tabs and merged cells there are, then all cells unformatted.
 * Dates come as day numbers, so that neither the sheet's locale nor a cell's format can change them.
 *
 * A full quota is waited out for up to 150 s, anything else that may pass for up to 10 s.
 *
 * @throws RosterError, or the signal's reason.
 */
export async function readGoogleSheet(
  settings: GoogleSheetsRosterConfig,
  context: GoogleContext,
): Promise<RawTable> {
  const access = await openGoogleAccess(settings, context);
  const api = sheets({
    version: 'v4',
    auth: access.client,
    retry: false,
    ...(settings.apiRootUrl === undefined ? {} : { rootUrl: settings.apiRootUrl }),
  });
  const spreadsheet = `spreadsheet ${settings.spreadsheetId}`;
  const { account, credentials } = access;
  const subject = { location: spreadsheet, account, credentials, apiRootUrl: settings.apiRootUrl };
  const tries = { ...context, policy: googleRetryPolicy(context.clock) };

  await attempt(
    () => access.authorize(),
    tries,
    (thrown) => tokenError(thrown, subject, context.clock),
  );
  const tabs = await readTabs(api, settings.spreadsheetId, subject, tries);
  const tab = chooseTab(tabs, settings.sheet, spreadsheet);
  const location = `the tab "${tab.properties.title}" of ${spreadsheet}`;
  const { firstRow, values } = await readValues(
    api,
    settings.spreadsheetId,
    tab,
    { ...subject, location },
    tries,
  );
  return {
    rows: values.map((cells, at) => ({ row: firstRow + at, cells })),
    merges: tab.merges.map(mergeOf).filter((merge) => merge.lastRow > merge.firstRow),
    delimiter: null,
    location,
  };
}

async function readTabs(
  api: sheets_v4.Sheets,
  spreadsheetId: string,
  subject: GoogleSubject,
  tries: RetryContext,
): Promise<readonly Tab[]> {
  const fields = 'properties(title,locale,timeZone),sheets(properties(sheetId,title,index,sheetType),merges)';
  const ask = async () => {
    const { data } = await api.spreadsheets.get({ spreadsheetId, fields }, REQUEST);
    return parsed(spreadsheetAnswer, data, `the tabs of ${subject.location}`);
  };
  const { sheets: tabs } = await attempt(ask, tries, (thrown) => sheetsError(thrown, subject, tries.clock));
  return tabs.toSorted((a, b) => a.properties.index - b.properties.index);
}

async function readValues(
  api: sheets_v4.Sheets,
  spreadsheetId: string,
  tab: Tab,
  subject: GoogleSubject,
  tries: RetryContext,
) {
  const { title } = tab.properties;
  const request = {
    spreadsheetId,
    // Quoted always: a tab named Q4 or A1 would be read as a cell.
    ranges: [`'${title.replaceAll("'", "''")}'`],
    valueRenderOption: 'UNFORMATTED_VALUE',
    dateTimeRenderOption: 'SERIAL_NUMBER',
    majorDimension: 'ROWS',
  };
  const ask = async () => {
    const { data } = await api.spreadsheets.values.batchGet(request, REQUEST);
    const [answer] = parsed(valuesAnswer, data, subject.location).valueRanges;
    const range = parseRange(answer.range);
    if (range?.title !== title) throw wrongAnswer(data, subject.location);
    return { firstRow: range.firstRow, values: answer.values };
  };
  return attempt(ask, tries, (thrown) => sheetsError(thrown, subject, tries.clock));
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

function chooseTab(tabs: readonly Tab[], wanted: string | undefined, spreadsheet: string): Tab {
  const grids = tabs.filter((tab) => tab.properties.sheetType === 'GRID');
  const plain = (text: string) => text.trim().toLowerCase();
  const tab =
    wanted === undefined
      ? grids[0]
      : (grids.find((grid) => grid.properties.title === wanted) ??
        grids.find((grid) => plain(grid.properties.title) === plain(wanted)));
  if (tab) return tab;
  const titles = grids.map((grid) => `"${grid.properties.title}"`).join(', ') || 'none with cells';
  throw new RosterError(
    'not-found',
    wanted === undefined ? `${spreadsheet} has no tab with cells` : `${spreadsheet} has no tab "${wanted}"`,
    `Set roster.sheet to one of its tabs: ${titles}.`,
  );
}

/** The tab and the first row of a range in A1 notation, as `'O''Brien'!A1:Z1000`; null if it is none. */
export function parseRange(range: string): { title: string; firstRow: number } | null {
  const parts = /^(?:'((?:[^']|'')*)'|([^'!][^!]*))!\$?[A-Z]*\$?(\d*)(?::|$)/.exec(range);
  if (parts === null) return null;
  const title = parts[1]?.replaceAll("''", "'") ?? parts[2] ?? '';
  return { title, firstRow: Number(parts[3] || 1) };
}

function mergeOf(merge: Tab['merges'][number]): Merge {
  return { firstRow: merge.startRowIndex + 1, lastRow: merge.endRowIndex, column: merge.startColumnIndex };
}
