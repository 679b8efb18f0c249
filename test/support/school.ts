import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { type Triggered, triggerSync } from '../../jobs/trigger.ts';
import { startWorkers, type Workers } from '../../jobs/workers.ts';
import { openService, type Service } from '../../src/cli/service.ts';
import { addDays, dateIn, systemClock } from '../../src/dates.ts';
import { type AuditEntry, readAudit } from '../../src/ledger/audit.ts';
import { readRun } from '../../src/ledger/runs.ts';
import type { RunDocument } from '../../src/runs/documents.ts';
import type { SalableOptions } from '../../src/sandbox/salable/options.ts';
import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  SANDBOX_SECUREMAILMERGE,
  type SecureMailMergeOptions,
} from '../../src/sandbox/securemailmerge/options.ts';
import { BIN } from './bin.ts';
import { ROOT } from './built-package.ts';
import { startTestRedis, type TestRedis } from './redis.ts';
import { until } from './until.ts';

/** All tests are in this zone; the roster's dates are seen from today in it. */
const TIME_ZONE = 'America/New_York';

/** One row of the roster: who teaches a cohort that started so many days ago (negative: that starts in so many days). */
export interface Teaching {
  readonly who: string;
  readonly startedDaysAgo: number;
  readonly cohort?: string;
  readonly pools?: string;
}

/** Teaches now. */
export function teaches(...people: readonly string[]): Teaching[] {
  return people.map((who) => ({ who, startedDaysAgo: 3, cohort: 'now' }));
}

/** Taught a cohort that is over and was never taken off the roster. */
export function taught(...people: readonly string[]): Teaching[] {
  return people.map((who) => ({ who, startedDaysAgo: 80, cohort: 'past' }));
}

export interface PoolOptions {
  readonly id: string;
  readonly settleSeconds?: number;
  readonly min?: number;
  readonly max?: number;
  readonly keepUnusedDays?: number;
  readonly protect?: readonly string[];
  /** Default: the place of the pool in the list. */
  readonly subscriptionUuid?: string;
}

export interface SchoolOptions {
  readonly salable?: SalableOptions;
  /** The pools are SecureMailMerge's, not Salable's. */
  readonly secureMailMerge?: SecureMailMergeOptions;
  readonly roster?: readonly Teaching[];
  readonly pools?: readonly PoolOptions[];
  readonly guardrails?: Readonly<Record<string, unknown>>;
  readonly leaseSeconds?: number;
  /** Share a Redis with other schools of one test file, emptied between them. */
  readonly redis?: TestRedis;
}

export interface WorkerProcess {
  readonly pid: number;
  /** What it wrote to standard error so far. */
  log(): string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it is gone. */
  terminate(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunningCli {
  readonly pid: number;
  readonly done: Promise<CliResult>;
  signal(name: NodeJS.Signals): void;
}

/** A school with its sheet, providers, Redis and workers, all real processes on this machine. */
export interface School extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly redis: TestRedis;
  readonly folder: string;
  readonly config: string;
  /** This test's own way into the ledger and the queues. It works on no job. */
  readonly service: Service;
  setRoster(rows: readonly Teaching[]): void;
  /** Starts a worker and waits until it works. @param redisUrl, baseUrl proxies by which it talks to both. */
  worker(options?: { readonly redisUrl?: string; readonly baseUrl?: string }): Promise<WorkerProcess>;
  /** Works on the jobs in this process, until the school is closed: sooner at work than a process of its own. */
  workHere(): void;
  /** Starts the real command line. */
  cli(...args: string[]): RunningCli;
  trigger(...pools: string[]): Promise<Triggered>;
  /** Waits for the end of a run. */
  ended(run: string, limitMs?: number): Promise<RunDocument>;
  /** Triggers a run and waits for its end. Somebody has to be at work. */
  sync(limitMs?: number): Promise<RunDocument>;
  audit(): Promise<AuditEntry[]>;
}

const POOLS: readonly PoolOptions[] = [{ id: 'teaching' }];

export async function startSchool(options: SchoolOptions = {}): Promise<School> {
  const sandbox = await startSandbox({
    salable: options.salable ?? {},
    secureMailMerge: options.secureMailMerge ?? {},
  });
  const shared = options.redis;
  // Anything less and each service would warn.
  const redis = shared ?? (await startTestRedis({ appendfsync: 'always' }));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-school-'));
  const config = path.join(folder, 'cohort-sync.yaml');
  const write = (file: string, redisUrl: string) =>
    writeFileSync(file, JSON.stringify(settings(options, redisUrl, `${sandbox.url}/${providerOf(options)}`)));
  write(config, redis.url);
  const setRoster = (rows: readonly Teaching[]) =>
    writeFileSync(path.join(folder, 'roster.csv'), rosterCsv(rows));
  setRoster(options.roster ?? []);

  const io = {
    terminal: { out: process.stdout, err: process.stderr, env: { ...process.env, NODE_ENV: 'test' } },
    cwd: folder,
    signal: new AbortController().signal,
  };
  const loaded = loadConfig({ path: config, cwd: folder, env: process.env });
  const service = await openService({ ...loaded, log: { level: 'fatal' } }, io);
  const { store } = service.context;
  const children: ChildProcess[] = [];
  let files = 0;
  let workers: Workers | null = null;

  const ended = async (run: string, limitMs?: number) => {
    const look = async () => {
      const stored = await readRun(store, run).catch(() => null);
      return stored !== null && stored.document.endedAt !== null ? stored.document : null;
    };
    return until(`the end of run ${run}`, look, limitMs);
  };
  const trigger = (...pools: string[]) => {
    const named = pools.length > 0 ? pools : loaded.pools.map((pool) => pool.id);
    return triggerSync(service.context, { by: 'cli', pools: named, at: null });
  };
  return {
    sandbox,
    redis,
    folder,
    config,
    service,
    setRoster,
    worker: async ({ redisUrl, baseUrl } = {}) => {
      const file = redisUrl === undefined ? config : path.join(folder, `worker-${++files}.yaml`);
      if (redisUrl !== undefined) write(file, redisUrl);
      return startWorker(baseUrl ? [file, baseUrl] : [file], folder, children);
    },
    workHere: () => {
      workers ??= startWorkers(service.context, service.connectWorker);
    },
    cli: (...args) => startCli(args, folder, children),
    trigger,
    ended,
    sync: async (limitMs) => ended((await trigger()).run, limitMs),
    audit: () => all(readAudit(store, null)),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL');
      await workers?.close(1_000);
      await service.close();
      await sandbox.close();
      if (shared === undefined) await redis.stop();
      else await emptied(shared);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function emptied(redis: TestRedis): Promise<void> {
  const connection = redis.connect();
  await connection.flushall();
  connection.disconnect();
}

function settings(options: SchoolOptions, redisUrl: string, baseUrl: string): unknown {
  return {
    timeZone: TIME_ZONE,
    roster: { source: 'csv', path: 'roster.csv' },
    pools: (options.pools ?? POOLS).map((pool, place) => ({
      id: pool.id,
      baseUrl,
      ...(options.secureMailMerge === undefined
        ? salablePool(pool, place)
        : secureMailMergePool(options.secureMailMerge)),
      seats: {
        min: pool.min ?? 1,
        ...(pool.max === undefined ? {} : { max: pool.max }),
        keepUnusedDays: pool.keepUnusedDays ?? 14,
        settleSeconds: pool.settleSeconds ?? 2,
      },
      protect: pool.protect ?? [],
    })),
    guardrails: { ...options.guardrails },
    redis: { url: redisUrl },
    queue: { leaseSeconds: options.leaseSeconds ?? 1 },
    log: { level: 'warn' },
  };
}

function providerOf(options: SchoolOptions): 'salable' | 'securemailmerge' {
  return options.secureMailMerge === undefined ? 'salable' : 'securemailmerge';
}

function salablePool(pool: PoolOptions, place: number) {
  const uuid = pool.subscriptionUuid ?? subscriptionUuid(place + 1);
  return { provider: 'salable', apiKey: SANDBOX_API_KEY, subscriptionUuid: uuid };
}

function secureMailMergePool({ subscriptions = [{}] }: SecureMailMergeOptions) {
  return {
    provider: 'securemailmerge',
    ...SANDBOX_SECUREMAILMERGE,
    purchasedSeats: subscriptions[0]?.licenses ?? 1,
  };
}

/** How many requests to the stand-ins there were with this method, and a path like this. */
export function requestsOf({ sandbox }: School, method: string, path: RegExp): number {
  return sandbox.requests().filter((request) => request.method === method && path.test(request.path)).length;
}

/** The id of a subscription by its place in the sandbox's options, from 1. */
export function subscriptionUuid(place: number): string {
  return `5a000000-0000-4000-8000-${place.toString(16).padStart(12, '0')}`;
}

function rosterCsv(rows: readonly Teaching[]): string {
  const today = dateIn(systemClock.now(), TIME_ZONE);
  const lines = rows.map(({ who, startedDaysAgo, cohort = 'a', pools = '' }) =>
    [who, who.split('@')[0], cohort, addDays(today, -startedDaysAgo), pools].join(','),
  );
  return ['Email,Instructor,Cohort,Start date,Licenses', ...lines, ''].join('\n');
}

/** Compiling the sources is most of what the start of a worker takes. */
const COMPILE_CACHE = path.join(ROOT, 'node_modules/.cache/cohort-sync');

async function startWorker(
  args: readonly string[],
  folder: string,
  children: ChildProcess[],
): Promise<WorkerProcess> {
  const child = fork(new URL('./worker-process.ts', import.meta.url), args, {
    cwd: folder,
    silent: true,
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  children.push(child);
  let log = '';
  child.stderr?.on('data', (data: Buffer) => {
    log += data.toString();
  });
  child.stdout?.resume();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error(`the worker ended at its start: ${log}`)));
  });
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return gone;
  };
  return {
    pid: child.pid ?? 0,
    log: () => log,
    kill: () => end('SIGKILL'),
    terminate: () => end('SIGTERM'),
    signal: (name) => void child.kill(name),
  };
}

function startCli(args: readonly string[], folder: string, children: ChildProcess[]): RunningCli {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  return {
    pid: child.pid ?? 0,
    done: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))),
    signal: (name) => void child.kill(name),
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
