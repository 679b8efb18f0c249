import { z } from 'zod';
import { DEFAULT_HEADERS } from '../src/roster/wanted-columns.ts';
import { baseUrl, headers, settings, text } from './fields.ts';

const columns = settings({
  email: headers.prefault([DEFAULT_HEADERS.email]),
  name: headers.prefault([DEFAULT_HEADERS.name]),
  cohort: headers.prefault([DEFAULT_HEADERS.cohort]),
  startsOn: headers.prefault([DEFAULT_HEADERS.startsOn]),
  endsOn: headers
    .default([DEFAULT_HEADERS.endsOn])
    .describe('Optional column: the last day; first day + weeks if absent'),
  pools: headers
    .prefault([DEFAULT_HEADERS.pools])
    .describe('Optional column: pool ids; every pool if absent or blank'),
  status: headers
    .prefault([DEFAULT_HEADERS.status])
    .describe('Optional column: canceled or withdrawn entitles to nothing'),
})
  .superRefine((value, context) => {
    const owners = new Map<string, string>();
    for (const [column, texts] of Object.entries(value)) {
      for (const header of texts) {
        const owner = owners.get(header.toLowerCase());
        if (owner !== undefined && owner !== column) {
          const message = `the header ${JSON.stringify(header)} is given for ${owner} too; a column has one meaning`;
          context.addIssue({ code: 'custom', path: [column], message });
        }
        owners.set(header.toLowerCase(), column);
      }
    }
  })
  .prefault({});

const common = {
  dateFormat: z.enum(['iso', 'dmy', 'mdy']).default('iso').describe('How text dates are written'),
  columns: columns.describe(
    "Header texts; case and surrounding space don't matter; a list gives alternatives",
  ),
};

const tabs = {
  sheet: text
    .optional()
    .describe(
      'The name of the tab, for Google Sheets also of a table or named range; the first tab if absent',
    ),
  sheets: text
    .refine((pattern) => /^[^*]*\*[^*]*$/.test(pattern) && pattern.trim() !== '*', {
      error: 'expected the names of the tabs with one * in them, which stands for the cohort, as "Cohort *"',
    })
    .optional()
    .describe('One tab a cohort: their names, with * for the cohort id; in place of sheet'),
  cohortsSheet: text
    .optional()
    .describe("The tab with the cohorts' dates, for rows that give none themselves"),
};

const googleSheets = settings({
  ...common,
  ...tabs,
  source: z.literal('google-sheets'),
  spreadsheetId: text.describe('The part of its URL between /d/ and /edit'),
  credentials: text.optional().describe('Key file; Application Default Credentials if absent'),
  apiRootUrl: baseUrl
    .transform((url) => `${url}/`)
    .optional()
    .describe("Only for a proxy or a stand-in; then the key file's token_uri is honored too"),
});

const csv = settings({
  ...common,
  source: z.literal('csv'),
  path: text.describe("The file, seen from the configuration's folder"),
});

const xlsx = settings({
  ...common,
  source: z.literal('xlsx'),
  ...tabs,
  path: text.describe("The file, seen from the configuration's folder"),
});

export const rosterSchema = z.discriminatedUnion('source', [googleSheets, csv, xlsx], {
  error: ({ code }) => (code === 'invalid_union' ? 'expected google-sheets, csv or xlsx' : undefined),
});

/** Where the roster is and how to read it, told apart by `source`. Paths are absolute once loaded. */
export type RosterConfig = z.infer<typeof rosterSchema>;

/** The settings that say where the roster is. Two texts that differ are two rosters. */
export function placeOfRoster(roster: RosterConfig): string {
  const tabs = roster.source === 'csv' ? [] : [roster.sheet ?? null, roster.sheets ?? null];
  const place =
    roster.source === 'google-sheets' ? [roster.spreadsheetId, roster.apiRootUrl ?? null] : [roster.path];
  return JSON.stringify([roster.source, ...place, ...tabs]);
}

export type GoogleSheetsRosterConfig = z.infer<typeof googleSheets>;
export type CsvRosterConfig = z.infer<typeof csv>;
export type XlsxRosterConfig = z.infer<typeof xlsx>;
export type ColumnsConfig = z.infer<typeof columns>;
