import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import type { Redis } from 'ioredis';
import { expect, onTestFinished } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import type { JobContext } from '../../jobs/context.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { openService } from '../../src/cli/service.ts';
import { fromInstant } from '../../src/dates.ts';
import { readAssignments } from '../../src/ledger/assignments.ts';
import { type AuditEntry, readAudit } from '../../src/ledger/audit.ts';
import { readRun } from '../../src/ledger/runs.ts';
import { createLog } from '../../src/log.ts';
import { loadProviders } from '../../src/providers/registry.ts';
import type { PoolResultDocument, RunDocument } from '../../src/runs/documents.ts';
import { runExitCode } from '../../src/runs/verdict.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  SANDBOX_SECUREMAILMERGE,
  type SecureMailMergeSettingsChange,
} from '../../src/sandbox/securemailmerge/options.ts';
import { KEY } from '../providers/securemailmerge/stage.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** The day of these runs, two days before the cohort of the joiners starts. */
export const DAY = '2026-11-22T11:00:00Z';
export const NEXT_DAY = '2026-11-23T11:00:00Z';

const HEADER = 'Email,Cohort,Start date,End date';

/** Rows of a cohort that starts in two days. */
export const joins = (...people: readonly string[]) =>
  people.map((who) => `${who}@example.org,2026-12,2026-11-24,2026-12-28`);
/** Rows of a cohort that ended a week ago. */
export const left = (...people: readonly string[]) =>
  people.map((who) => `${who}@example.org,2026-10,2026-10-12,2026-11-15`);
export const emails = (...people: readonly string[]) => people.map((who) => `${who}@example.org`);

export interface Options {
  readonly licenses: number;
  readonly assigned?: readonly string[];
  readonly settings?: SecureMailMergeSettingsChange;
  readonly roster: readonly string[];
  /** Default: as many as there are licenses. */
  readonly purchasedSeats?: number | null;
  readonly guardrails?: Readonly<Record<string, unknown>>;
  /** Share a Redis with other tests of one file, emptied between them. */
  readonly redis?: TestRedis;
  /** Longest that one call may take (milliseconds). */
  readonly timeoutMs?: number;
}

export interface MailMergeRun {
  readonly code: number;
  readonly document: RunDocument;
  readonly pool: PoolResultDocument;
  /** What was asked during the run, as `PUT assign 2`; what was refused with its summary. */
  readonly calls: readonly string[];
}

/**
 * A school with a SecureMailMerge pool, its runs done by the real jobs on a real Redis. After each test the key is looked
 * for in everything that was logged, stored and reported; nothing masks it here.
 */
export async function openMailMerge(options: Options) {
  const { licenses, assigned = [], settings = {}, timeoutMs = 5_000 } = options;
  const sandbox = await startSandbox({
    secureMailMerge: { subscriptions: [{ licenses, assigned: [...assigned], apiKey: KEY }], settings },
  });
  const redis = options.redis ?? (await startTestRedis());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-merge-'));
  const setRoster = (rows: readonly string[]) =>
    writeFileSync(path.join(folder, 'roster.csv'), [HEADER, ...rows, ''].join('\n'));
  setRoster(options.roster);
  const config = path.join(folder, 'cohort-sync.yaml');
  const configure = (purchasedSeats: number | null) => {
    writeFileSync(
      config,
      JSON.stringify({
        timeZone: 'America/New_York',
        roster: { source: 'csv', path: 'roster.csv' },
        pools: [
          {
            id: 'mail-merge',
            provider: 'securemailmerge',
            baseUrl: `${sandbox.url}/securemailmerge`,
            subscriptionType: SANDBOX_SECUREMAILMERGE.subscriptionType,
            subscriptionId: SANDBOX_SECUREMAILMERGE.subscriptionId,
            apiKey: KEY,
            ...(purchasedSeats === null ? {} : { purchasedSeats }),
          },
        ],
        guardrails: { ...options.guardrails },
        redis: { url: redis.url },
        queue: { leaseSeconds: 1 },
        log: { level: 'fatal' },
      }),
    );
    return loadConfig({ path: config, cwd: folder, env: process.env });
  };

  const seen: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      seen.push(chunk.toString());
      done();
    },
  });
  const log = createLog({ level: 'trace', stream, secrets: [] });
  const terminal = { out: process.stdout, err: process.stderr, env: { ...process.env } };
  const io = { terminal, cwd: folder, signal: new AbortController().signal };

  const start = async (purchasedSeats: number | null) => {
    const config = configure(purchasedSeats);
    const service = await openService(config, io);
    const createProvider = await loadProviders(config.pools);
    const context: JobContext = {
      ...service.context,
      log,
      providerOf: (pool) =>
        createProvider(pool, {
          clock: service.context.clock,
          limits: { timeoutMs },
          onCall: (call) => log.info({ call }, 'called'),
        }),
      // The first waits between tries are of no interest here.
      random: () => 0,
    };
    const workers = startWorkers(context, service.connectWorker);
    return {
      context,
      close: async () => {
        await workers.close(1000);
        await service.close();
      },
    };
  };
  let running = await start(options.purchasedSeats === undefined ? licenses : options.purchasedSeats);
  const looking = redis.connect();
  onTestFinished(async () => {
    const stored = await everythingIn(looking);
    await running.close();
    await sandbox.close();
    if (options.redis === undefined) await redis.stop();
    else await looking.flushall();
    looking.disconnect();
    rmSync(folder, { recursive: true, force: true });
    expect(seen.length > 0 || runs === 0).toBe(true);
    for (const text of [...seen, ...stored]) expect(text.toLowerCase()).not.toContain(KEY.toLowerCase());
  });

  const ended = async (run: string) => {
    const stored = await readRun(running.context.store, run);
    return stored !== null && stored.document.endedAt !== null ? stored.document : null;
  };
  let runs = 0;
  const sync = async (at = DAY): Promise<MailMergeRun> => {
    runs += 1;
    const last = sandbox.requests().at(-1)?.n ?? 0;
    const trigger = { by: 'cli', pools: ['mail-merge'], at: fromInstant(at) };
    const { run } = await triggerSync(running.context, trigger);
    const document = await until(`the end of run ${run}`, () => ended(run));
    seen.push(inspect(document, { depth: 20 }));
    const [pool] = document.pools;
    if (pool === undefined) throw new Error('the run has no pool');
    const asked = sandbox.requests().filter(({ n }) => n > last);
    const calls = asked.map(
      ({ method, summary, status }) => `${method} ${summary}${status === 200 ? '' : ` ${status}`}`,
    );
    return { code: runExitCode(document), document, pool, calls };
  };
  return {
    ...{ sandbox, sync, setRoster, folder, config, redis },
    /** The owner's view of the subscription. */
    truth: () => sandbox.secureMailMerge.report().subscriptions[0]?.assigned ?? [],
    /** Whom the ledger has as assigned, and whom it is in doubt about. */
    ledger: async () => {
      const marks = [...(await readAssignments(running.context.store, 'mail-merge')).values()];
      const named = (wanted: boolean) =>
        marks
          .filter(({ state }) => (state === 'assigned') === wanted)
          .map(({ grantee }) => grantee)
          .sort();
      return { assigned: named(true), doubtful: named(false) };
    },
    /** Starts the service anew with another number of purchased seats. */
    setPurchased: async (seats: number | null) => {
      await running.close();
      running = await start(seats);
    },
    audit: async (): Promise<AuditEntry[]> => {
      const entries: AuditEntry[] = [];
      for await (const entry of readAudit(running.context.store, null)) entries.push(entry);
      return entries;
    },
    context: () => running.context,
  };
}

/** Every key of a Redis with all that it holds, as text. */
async function everythingIn(redis: Redis): Promise<string[]> {
  const found: string[] = [];
  for (const key of await redis.keys('*')) {
    const dump = await redis.dumpBuffer(key);
    found.push(key, dump?.toString('latin1') ?? '');
    // A dump may be compressed: what is in it is looked at as it is, too.
    const kind = await redis.type(key);
    if (kind === 'string') found.push((await redis.get(key)) ?? '');
    if (kind === 'hash') found.push(...Object.entries(await redis.hgetall(key)).flat());
    if (kind === 'list') found.push(...(await redis.lrange(key, 0, -1)));
    if (kind === 'zset') found.push(...(await redis.zrange(key, 0, '-1')));
    if (kind === 'stream') found.push(JSON.stringify(await redis.xrange(key, '-', '+')));
  }
  return found;
}
