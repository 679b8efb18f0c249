import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import { startWorkers } from '../../jobs/workers.ts';
import { openService } from '../../src/cli/service.ts';
import { fromInstant } from '../../src/dates.ts';
import { readRun } from '../../src/ledger/runs.ts';
import type { PoolResultDocument, RunDocument } from '../../src/runs/documents.ts';
import { runExitCode } from '../../src/runs/verdict.ts';
import type { SalableOptions } from '../../src/sandbox/salable/options.ts';
import { SANDBOX_API_KEY } from '../../src/sandbox/salable/options.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { SANDBOX_ZOOM, type ZoomOptions } from '../../src/sandbox/zoom/options.ts';
import { startTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** The day of these runs, two days before the cohort of the joiners starts. */
export const DAY = '2026-11-22T11:00:00Z';

const HEADER = 'Email,Cohort,Start date,End date';

/** Rows of a cohort that starts in two days. */
export const joins = (...people: readonly string[]) =>
  people.map((who) => `${who}@example.org,2026-12,2026-11-24,2026-12-28`);
/** Rows of a cohort that ended a week ago. */
export const left = (...people: readonly string[]) =>
  people.map((who) => `${who}@example.org,2026-10,2026-10-12,2026-11-15`);
export const emails = (...people: readonly string[]) => people.map((who) => `${who}@example.org`);

export interface AccountOptions {
  readonly zoom: ZoomOptions;
  readonly roster: readonly string[];
  /** Further settings of the pool. */
  readonly pool?: Readonly<Record<string, unknown>>;
  /** A Salable pool beside it. */
  readonly salable?: SalableOptions;
  readonly notify?: readonly unknown[];
}

export interface ZoomRun {
  readonly code: number;
  readonly document: RunDocument;
  readonly zoom: PoolResultDocument;
  /** What was asked of Zoom during the run, as `GET /users`, tokens included. */
  readonly calls: readonly string[];
  /** Those of them that were to change something. */
  readonly writes: readonly string[];
}

/** A school with a Zoom pool, its runs done by the real jobs on a real Redis. */
export async function openAccount({ zoom, roster, pool = {}, salable, notify = [] }: AccountOptions) {
  const sandbox = await startSandbox({ zoom, ...(salable === undefined ? {} : { salable }) });
  const redis = await startTestRedis();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cs-zoom-'));
  const setRoster = (rows: readonly string[]) =>
    writeFileSync(path.join(folder, 'roster.csv'), [HEADER, ...rows, ''].join('\n'));
  setRoster(roster);
  const zoomPool = {
    ...{ id: 'zoom', provider: 'zoom', ...SANDBOX_ZOOM, tier: 'business', ...pool },
    baseUrl: `${sandbox.url}/zoom/v2`,
    oauthUrl: `${sandbox.url}/zoom/oauth/token`,
  };
  const salablePool = {
    ...{ id: 'salable', provider: 'salable', baseUrl: `${sandbox.url}/salable`, apiKey: SANDBOX_API_KEY },
    subscriptionUuid: '5a000000-0000-4000-8000-000000000001',
  };
  const config = path.join(folder, 'cohort-sync.yaml');
  const settings = {
    timeZone: 'America/New_York',
    roster: { source: 'csv', path: 'roster.csv' },
    pools: salable === undefined ? [zoomPool] : [zoomPool, salablePool],
    redis: { url: redis.url },
    queue: { leaseSeconds: 1 },
    notify,
    log: { level: 'fatal' },
  };
  writeFileSync(config, JSON.stringify(settings));
  const signal = new AbortController().signal;
  const terminal = { out: process.stdout, err: process.stderr, env: { ...process.env } };
  const loaded = loadConfig({ path: config, cwd: folder, env: process.env });
  const service = await openService(
    { ...loaded, log: { level: 'fatal' } },
    { terminal, cwd: folder, signal },
  );
  const workers = startWorkers(service.context, service.connectWorker);
  onTestFinished(async () => {
    await workers.close(1000);
    await service.close();
    await sandbox.close();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ended = async (run: string) => {
    const stored = await readRun(service.context.store, run);
    return stored !== null && stored.document.endedAt !== null ? stored.document : null;
  };
  /** Null for now, by the real clock. */
  const sync = async (at: string | null = DAY): Promise<ZoomRun> => {
    const last = sandbox.requests().at(-1)?.n ?? 0;
    const pools = loaded.pools.map(({ id }) => id);
    const moment = at === null ? null : fromInstant(at);
    const { run } = await triggerSync(service.context, { by: 'cli', pools, at: moment });
    const document = await until(`the end of run ${run}`, () => ended(run));
    const found = document.pools.find((each) => each.pool === 'zoom');
    if (found === undefined) throw new Error('the run has no Zoom pool');
    const asked = sandbox.requests().filter(({ n, provider }) => n > last && provider === 'zoom');
    const calls = asked.map(({ method, path: at }) => `${method} ${at}`);
    const writes = calls.filter((call) => !call.startsWith('GET') && call !== 'POST /oauth/token');
    return { code: runExitCode(document), document, zoom: found, calls, writes };
  };
  return { sandbox, service, sync, setRoster, folder, config };
}
