import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { CohortSyncError } from '../../errors.ts';
import type { ControlOperation } from '../stand-in.ts';
import { READ_SCOPES, type ServiceAccount, type ServiceAccountKey } from './service-account.ts';
import { type Cell, type RowsChange, rowsChange, type Workbook, workbookOptions } from './workbook.ts';

export const sheetsOptions = z.strictObject({
  /** Default: one, `sandbox-roster`, with the empty tab `Roster`. */
  spreadsheets: z.array(workbookOptions).min(1).prefault([{}]),
});
export type SheetsOptions = z.input<typeof sheetsOptions>;

export const sheetsReport = z.object({
  spreadsheets: z.array(workbookOptions),
  /** Access tokens granted by the token endpoint since the start. */
  tokensGranted: z.number(),
});
export type SheetsReport = Readonly<z.output<typeof sheetsReport>>;

/** Drives the Sheets stand-in from within the process; the control API offers the same below `/sandbox/sheets`. */
export interface SheetsControl {
  /** `GET /` */
  report(): SheetsReport;
  /** `PUT /`: replaces all spreadsheets. */
  reset(options: SheetsOptions): SheetsReport;
  /** `PUT /rows`: replaces the rows of a tab, header and all. */
  setRows(change: RowsChange): SheetsReport;
  /** The same for the first tab of the first spreadsheet. */
  setRows(rows: readonly (readonly Cell[])[]): SheetsReport;
  /** `PUT /shared`: shares a spreadsheet with the service account or stops it. Default: the first spreadsheet. */
  share(shared: boolean, spreadsheet?: string): SheetsReport;
  /** `GET /service-account`: the key file's content; its `token_uri` is the sandbox's. */
  serviceAccountKey(): ServiceAccountKey;
  /** Writes the key file, readable by its owner alone. */
  writeServiceAccountFile(path: string): Promise<void>;
  /** `POST /token`: an access token without the token endpoint, for curl. Default: scopes that may read. */
  issueToken(scope?: string): string;
  /** `DELETE /tokens`: no token that was granted is valid any more. */
  expireTokens(): void;
}

const sharedChange = z.strictObject({ shared: z.boolean(), spreadsheet: z.string().optional() });
const tokenRequest = z.strictObject({ scope: z.string().optional() });

interface Access {
  readonly account: ServiceAccount;
  tokenUri(): string;
  spreadsheets(): readonly Workbook[];
  replace(spreadsheets: Workbook[]): void;
}

export function makeSheetsControl({ account, tokenUri, spreadsheets, replace }: Access) {
  const report = (): SheetsReport => ({
    spreadsheets: structuredClone([...spreadsheets()]),
    tokensGranted: account.granted(),
  });
  const update = (id: string | undefined, change: (workbook: Workbook) => Workbook) => {
    const wanted = id ?? spreadsheets()[0]?.id;
    if (!spreadsheets().some((workbook) => workbook.id === wanted)) throw unknown(`spreadsheet ${wanted}`);
    replace(spreadsheets().map((workbook) => (workbook.id === wanted ? change(workbook) : workbook)));
    return report();
  };
  const methods: SheetsControl = {
    report,
    reset: (options) => {
      replace(sheetsOptions.parse(options).spreadsheets);
      return report();
    },
    setRows: (change: RowsChange | readonly (readonly Cell[])[]) => {
      const { spreadsheet, tab, rows } = rowsChange.parse(Array.isArray(change) ? { rows: change } : change);
      return update(spreadsheet, (workbook) => {
        const title = tab ?? workbook.tabs[0]?.title;
        if (!workbook.tabs.some((other) => other.title === title)) throw unknown(`tab ${title}`);
        return {
          ...workbook,
          tabs: workbook.tabs.map((other) => (other.title === title ? { ...other, rows } : other)),
        };
      });
    },
    share: (shared, spreadsheet) => update(spreadsheet, (workbook) => ({ ...workbook, shared })),
    serviceAccountKey: () => account.key(tokenUri()),
    writeServiceAccountFile: (path) =>
      writeFile(path, `${JSON.stringify(account.key(tokenUri()), null, 2)}\n`, { mode: 0o600 }),
    issueToken: (scope) => account.issue(scope ?? READ_SCOPES.join(' ')),
    expireTokens: () => account.expireAll(),
  };
  const operations: Record<string, ControlOperation> = {
    'GET /': methods.report,
    'PUT /': (input) => methods.reset(sheetsOptions.parse(input)),
    'PUT /rows': (input) => methods.setRows(rowsChange.parse(input)),
    'PUT /shared': (input) => {
      const { shared, spreadsheet } = sharedChange.parse(input);
      return methods.share(shared, spreadsheet);
    },
    'GET /service-account': methods.serviceAccountKey,
    'POST /token': (input) => ({ access_token: methods.issueToken(tokenRequest.parse(input ?? {}).scope) }),
    'DELETE /tokens': methods.expireTokens,
  };
  return { methods, operations };
}

function unknown(what: string): CohortSyncError {
  return new CohortSyncError(`the sandbox has no ${what}`, 'Look at GET /sandbox/sheets.');
}
