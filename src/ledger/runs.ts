import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { IsoInstant } from '../dates.ts';
import { LedgerConflict } from '../errors.ts';
import {
  type FailedLine,
  type FailureDocument,
  failureDocument,
  type PoolResultDocument,
  type ProblemDocument,
  poolResultDocument,
  problemDocument,
  type RunDocument,
  type RunSummary,
  type Verdict,
  verdict,
} from '../runs/documents.ts';
import { mergeProblems } from '../runs/problems.ts';
import { worstVerdict } from '../runs/verdict.ts';
import { endOf, eventWrites } from './events.ts';
import { type Fence, fenced } from './fence.ts';
import { outcomeWrite, runCountWrite } from './outcomes.ts';
import { commit, type Expectation, keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';
import { type Tick, takingOf } from './ticks.ts';

/** What is fixed when a run starts. */
const runHead = stored({
  run: z.string(),
  /** `cron`, `cli`, `http`, `retry`, `approval`. */
  trigger: z.string(),
  startedAt: z.string(),
  /** The pools that this run works on. */
  pools: z.array(z.string()),
  /** How far the run's clock is ahead of the real one (milliseconds); other than 0 only with `--at`. */
  clockOffset: z.number(),
});

/**
 * What a run is for, as hashes: the account of each pool, and where the roster is. A process that is configured for
 * another one must not work on it. In a field of its own: older versions take no more in `head` than they know.
 */
const runPurpose = stored({ roster: z.string(), accounts: z.record(z.string(), z.string()) });

export type RunPurpose = z.infer<typeof runPurpose>;

/** `purpose` is absent in runs that an older version started. */
export type RunHead = z.infer<typeof runHead> & { readonly purpose?: RunPurpose };

const runEnd = stored({ endedAt: z.string(), verdict });

/** Most runs that the list keeps; older ones are found in the audit. */
const KEEP_RUNS = 1000;

/** Which run works on a pool now, if any. */
export async function activeRun(store: Store, pool: string): Promise<string | null> {
  return readLedger(() => store.redis.get(keys.active(pool)));
}

/**
 * Starts a run on pools that no run works on.
 * @param tick the scheduled time that is taken by it, in the same write.
 * @throws LedgerConflict if one of the pools, or the tick, was taken meanwhile.
 */
export async function startRun(
  store: Store,
  { purpose, ...head }: RunHead,
  now: number,
  tick: Tick | null = null,
): Promise<void> {
  const meant = purpose === undefined ? [] : ['purpose', JSON.stringify(purpose)];
  const taking = tick === null ? null : takingOf(tick, head.run);
  // Replicas give the run of one tick one id. Each commits under an id of its own, so that the second meets a conflict.
  const id = tick === null ? `run:${head.run}:start` : `run:${head.run}:start:${randomUUID()}`;
  await commit(store, {
    id,
    expect: [
      ...(taking === null ? [] : [taking.expect]),
      ...head.pools.map((pool) => ({
        key: keys.active(pool),
        value: null,
        what: `active run of ${pool}`,
      })),
    ],
    writes: [
      ...(taking === null ? [] : [taking.write]),
      ...head.pools.map((pool): Write => ({ command: 'SET', key: keys.active(pool), args: [head.run] })),
      { command: 'HSET', key: keys.run(head.run), args: ['head', JSON.stringify(head), ...meant] },
      { command: 'ZADD', key: keys.runs, args: [String(now), head.run] },
    ],
  });
  await readLedger(() => store.redis.zremrangebyrank(keys.runs, 0, -KEEP_RUNS - 1));
}

export async function readHead(store: Store, run: string): Promise<RunHead | null> {
  const [head, purpose] = await readLedger(() => store.redis.hmget(keys.run(run), 'head', 'purpose'));
  return head ? headOf(head, purpose) : null;
}

function headOf(head: string, purpose: string | null | undefined): RunHead {
  const meant = purpose ? { purpose: runPurpose.parse(JSON.parse(purpose)) } : {};
  return { ...runHead.parse(JSON.parse(head)), ...meant };
}

/** Notes what the roster's rows would not tell, for the run's report. */
export async function recordProblems(
  store: Store,
  run: string,
  problems: readonly ProblemDocument[],
): Promise<void> {
  await readLedger(() => store.redis.hset(keys.run(run), 'problems', JSON.stringify(problems)));
}

/** Notes why a run could not even begin. */
export async function recordRunError(store: Store, run: string, error: FailureDocument): Promise<void> {
  await readLedger(() => store.redis.hset(keys.run(run), 'error', JSON.stringify(error)));
}

/** What goes with the end of a run's work on a pool. */
export interface PoolEnd {
  readonly fence: Fence | null;
  readonly at: IsoInstant;
  readonly writes: readonly Write[];
  /** What the writes rest on. Default: nothing but the fence. */
  readonly expect?: readonly Expectation[];
  /** The roster's problems, with those whom they protect in this pool. */
  readonly problems: readonly ProblemDocument[];
}

/**
 * Ends a run's work on one pool: its result, what goes with it, and the pool is free for the next run, all in one write.
 * @returns the run's verdict if it ended by this; null if other pools are still at work.
 * @throws LedgerConflict if another execution has taken over, the pool's part of the run has ended already, or something
 *   is not as expected.
 */
export async function finishPool(
  store: Store,
  run: string,
  result: PoolResultDocument,
  end: PoolEnd,
): Promise<Verdict | null> {
  const active = keys.active(result.pool);
  await commit(store, {
    id: `run:${run}:${result.pool}:finish:${end.fence?.token ?? 'none'}`,
    expect: [
      ...(end.fence === null ? [] : [fenced(end.fence)]),
      { key: active, value: run, what: `active run of ${result.pool}` },
      ...(end.expect ?? []),
    ],
    writes: [
      ...end.writes,
      {
        command: 'HSET',
        key: keys.run(run),
        args: [
          `pool:${result.pool}`,
          JSON.stringify(result),
          `problems:${result.pool}`,
          JSON.stringify(end.problems),
        ],
      },
      outcomeWrite(run, result, end.at),
      { command: 'DEL', key: active, args: [] },
      // A job of this run that is still about must not do anything after its end.
      { command: 'DEL', key: keys.fence(result.pool), args: [] },
    ],
  });
  return endIfComplete(store, run, end.at);
}

/**
 * Frees pools on which a run that has ended, or that nobody knows any more, still stands as the one at work: no other could
 * ever start there. A ledger that has lost something can leave it so.
 */
export async function freePools(store: Store, run: string, pools: readonly string[]): Promise<void> {
  for (const pool of pools) {
    if ((await activeRun(store, pool)) !== run) continue;
    const key = keys.active(pool);
    const expect = [{ key, value: run, what: `active run of ${pool}` }];
    const id = `run:${run}:${pool}:freed:${randomUUID()}`;
    await commit(store, { id, expect, writes: [{ command: 'DEL', key, args: [] }] }).catch(
      (cause: unknown) => {
        if (!(cause instanceof LedgerConflict)) throw cause;
      },
    );
  }
}

/**
 * Ends the run once each of its pools has a result. Safe to call at any time, by anyone; counted once.
 * @returns its verdict if it ended by this.
 */
export async function endIfComplete(store: Store, run: string, at: IsoInstant): Promise<Verdict | null> {
  const stored = await readRun(store, run);
  if (stored === null || stored.document.endedAt !== null) return null;
  const { head, document } = stored;
  if (document.pools.length < head.pools.length) return null;
  const worst = document.error ? 'failed' : worstVerdict(document.pools.map((pool) => pool.verdict));
  const end = { endedAt: at, verdict: worst };
  const fields = head.pools.map((pool) => `pool:${pool}`);
  const results = await readLedger(() => store.redis.hmget(keys.run(run), ...fields));
  try {
    await commit(store, {
      id: `run:${run}:end:${randomUUID()}`,
      expect: [
        { key: keys.run(run), field: 'end', value: null, what: 'end of the run' },
        // A server that took over in between may have lost a result: then the run has not ended.
        ...fields.map((field, index) => ({
          ...{ key: keys.run(run), field, value: results[index] ?? '', what: 'end of the run' },
        })),
      ],
      writes: [
        { command: 'HSET', key: keys.run(run), args: ['end', JSON.stringify(end)] },
        runCountWrite(worst),
        ...eventWrites(run, endOf(at, worst)),
      ],
    });
    return worst;
  } catch (cause) {
    if (cause instanceof LedgerConflict) return null;
    throw cause;
  }
}

export interface StoredRun {
  readonly head: RunHead;
  readonly document: RunDocument;
}

/** One run in full; null if there is none of this id. */
export async function readRun(store: Store, run: string): Promise<StoredRun | null> {
  const fields = await readLedger(() => store.redis.hgetall(keys.run(run)));
  if (fields.head === undefined) return null;
  const head = headOf(fields.head, fields.purpose);
  const end = fields.end === undefined ? null : runEnd.parse(JSON.parse(fields.end));
  const pools = head.pools.flatMap((pool) => {
    const json = fields[`pool:${pool}`];
    return json === undefined ? [] : [poolResultDocument.parse(JSON.parse(json))];
  });
  const document: RunDocument = {
    run,
    trigger: head.trigger,
    startedAt: head.startedAt,
    endedAt: end?.endedAt ?? null,
    verdict: end?.verdict ?? null,
    problems: mergeProblems(
      ['problems', ...head.pools.map((pool) => `problems:${pool}`)].map((field) => problemsIn(fields[field])),
    ),
    pools,
    ...(fields.error === undefined ? {} : { error: failureDocument.parse(JSON.parse(fields.error)) }),
  };
  return { head, document };
}

function problemsIn(json: string | undefined): ProblemDocument[] {
  return json === undefined ? [] : z.array(problemDocument).parse(JSON.parse(json));
}

/** The ids of the latest runs, newest first. */
export function newestRuns(store: Store, count: number): Promise<string[]> {
  return readLedger(() => store.redis.zrevrange(keys.runs, 0, count - 1));
}

/** How far back runs that have not ended are looked for: long before as many more have begun, somebody has looked. */
const OPEN_AMONG = 200;

/** What is fixed of the runs that have not ended, newest first. */
export async function openHeads(store: Store): Promise<RunHead[]> {
  const ids = await newestRuns(store, OPEN_AMONG);
  const ends = await readLedger(() => Promise.all(ids.map((id) => store.redis.hget(keys.run(id), 'end'))));
  const open = ids.filter((_id, place) => ends[place] === null);
  const heads = await Promise.all(open.map((id) => readHead(store, id)));
  return heads.filter((head) => head !== null);
}

/** The latest runs, newest first. */
export async function listRuns(store: Store, count: number): Promise<RunSummary[]> {
  const ids = await newestRuns(store, count);
  const stored = await Promise.all(ids.map((id) => readSummary(store, id)));
  return stored.filter((run) => run !== null);
}

/** Of a pool's result what a list needs: the rest may be long, and is not looked at. */
const poolVerdict = z.object({ verdict });

/** A run in a line; null if there is none of this id. */
async function readSummary({ redis }: Store, run: string): Promise<RunSummary | null> {
  const [headJson, endJson] = await readLedger(() => redis.hmget(keys.run(run), 'head', 'end'));
  if (!headJson) return null;
  const { trigger, startedAt, pools } = runHead.parse(JSON.parse(headJson));
  const end = endJson ? runEnd.parse(JSON.parse(endJson)) : null;
  const fields = pools.map((pool) => `pool:${pool}`);
  const results = fields.length === 0 ? [] : await readLedger(() => redis.hmget(keys.run(run), ...fields));
  return {
    ...{ run, trigger, startedAt, endedAt: end?.endedAt ?? null, verdict: end?.verdict ?? null },
    pools: pools.map((pool, place) => {
      const json = results[place];
      return { pool, verdict: json ? poolVerdict.parse(JSON.parse(json)).verdict : null };
    }),
  };
}

/** What a list of runs is narrowed to. */
export interface RunFilter {
  readonly pool: string | null;
  /** `open`: runs that have not ended. */
  readonly verdict: Verdict | 'open' | null;
}

/**
 * One page of the runs that fit, newest first, and how many fit in all.
 * @param from how many that fit are left out before it.
 */
export async function pageOfRuns(
  store: Store,
  { pool, verdict: wanted }: RunFilter,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<{ readonly runs: RunSummary[]; readonly fitting: number }> {
  const ids = await newestRuns(store, KEEP_RUNS);
  const heads = await readLedger(() =>
    Promise.all(ids.map((id) => store.redis.hmget(keys.run(id), 'head', 'end'))),
  );
  const fitting = ids.filter((_id, place) => {
    const [head, end] = heads[place] ?? [];
    if (!head) return false;
    if (pool !== null && !runHead.parse(JSON.parse(head)).pools.includes(pool)) return false;
    return wanted === null || wanted === (end ? runEnd.parse(JSON.parse(end)).verdict : 'open');
  });
  const stored = await Promise.all(fitting.slice(from, from + count).map((id) => readSummary(store, id)));
  return { runs: stored.filter((run) => run !== null), fitting: fitting.length };
}

/** What failed for a person in the latest run that worked on a pool; null if nothing did. */
export async function latestFailure(
  store: Store,
  pool: string,
  fits: (line: FailedLine) => boolean,
): Promise<FailedLine | null> {
  const RECENT = 50;
  const ids = await readLedger(() => store.redis.zrevrange(keys.runs, 0, RECENT - 1));
  for (const id of ids) {
    const run = await readRun(store, id);
    const result = run?.document.pools.find((each) => each.pool === pool);
    if (result !== undefined) return result.failed.find(fits) ?? null;
  }
  return null;
}
