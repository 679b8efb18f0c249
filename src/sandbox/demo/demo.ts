import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CohortSyncError, EXIT, messageOf } from '../../errors.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Cell } from '../sheets/workbook.ts';
import { runCommand } from './command.ts';
import { addressOf, DAYS, type Day, OWNER, POOLS, type PoolId, ROSTER, SEATS_AT_FIRST } from './scene.ts';
import { foundIn, LICENSE_LIST, startWorld, writeSettings } from './world.ts';

/**
 * `npm run demo`: the main job on stand-ins for Google Sheets, Salable, Zoom and SecureMailMerge, with a real Redis and
 * real jobs, by the same commands that a person uses. Exits with 0 only if each provider is left as it should be; leaves
 * nothing behind.
 */
async function demo(signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cohort-sync-demo-'));
  const sandbox = await startWorld();
  const command = async (expected: number, ...args: readonly string[]) => {
    const code = await runCommand(args, { folder, signal });
    if (code !== expected) fail(`\`cohort-sync ${args[0]}\` ended with ${code} instead of ${expected}`);
  };
  try {
    await writeSettings(folder, sandbox);
    introduce(sandbox);
    await command(EXIT.ok, 'adopt', '--pool', 'mail-merge', '--from', LICENSE_LIST, '--yes');
    for (const day of DAYS) await play(day, sandbox, command);
    say('All runs, as the ledger has them:');
    await command(EXIT.ok, 'runs');
    checkEffects(sandbox);
    say(
      '\nDone: Salable, Zoom and SecureMailMerge are as they should be, and everything that the demo made is removed.',
    );
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a command in the demo's folder; throws if it ends with another exit code than expected. */
type RunExpecting = (expected: number, ...args: readonly string[]) => Promise<void>;

function introduce(sandbox: Sandbox): void {
  say(`Stand-ins for Google Sheets and three providers listen on ${sandbox.url}. Nothing in them is real.\n`);
  say('The roster, a Google spreadsheet. A cohort takes five weeks unless the sheet gives its last day:');
  for (const row of ROSTER) say(`  ${row.map(cellText).join('  ').trimEnd()}`);
  say('\nA seat is given two days before the first day and kept until three days after the last one.');
  const seats = Object.entries(SEATS_AT_FIRST).map(([pool, count]) => `${pool} has ${count} seats`);
  say(`${seats.join(', ')}. One of each is held by ${OWNER}, who is not on the roster.`);
  say('SecureMailMerge can not be asked who has a license, so the list of those who do is adopted first:\n');
}

const WIDTHS = [18, 13, 9, 11, 11, 25];

function cellText(cell: Cell, column: number): string {
  const text = typeof cell !== 'object' ? String(cell) : cell !== null && 'date' in cell ? cell.date : '';
  return text.padEnd(WIDTHS[column] ?? 0);
}

/** One day: what would be done, then doing it, then what the providers say of it. */
async function play(day: Day, sandbox: Sandbox, command: RunExpecting): Promise<void> {
  say(`\n== ${day.title}\n`);
  for (const line of day.story) say(line);
  say('');
  const waits = day.byHand !== undefined;
  await command(waits ? EXIT.held : EXIT.changes, 'plan', '--at', day.at);
  say('');
  await command(waits ? EXIT.held : EXIT.ok, 'sync', '--wait', '--at', day.at);
  if (day.byHand !== undefined) {
    say('');
    for (const line of day.byHand.story) say(line);
    say('');
    sandbox.zoom.edit({ seats: day.byHand.seats });
    await command(EXIT.ok, 'sync', '--wait', '--at', day.byHand.at);
  }
  say('\nWhat the providers have now:');
  for (const pool of ['salable', 'zoom', 'mail-merge'] as const) checkPool(pool, day, sandbox);
  say('');
}

function checkPool(pool: PoolId, { holdings }: Day, sandbox: Sandbox): void {
  const { seats, holders } = foundIn(sandbox)[pool];
  const names = holders.map((address) => address.replace('@example.org', '')).join(', ');
  say(`  ${POOLS[pool].padEnd(15)}  ${seats} seats, held by ${names}`);
  const expected = [OWNER, ...holdings[pool].assigned.map(addressOf)].sort();
  if (holders.join() !== expected.join())
    fail(`expected ${pool}'s seats to be held by ${expected.join(', ')}`);
  if (seats !== holdings[pool].seats) fail(`expected ${holdings[pool].seats} seats in ${pool}`);
}

/** What the evenings don't show: a seat that is kept is never taken away and given anew (rule 15). */
function checkEffects(sandbox: Sandbox): void {
  const effects = sandbox.effects();
  const changesOf = (provider: string, name: string) =>
    effects.filter((each) => each.provider === provider && [each.from, each.to].includes(addressOf(name)));
  const ada = changesOf('salable', 'ada').length;
  if (ada !== 1) fail(`Ada's license changed ${ada} times instead of once`);
  const ben = changesOf('securemailmerge', 'ben').length;
  if (ben !== 1) fail(`Ben's adopted license changed ${ben} times instead of once`);
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
