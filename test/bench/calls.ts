import path from 'node:path';
import type { Cell } from '../../src/sandbox/sheets/workbook.ts';
import { openWorkspace, type Workspace } from '../cli/workspace.ts';

/** Requests that one run made, by what they were for. */
export interface Calls {
  readonly salableReads: number;
  readonly salableWrites: number;
  readonly eventPolls: number;
  readonly sheet: number;
  readonly token: number;
}

/** A Google sheet with two cohorts of a hundred people, of whom some change, and a pool with a seat for each. */
export async function openSchool(): Promise<Workspace> {
  const workspace = await openWorkspace({
    pools: [{ id: 'teaching', seats: 40 }],
    rosterSettings: ({ url }) =>
      `roster: { source: google-sheets, spreadsheetId: sandbox-roster, credentials: key.json, apiRootUrl: "${url}" }`,
    settings: 'guardrails: { seatIncrease: 100, seatsPerDay: 200 }',
  });
  await workspace.sandbox.sheets.writeServiceAccountFile(path.join(workspace.folder, 'key.json'));
  const teaching = (first: number, count: number, cohort: string, startsOn: string): Cell[][] =>
    Array.from({ length: count }, (_, index) => {
      const name = `p${first + index}`;
      return [`${name}@example.org`, name, cohort, { date: startsOn }];
    });
  workspace.sandbox.sheets.setRows([
    ['Email', 'Instructor', 'Cohort', 'Start date'],
    ...teaching(0, 40, 'first', '2026-09-07'),
    ...teaching(40, 60, 'second', '2026-10-19'),
  ]);
  return workspace;
}

/** The day before the change, the day of the change of 100 people (40 leave, 60 come), and the day after. */
export const DAYS = { before: '2026-09-07', change: '2026-10-17', after: '2026-10-18' } as const;

/** Runs a sync and counts what it asked for. */
export async function countCalls({ run, sandbox }: Workspace, at: string): Promise<Calls> {
  sandbox.clearLog();
  const { code, stdout } = await run('sync', '--wait', '--at', at);
  if (code !== 0) throw new Error(`the sync ended with ${code}:\n${stdout}`);
  const requests = sandbox.requests();
  const count = (matches: (request: (typeof requests)[number]) => boolean) => requests.filter(matches).length;
  return {
    salableReads: count(
      ({ provider, method, path: asked }) =>
        provider === 'salable' && method === 'GET' && !asked.startsWith('/events/'),
    ),
    salableWrites: count(({ provider, method }) => provider === 'salable' && method !== 'GET'),
    eventPolls: count(({ path: asked }) => asked.startsWith('/events/')),
    sheet: count(({ path: asked }) => asked.startsWith('/v4/')),
    token: count(({ path: asked }) => asked === '/token'),
  };
}
