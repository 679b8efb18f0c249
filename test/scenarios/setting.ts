import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { Temporal } from 'temporal-polyfill';
import { expect } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { openService, type Service } from '../../src/cli/service.ts';
import { addDays, dateIn, systemClock } from '../../src/dates.ts';
import { listRuns, readRun } from '../../src/ledger/runs.ts';
import type { PoolResultDocument, RunDocument } from '../../src/runs/documents.ts';
import type { Effect } from '../../src/sandbox/log.ts';
import { SANDBOX_API_KEY, type SalableOptions } from '../../src/sandbox/salable/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { type Outcome, run as runCli } from '../cli/workspace.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const ZONE = 'America/New_York';

/** All scenarios happen today at six in the morning unless they say otherwise: `explain` knows no other day. */
export const TODAY = dateIn(systemClock.now(), ZONE);

/** The moment so many days later, in milliseconds since the epoch. */
function momentOf(daysLater: number): number {
  return Temporal.ZonedDateTime.from(textOfMoment(daysLater)).epochMilliseconds;
}

function textOfMoment(daysLater: number): string {
  return `${addDays(TODAY, daysLater)}T06:00:00[${ZONE}]`;
}

/** A cohort by its first day, in days from today; five weeks long unless it says otherwise. */
export interface Cohort {
  readonly id: string;
  readonly starts: number;
  readonly ends?: number;
}

export const current: Cohort = { id: 'current', starts: -14 };
/** Its seats are no longer due: the last day and the three days after it have passed. */
export const past: Cohort = { id: 'past', starts: -41 };
/** Starts the day after tomorrow, so that seats are due from today. */
export const joining: Cohort = { id: 'joining', starts: 2 };
/** Starts tomorrow: too late to wait for a seat. */
export const tomorrow: Cohort = { id: 'tomorrow', starts: 1 };

export const HEADER = ['Email', 'Instructor', 'Cohort', 'Start date', 'End date', 'Licenses', 'Status'];

export type Line = readonly string[];

export interface LineOptions {
  readonly email?: string;
  readonly name?: string;
  readonly licenses?: string;
  readonly status?: string;
}

/** A line of the roster, as `line('ann', current)`. */
export function line(who: string, { id, starts, ends }: Cohort, options: LineOptions = {}): Line {
  const { email = emailOf(who), name = who, licenses = '', status = '' } = options;
  const last = ends === undefined ? '' : addDays(TODAY, ends);
  return [email, name, id, addDays(TODAY, starts), last, licenses, status];
}

export function lines(whom: readonly string[], cohort: Cohort): Line[] {
  return whom.map((who) => line(who, cohort));
}

export function people(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

export function emailOf(who: string): string {
  return who.includes('@') ? who : `${who}@example.org`;
}

export interface SettingOptions {
  /** Paid seats of the pool; as many as are assigned unless given. */
  readonly seats?: number;
  readonly assigned?: readonly string[];
  readonly roster?: readonly Line[];
  /** Further settings of the pool's `seats`. */
  readonly poolSeats?: Readonly<Record<string, unknown>>;
  readonly pool?: Readonly<Record<string, unknown>>;
  /** Further pools, each with a subscription of its own. */
  readonly more?: readonly {
    readonly id: string;
    readonly seats: number;
    readonly assigned?: readonly string[];
  }[];
  readonly guardrails?: Readonly<Record<string, unknown>>;
  readonly notify?: readonly unknown[];
  /** Where the roster is. Default: a CSV file. */
  readonly sheet?: 'google-sheets';
  readonly salable?: Pick<SalableOptions, 'settings'>;
  readonly subscription?: NonNullable<SalableOptions['subscriptions']>[number];
  /** Somebody works on the jobs in this process. Default: true. */
  readonly workers?: boolean;
}

/** One school: its sheet, its provider over HTTP, a Redis of its own, and workers in this process. */
export interface Setting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly redis: TestRedis;
  readonly service: Service;
  readonly folder: string;
  /** Replaces the lines of the sheet below its header. */
  setRoster(...roster: readonly (Line | readonly Line[])[]): void;
  /** Replaces the whole sheet. */
  setSheet(cells: readonly Line[]): void;
  /** Runs a sync so many days later and waits for its end. */
  sync(daysLater?: number): Promise<Ran>;
  /** What changed at the providers by the API since this was last asked, in order, as `assign ann` or `seats 3 -> 4`. */
  changes(): string[];
  /** How many requests were sent since the last call that may change something. */
  sent(): number;
  /** Runs again on the same day, and sees to it that nothing is sent but reads. */
  expectNothingMore(daysLater?: number): Promise<Ran>;
  /** Runs on a day, and sees to it that exactly these changes are made. */
  expectNothingMoreBut(changes: readonly string[], daysLater?: number): Promise<Ran>;
  /** Waits until there have been so many runs, and all have ended. */
  settled(count: number): Promise<void>;
  /** Decides the holds of a run by the command, in this process. */
  decide(decision: 'approve' | 'reject', run: string, options?: { readonly wait?: boolean }): Promise<Said>;
  /** What `explain --json` says, in this process. */
  explain(email: string): Promise<Said>;
  /** The real command line as a process. */
  cli(...args: string[]): Promise<Outcome>;
  /** For `--at`: the moment of the scenarios, so many days later. */
  at(daysLater?: number): string;
}

/** A run, and its result in the first pool. */
export interface Ran {
  readonly run: string;
  readonly document: RunDocument;
  readonly pool: PoolResultDocument;
}

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function openSetting(options: SettingOptions = {}): Promise<Setting> {
  const { assigned = [], more = [] } = options;
  const pools = [{ id: 'teaching', seats: options.seats ?? assigned.length, assigned }, ...more];
  const sandbox = await startSandbox({
    salable: {
      ...options.salable,
      subscriptions: pools.map(({ seats, assigned: whom = [] }, index) => ({
        type: 'none',
        ...(index === 0 ? options.subscription : {}),
        seats,
        assigned: whom.map(emailOf),
      })),
    },
  });
  const redis = await startTestRedis();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-scenario-'));
  const file = path.join(folder, 'cohort-sync.yaml');
  writeFileSync(file, JSON.stringify(configOf(options, pools, sandbox, redis)));
  if (options.sheet === 'google-sheets')
    await sandbox.sheets.writeServiceAccountFile(path.join(folder, 'key.json'));
  const setSheet = (cells: readonly Line[]) => {
    sandbox.sheets.setRows(cells.map((row) => row.map(cellOf)));
    writeFileSync(
      path.join(folder, 'roster.csv'),
      cells.map((row) => `${row.map(quoted).join(',')}\n`).join(''),
    );
  };
  const setRoster = (...roster: readonly (Line | readonly Line[])[]) =>
    setSheet([HEADER, ...roster.flatMap((each) => (isLine(each) ? [each] : each))]);
  setRoster(...(options.roster ?? []));

  const quiet = terminalOf().io;
  const config = loadConfig({ path: file, cwd: folder, env: process.env });
  const io = { terminal: quiet, cwd: folder, signal: new AbortController().signal };
  const service = await openService({ ...config, log: { level: 'silent' } }, io);
  const workers = options.workers === false ? null : startWorkers(service.context, service.connectWorker);
  let seenEffects = 0;
  let seenRequests = 0;

  const sync = async (daysLater = 0): Promise<Ran> => {
    const trigger = { by: 'cli', pools: config.pools.map((pool) => pool.id), at: momentOf(daysLater) };
    const { run } = await triggerSync(service.context, trigger);
    return ran(service, run);
  };
  const changes = () => {
    const all = sandbox.effects().filter(({ by }) => by === 'api');
    const news = all.slice(seenEffects).map(textOf);
    seenEffects = all.length;
    return news;
  };
  const sent = () => {
    const all = sandbox
      .requests()
      .filter(({ method, path: where }) => method !== 'GET' && where !== '/token');
    const news = all.length - seenRequests;
    seenRequests = all.length;
    return news;
  };
  return {
    ...{ sandbox, redis, service, folder, setRoster, setSheet, sync, changes, sent },
    expectNothingMore: async (daysLater) => {
      changes();
      sent();
      const again = await sync(daysLater);
      expect({ sent: sent(), changes: changes() }).toEqual({ sent: 0, changes: [] });
      return again;
    },
    expectNothingMoreBut: async (wanted, daysLater) => {
      changes();
      const done = await sync(daysLater);
      expect(changes()).toEqual(wanted);
      return done;
    },
    settled: async (count) => {
      await until(`the end of ${count} runs`, async () => {
        const runs = await listRuns(service.context.store, 100);
        return runs.length >= count && runs.every(({ endedAt }) => endedAt !== null);
      });
    },
    decide: async (decision, run, { wait = true } = {}) => {
      const { approve, reject } = await import('../../src/cli/approve.ts');
      const said = terminalOf();
      const command = decision === 'approve' ? approve : reject;
      const deciding = { ...io, terminal: said.io };
      const given = { yes: true, json: true, ...(decision === 'approve' ? { wait } : {}) };
      const code = await command(deciding, given, [run]).catch((cause: unknown) => {
        said.io.err.write(String(cause));
        return 1;
      });
      return { code, ...said.text() };
    },
    explain: async (email) => {
      const { explain } = await import('../../src/cli/explain.ts');
      const said = terminalOf();
      const code = await explain({ ...io, terminal: said.io }, { json: true }, [email]);
      return { code, ...said.text() };
    },
    cli: (...args) => runCli(args, { cwd: folder }),
    at: (daysLater = 0) => textOfMoment(daysLater),
    [Symbol.asyncDispose]: async () => {
      await workers?.close(1_000);
      await service.close();
      await sandbox.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for the end of a run. */
export async function ran({ context }: Service, run: string): Promise<Ran> {
  const document = await until(`the end of run ${run}`, async () => {
    const stored = await readRun(context.store, run);
    return stored !== null && stored.document.endedAt !== null ? stored.document : null;
  });
  const pool = document.pools[0];
  if (pool === undefined) throw new Error(`run ${run} ended without a pool`);
  return { run, document, pool };
}

function configOf(
  { poolSeats, pool, guardrails, notify, sheet }: SettingOptions,
  pools: readonly { readonly id: string }[],
  sandbox: Sandbox,
  redis: TestRedis,
): unknown {
  const { subscriptions } = sandbox.salable.report();
  const google = {
    ...{ source: 'google-sheets', spreadsheetId: 'sandbox-roster', sheet: 'Roster', credentials: 'key.json' },
    apiRootUrl: `${sandbox.url}/`,
  };
  return {
    timeZone: ZONE,
    roster: sheet === undefined ? { source: 'csv', path: 'roster.csv' } : google,
    pools: pools.map(({ id }, index) => ({
      ...{ id, provider: 'salable', baseUrl: `${sandbox.url}/salable`, apiKey: SANDBOX_API_KEY },
      subscriptionUuid: subscriptions[index]?.uuid,
      seats: { settleSeconds: 1, ...poolSeats },
      ...pool,
    })),
    guardrails: { ...guardrails },
    redis: { url: redis.url },
    queue: { leaseSeconds: 5 },
    notify: notify ?? [],
    log: { level: 'warn' },
  };
}

/** A terminal that nobody sits at, and what was written to it. */
export function terminalOf() {
  const out = new PassThrough();
  const err = new PassThrough();
  const written = { out: '', err: '' };
  out.on('data', (data: Buffer) => (written.out += data.toString()));
  err.on('data', (data: Buffer) => (written.err += data.toString()));
  return { io: { out, err, env: process.env }, text: () => ({ ...written }) };
}

function isLine(given: Line | readonly Line[]): given is Line {
  return given.every((each) => typeof each === 'string');
}

function cellOf(text: string) {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? { date: text } : text;
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf({ kind, from, to, license }: Effect): string {
  if (license === null) return `seats ${from} -> ${to}`;
  const who = String(kind === 'assign' ? to : from).replace('@example.org', '');
  return `${kind} ${who}`;
}

/** The people of lines, without the domain. */
export function namesOf(given: readonly { readonly grantee?: string | null | undefined }[]): string[] {
  return given.map(({ grantee }) => (grantee ?? '(seats)').replace('@example.org', ''));
}
