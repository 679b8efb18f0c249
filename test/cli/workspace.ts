import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FaultOrder, RequestMatch } from '../../src/sandbox/faults.ts';
import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { BIN } from '../support/bin.ts';

export interface PoolSetup {
  readonly id: string;
  /** Paid seats, and who holds some of them. */
  readonly seats: number;
  readonly assigned?: readonly string[];
  /** Further lines of the pool's settings. */
  readonly settings?: string;
}

export interface WorkspaceOptions {
  /** Default: one, `teaching`, with two seats of which one is `owner@example.org`'s. */
  readonly pools?: readonly PoolSetup[];
  /** The lines of `roster.csv`. Default: Ada and Ben, who start on 2026-11-24. */
  readonly roster?: readonly string[];
  /** Takes the place of the roster's settings, as for a Google sheet. */
  readonly rosterSettings?: (sandbox: Sandbox) => string;
  /** Further top-level settings, as `redis: { url: ... }`. Without them there is a private Redis. */
  readonly settings?: string;
}

export const HEADER = 'Email,Instructor,Cohort,Start date,End date';
export const ADA = 'ada@example.org,Ada Ames,2026-11,2026-11-24,';
export const BEN = 'ben@example.org,Ben Boyd,2026-11,2026-11-24,';

/** A day on which Ada and Ben get their seats, for `--at`. */
export const DAY = '2026-11-22T06:00:00-05:00';

/** A folder with a configuration and a roster, and a sandbox for its pools. */
export interface Workspace extends AsyncDisposable {
  readonly folder: string;
  readonly sandbox: Sandbox;
  run(...args: readonly string[]): Promise<Outcome>;
  writeRoster(...lines: readonly string[]): void;
  /** Orders that requests to Salable fail, all of them unless told otherwise. */
  breakSalable(fault: FaultOrder['fault'], match?: RequestMatch): void;
}

export async function openWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const {
    pools = [{ id: 'teaching', seats: 2, assigned: ['owner@example.org'] }],
    roster = [HEADER, ADA, BEN],
    rosterSettings = () => 'roster: { source: csv, path: roster.csv }',
    settings = '',
  } = options;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-cli-'));
  const sandbox = await startSandbox({
    salable: {
      subscriptions: pools.map(({ seats, assigned = [] }) => ({ seats, assigned: [...assigned] })),
      // A change of seats is done when it is first asked for: the command waits a second before that.
      settings: { events: { after: { polls: 0 } } },
    },
  });
  const { subscriptions } = sandbox.salable.report();
  const poolLines = pools.map(
    ({ id, settings: more = '' }, index) => `  - id: ${id}
    provider: salable
    baseUrl: ${sandbox.url}/salable
    apiKey: ${SANDBOX_API_KEY}
    subscriptionUuid: ${subscriptions[index]?.uuid}
${more}`,
  );
  const config = ['timeZone: America/New_York', rosterSettings(sandbox), 'pools:', ...poolLines, settings];
  writeFileSync(path.join(folder, 'cohort-sync.yaml'), `${config.join('\n')}\n`);
  const writeRoster = (...lines: readonly string[]) =>
    writeFileSync(path.join(folder, 'roster.csv'), `${lines.join('\n')}\n`);
  writeRoster(...roster);
  return {
    folder,
    sandbox,
    run: (...args) => run(args, { cwd: folder }),
    writeRoster,
    breakSalable: (fault, match = {}) => {
      sandbox.faults.order({ match: { provider: 'salable', ...match }, times: 'always', fault });
    },
    [Symbol.asyncDispose]: async () => {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  /** Standard output as the one JSON document that it has to be. */
  json(): unknown;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What to start in place of `BIN`. */
  readonly bin?: string;
}

/** Runs the command line as a process of its own, with pipes for a terminal. */
export function run(args: readonly string[], options: RunOptions): Promise<Outcome> {
  return start(args, options).outcome;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;
}

/** Starts the command line, for who wants to do something to it before its end. */
export function start(args: readonly string[], { cwd, env = {}, bin = BIN }: RunOptions): Started {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...plainEnvironment(), ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.end();
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const milliseconds = performance.now() - started;
      resolve({ ...output, code, milliseconds, json: (): unknown => JSON.parse(output.stdout) });
    });
  });
  return { child, outcome };
}

/** The environment without what would change how things look. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NO_COLOR, FORCE_COLOR, CI, NODE_OPTIONS, ...rest } = process.env;
  return rest;
}
