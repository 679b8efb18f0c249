import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import * as schemas from '../../src/dashboard/schemas.ts';
import { buildPackage } from '../support/built-package.ts';
import { startSchool, teaches } from '../support/school.ts';
import { call, servicesOf } from '../support/service.ts';
import { until } from '../support/until.ts';
import { atMost, information, type Line, median } from './table.ts';

const IDLE_RUNS = 1_000;

/** Runs after which memory is taken for warm: all code has been compiled, and the heap has found its size. */
const WARM_RUNS = 300;

const ready = z.object({ url: z.string(), pid: z.number() });

/** `serve` as built, on a running Redis: how soon it is ready, what it takes at rest, and whether runs make it grow. */
export async function benchService(runs = IDLE_RUNS): Promise<Line[]> {
  using built = buildPackage();
  return await measure(built.bin, runs);
}

async function measure(main: string, runs: number): Promise<Line[]> {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 2, assigned: ['owner@example.org'] }] },
    roster: teaches('ada@example.org'),
  });
  const config = servicesOf(school).write({ settings: { schedule: [{ cron: '0 6 * * *' }] } });
  const starts: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < 5; round++) {
    await using service = await start(main, config);
    starts.push(service.milliseconds);
    await call(service.url, 'GET', '/healthz', { token: null });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    sizes.push(mebibytes(service.pid));
  }
  await using service = await start(main, config);
  let warm = 0;
  for (let run = 1; run <= runs; run++) {
    await idleRun(service.url);
    if (run === Math.min(WARM_RUNS, runs)) warm = mebibytes(service.pid);
  }
  const after = mebibytes(service.pid);
  return [
    // The first round fills the compile cache.
    atMost('serve: ready after the start of the process', median(starts.slice(1)), 1_500, 'ms'),
    atMost('serve: resident set at rest', median(sizes), 130, 'MiB'),
    information(`  after ${Math.min(WARM_RUNS, runs)} runs`, warm, 'MiB'),
    atMost(
      `serve: growth of it over ${Math.max(0, runs - WARM_RUNS)} further idle runs`,
      Math.max(0, after - warm),
      10,
      'MiB',
    ),
  ];
}

async function idleRun(url: string): Promise<void> {
  const started = await call(url, 'POST', '/api/sync', { body: {} });
  const { run } = schemas.triggered.parse(await started.json());
  await until(`the end of ${run}`, async () => {
    const answer = await call(url, 'GET', `/api/runs/${run}`);
    return schemas.runDocument.parse(await answer.json()).endedAt !== null;
  });
}

async function start(main: string, config: string) {
  const began = performance.now();
  const child = spawn(process.execPath, [main, 'serve', '--json', '--config', config], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await until('the service', () => out.trimEnd().endsWith('}'));
  return {
    ...ready.parse(JSON.parse(out)),
    milliseconds: performance.now() - began,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function mebibytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1_024;
}
