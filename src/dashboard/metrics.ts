import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { fromInstant } from '../dates.ts';
import { readCounters } from '../ledger/counters.ts';
import { readHold } from '../ledger/holds.ts';
import { readPoolOutcomes } from '../ledger/outcomes.ts';
import { readRun } from '../ledger/runs.ts';
import { readWorkers } from '../ledger/workers.ts';
import type { PoolResultDocument, RunDocument } from '../runs/documents.ts';
import type { DashboardDeps } from './deps.ts';
import { shared } from './shared.ts';

export interface Metrics {
  readonly contentType: string;
  /** All metrics as text, made from the ledger: every process tells the same, whichever did the work. */
  text(): Promise<string>;
}

export function createMetrics(deps: DashboardDeps): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = createGauges(registry);
  const collect = async () => {
    await Promise.all([
      fromCounters(deps, gauges),
      fromPools(deps, gauges),
      fromQueues(deps, gauges),
      fromWorkers(deps, gauges),
    ]);
    return registry.metrics();
  };
  // The numbers are emptied before they are set: of two who ask at once one would find them gone.
  const sharing = shared<string>();
  return { contentType: registry.contentType, text: () => sharing('metrics', collect) };
}

const VERDICTS = ['in-sync', 'changes', 'held', 'waiting', 'failed'] as const;

type Gauges = ReturnType<typeof createGauges>;

function createGauges(register: Registry) {
  const options = (name: string, help: string, labelNames: string[]) => ({
    name: `cohort_sync_${name}`,
    help,
    labelNames,
    registers: [register],
  });
  const gauge = (name: string, help: string, ...labels: string[]) => new Gauge(options(name, help, labels));
  const counter = (name: string, help: string, ...labels: string[]) =>
    new Counter(options(name, help, labels));
  return {
    runs: counter('runs_total', 'Runs that have ended, by verdict', 'verdict'),
    sinceSuccess: gauge(
      'seconds_since_success',
      'Seconds since a run last ended without a failure of the pool; absent if none ever has',
      'pool',
    ),
    verdict: gauge(
      'pool_verdict',
      'The verdict of the last run of the pool: 1 for the one that holds; all 0 before the first',
      'pool',
      'verdict',
    ),
    seats: gauge(
      'seats',
      'Seats after the last run: paid, assigned, unused, and those that people wait for',
      'pool',
      'state',
    ),
    holds: gauge('holds_open', 'Holds that wait for a person', 'pool'),
    heldLines: gauge('held_lines', 'Lines in open holds', 'pool'),
    problems: gauge(
      'roster_problems',
      'Rows of the roster that could not be believed in the last run',
      'pool',
    ),
    calls: counter(
      'provider_calls_total',
      'Calls to providers, by HTTP status or failure',
      'pool',
      'method',
      'status',
    ),
    callBuckets: counter(
      'provider_call_seconds_bucket',
      'Calls to providers that took at most this long',
      'pool',
      'le',
    ),
    callSum: counter('provider_call_seconds_sum', 'Seconds that calls to providers took', 'pool'),
    callCount: counter('provider_call_seconds_count', 'Calls to providers', 'pool'),
    queue: gauge('queue_jobs', 'Jobs on the queues', 'queue', 'state'),
    workers: gauge('workers', 'Worker processes, alive or silent', 'state'),
  };
}

async function fromCounters({ context }: DashboardDeps, gauges: Gauges): Promise<void> {
  const { runs, calls, durations } = await readCounters(context.store);
  for (const each of [gauges.runs, gauges.calls, gauges.callBuckets, gauges.callSum, gauges.callCount])
    each.reset();
  for (const verdict of VERDICTS) {
    gauges.runs.inc({ verdict }, runs.get(verdict) ?? 0);
  }
  for (const { pool, method, status, count } of calls) gauges.calls.inc({ pool, method, status }, count);
  for (const { pool, buckets, seconds, count } of durations) {
    for (const [le, within] of buckets) gauges.callBuckets.inc({ pool, le }, within);
    gauges.callSum.inc({ pool }, seconds);
    gauges.callCount.inc({ pool }, count);
  }
}

async function fromPools({ context, config }: DashboardDeps, gauges: Gauges): Promise<void> {
  const { store, clock } = context;
  const pools = config.pools.map((pool) => pool.id);
  const outcomes = await readPoolOutcomes(store, pools);
  for (const each of [
    gauges.sinceSuccess,
    gauges.verdict,
    gauges.seats,
    gauges.holds,
    gauges.heldLines,
    gauges.problems,
  ]) {
    each.reset();
  }
  const now = clock.now();
  const pooled = pools.map(async (pool, index) => {
    const { run = null, successAt = null } = outcomes[index] ?? {};
    if (successAt !== null) {
      gauges.sinceSuccess.set({ pool }, Math.max(0, (now - fromInstant(successAt)) / 1_000));
    }
    const hold = await readHold(store, pool);
    const open = hold !== null && hold.state === 'open' && fromInstant(hold.expiresAt) > now;
    gauges.holds.set({ pool }, open ? 1 : 0);
    gauges.heldLines.set({ pool }, open ? hold.lines.length : 0);
    const document = run === null ? undefined : (await readRun(store, run))?.document;
    const result = document?.pools.find((each) => each.pool === pool);
    if (document !== undefined && result !== undefined) tellResult(gauges, document, result);
    else tellVerdict(gauges, pool, null);
  });
  await Promise.all(pooled);
}

/** All of them 0 where no run has ended yet: what is absent can't be alerted on. */
function tellVerdict(gauges: Gauges, pool: string, verdict: string | null): void {
  for (const each of VERDICTS) gauges.verdict.set({ pool, verdict: each }, each === verdict ? 1 : 0);
}

function tellResult(
  gauges: Gauges,
  document: RunDocument,
  { pool, verdict, seats, waiting }: PoolResultDocument,
): void {
  tellVerdict(gauges, pool, verdict);
  gauges.problems.set({ pool }, document.problems.length);
  gauges.seats.set({ pool, state: 'waiting' }, waiting.length);
  // A pool that could not be read has unknown seats, which is not the same as none.
  if (seats === null) return;
  gauges.seats.set({ pool, state: 'total' }, seats.total);
  gauges.seats.set({ pool, state: 'assigned' }, seats.assigned);
  gauges.seats.set({ pool, state: 'unused' }, Math.max(0, seats.total - seats.assigned));
}

async function fromQueues({ queues }: DashboardDeps, gauges: Gauges): Promise<void> {
  gauges.queue.reset();
  const counted = queues.all.map(async (queue) => {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'waiting-children', 'failed');
    for (const [state, count] of Object.entries(counts))
      gauges.queue.set({ queue: queue.name, state }, count);
  });
  await Promise.all(counted);
}

async function fromWorkers({ context }: DashboardDeps, gauges: Gauges): Promise<void> {
  const now = context.clock.now();
  const records = await readWorkers(context.store);
  const silent = records.filter(
    ({ beatAt, silentAfter }) => now - fromInstant(beatAt) > silentAfter * 1_000,
  ).length;
  gauges.workers.set({ state: 'silent' }, silent);
  gauges.workers.set({ state: 'alive' }, records.length - silent);
}
