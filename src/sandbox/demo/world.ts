import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SANDBOX_API_KEY } from '../salable/options.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { SANDBOX_SECUREMAILMERGE } from '../securemailmerge/options.ts';
import { SANDBOX_ZOOM } from '../zoom/options.ts';
import { ADOPTED, addressOf, OWNER, type PoolId, ROSTER, SEATS_AT_FIRST, ZOOM_USERS } from './scene.ts';

/** The list that is adopted, in the demo's folder. */
export const LICENSE_LIST = 'licenses.csv';

/** The stand-ins, with what is there before the first day. */
export function startWorld(): Promise<Sandbox> {
  const basic = ZOOM_USERS.map((name) => ({ email: addressOf(name) }));
  return startSandbox({
    salable: { subscriptions: [{ seats: SEATS_AT_FIRST.salable, assigned: [OWNER] }] },
    zoom: { plan: { hosts: SEATS_AT_FIRST.zoom }, users: [{ email: OWNER, type: 2 }, ...basic] },
    secureMailMerge: {
      subscriptions: [{ licenses: SEATS_AT_FIRST['mail-merge'], assigned: [...ADOPTED] }],
    },
    sheets: { spreadsheets: [{ tabs: [{ title: 'Roster', rows: ROSTER.map((row) => [...row]) }] }] },
  });
}

/** Writes what a user would have: the configuration, the key file for the sheet, and the list of licenses. */
export async function writeSettings(folder: string, sandbox: Sandbox): Promise<void> {
  await sandbox.sheets.writeServiceAccountFile(path.join(folder, 'service-account.json'));
  await writeFile(path.join(folder, LICENSE_LIST), ['Email', ...ADOPTED, ''].join('\n'));
  const subscription = sandbox.salable.report().subscriptions[0]?.uuid;
  const settings = `timeZone: America/New_York
roster:
  source: google-sheets
  spreadsheetId: ${sandbox.sheets.report().spreadsheets[0]?.id}
  sheet: Roster
  credentials: service-account.json
  apiRootUrl: ${sandbox.url}/
pools:
  - id: salable
    provider: salable
    baseUrl: ${sandbox.url}/salable
    apiKey: ${SANDBOX_API_KEY}
    subscriptionUuid: ${subscription}
  - id: zoom
    provider: zoom
    baseUrl: ${sandbox.url}/zoom/v2
    oauthUrl: ${sandbox.url}/zoom/oauth/token
    accountId: ${SANDBOX_ZOOM.accountId}
    clientId: ${SANDBOX_ZOOM.clientId}
    clientSecret: ${SANDBOX_ZOOM.clientSecret}
    seatChanges: manual
  - id: mail-merge
    provider: securemailmerge
    baseUrl: ${sandbox.url}/securemailmerge
    subscriptionType: ${SANDBOX_SECUREMAILMERGE.subscriptionType}
    subscriptionId: ${SANDBOX_SECUREMAILMERGE.subscriptionId}
    apiKey: ${SANDBOX_SECUREMAILMERGE.apiKey}
    purchasedSeats: ${SEATS_AT_FIRST['mail-merge']}
`;
  await writeFile(path.join(folder, 'cohort-sync.yaml'), settings);
}

/** What a provider has: its seats, and the addresses that hold them, sorted. */
export interface Found {
  readonly seats: number;
  readonly holders: readonly string[];
}

/** What is true at the providers now, asked of the stand-ins and not of cohort-sync. */
export function foundIn(sandbox: Sandbox): Readonly<Record<PoolId, Found>> {
  const subscription = sandbox.salable.report().subscriptions[0];
  const account = sandbox.zoom.report();
  const mailMerge = sandbox.secureMailMerge.report().subscriptions[0];
  return {
    salable: { seats: subscription?.quantity ?? 0, holders: subscription?.assigned.toSorted() ?? [] },
    zoom: { seats: account.seats.total, holders: account.assigned.toSorted() },
    'mail-merge': { seats: mailMerge?.licenses ?? 0, holders: mailMerge?.assigned.toSorted() ?? [] },
  };
}
