import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CohortSyncError, messageOf } from '../../errors.ts';
import { SANDBOX_API_KEY } from '../salable/options.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import type { Cell } from '../sheets/workbook.ts';
import { runCommand } from './command.ts';
import { addressOf, DAYS, type Day, OWNER, ROSTER, SEATS_AT_FIRST } from './scene.ts';

/**
 * `npm run demo`: the main job on stand-ins for Google Sheets and Salable, with a real Redis and real jobs, by the same
 * commands that a person uses. Exits with 0 only if Salable is left as it should be; leaves nothing behind.
 */
async function demo(signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cohort-sync-demo-'));
  const sandbox = await startSandbox({
    salable: { subscriptions: [{ seats: SEATS_AT_FIRST, assigned: [OWNER] }] },
    sheets: { spreadsheets: [{ tabs: [{ title: 'Roster', rows: ROSTER.map((row) => [...row]) }] }] },
  });
  try {
    await writeSettings(folder, sandbox);
    introduce(sandbox);
    for (const day of DAYS) await play(day, sandbox, { folder, signal });
    say('All three runs, as the ledger has them:');
    expectExit('runs', 0, await runCommand(['runs'], { folder, signal }));
    checkAda(sandbox);
    say('\nDone: Salable is as it should be, and everything that the demo made is removed.');
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeSettings(folder: string, sandbox: Sandbox): Promise<void> {
  await sandbox.sheets.writeServiceAccountFile(path.join(folder, 'service-account.json'));
  const subscription = sandbox.salable.report().subscriptions[0]?.uuid;
  const settings = `timeZone: America/New_York
roster:
  source: google-sheets
  spreadsheetId: ${sandbox.sheets.report().spreadsheets[0]?.id}
  sheet: Roster
  credentials: service-account.json
  apiRootUrl: ${sandbox.url}/
pools:
  - id: salable-teaching
    provider: salable
    baseUrl: ${sandbox.url}/salable
    apiKey: ${SANDBOX_API_KEY}
    subscriptionUuid: ${subscription}
`;
  await writeFile(path.join(folder, 'cohort-sync.yaml'), settings);
}

function introduce(sandbox: Sandbox): void {
  say(`Stand-ins for Google Sheets and Salable listen on ${sandbox.url}. Nothing in them is real.\n`);
  say('The roster, a Google spreadsheet. A cohort takes five weeks unless the sheet gives its last day:');
  for (const row of ROSTER) say(`  ${row.map(cellText).join('  ').trimEnd()}`);
  say('\nA seat is given two days before the first day and kept until three days after the last one.');
  say(`The subscription has ${SEATS_AT_FIRST} seats. One is held by ${OWNER}, who is not on the roster.`);
}

const WIDTHS = [18, 13, 9, 11, 10];

function cellText(cell: Cell, column: number): string {
  const text = typeof cell !== 'object' ? String(cell) : cell !== null && 'date' in cell ? cell.date : '';
  return text.padEnd(WIDTHS[column] ?? 0);
}

/** One day: what would be done, then doing it, then what Salable says of it. */
async function play(
  day: Day,
  sandbox: Sandbox,
  options: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  say(`\n== ${day.title}\n`);
  for (const line of day.story) say(line);
  say('');
  expectExit('plan', 2, await runCommand(['plan', '--at', day.at], options));
  say('');
  expectExit('sync', 0, await runCommand(['sync', '--wait', '--at', day.at], options));

  const pool = sandbox.salable.report().subscriptions[0];
  const expected = [OWNER, ...day.assigned.map(addressOf)].sort().join(', ');
  const found = pool?.assigned.toSorted().join(', ');
  say(`\nSalable now has ${pool?.quantity} seats. They are held by ${found}.\n`);
  if (found !== expected) fail(`expected the seats to be held by ${expected}`);
  if (pool?.quantity !== day.seats) fail(`expected ${day.seats} seats`);
}

/** A seat that is kept is the same license, never taken away and given anew (rule 15). */
function checkAda(sandbox: Sandbox): void {
  const given = sandbox.effects().filter(({ from, to }) => [from, to].includes(addressOf('ada')));
  if (given.length !== 1) fail(`Ada's license changed ${given.length} times instead of once`);
}

function expectExit(command: string, expected: number, code: number | null): void {
  if (code !== expected) fail(`\`cohort-sync ${command}\` ended with ${code} instead of ${expected}`);
}

function fail(problem: string): never {
  throw new CohortSyncError(`the demo went wrong: ${problem}`, 'Please report it with the output above.');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
try {
  await demo(stopping.signal);
} catch (cause) {
  process.stderr.write(`${messageOf(cause)}\n`);
  process.exitCode = 1;
}
