import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { purposeOf } from '../../jobs/purpose.ts';
import { startWorkers } from '../../jobs/workers.ts';
import type { RunPurpose } from '../../src/ledger/runs.ts';
import { keys } from '../../src/ledger/store.ts';
import type { SalableState } from '../../src/sandbox/salable/state.ts';
import { faultsInFurtherRun, faultsInTotals, unexplained } from './judge.ts';
import type { Scenario } from './kill-matrix.ts';
import { startTestRedis } from './redis.ts';
import type { School } from './school.ts';

/** Where Redis 7 keeps its append-only file, in the folder of its data. */
const FOLDER = 'appendonlydir';
const FILE = path.join(FOLDER, 'appendonly.aof.1.incr.aof');

/** The provider as it was when the append-only file had so many bytes. */
interface Moment {
  readonly size: number;
  readonly at: number;
  readonly state: SalableState;
}

/** A real run, as its Redis had it on disk. */
export interface RecordedRun {
  readonly scenario: Scenario;
  /** A folder with the append-only file whole. */
  readonly folder: string;
  readonly bytes: Buffer;
  /** Where each record ends. A command of a transaction is one of its own. */
  readonly ends: readonly number[];
  readonly moments: readonly Moment[];
  /** Whose run it was. */
  readonly purpose: RunPurpose;
  dispose(): Promise<void>;
}

export interface AofCase {
  /** From 0. */
  readonly record: number;
  /** Where the file is cut. */
  readonly cut: 'after the record' | 'in the middle of it';
  /** What the provider has done by then: all that it did in the run, or what it had done when the file was so long. */
  readonly provider: 'all done' | 'as of that moment';
}

/** Plays the scenario once with every write on disk before it is answered, and keeps the file. */
export async function recordRun(scenario: Scenario): Promise<RecordedRun> {
  const redis = await startTestRedis({ appendfsync: 'always' });
  const file = path.join(redis.folder, FILE);
  const size = () => statSync(file).size;
  const moments: Moment[] = [];
  let bytes: Buffer;
  let purpose: RunPurpose;
  {
    await using school = await scenario.start(redis);
    purpose = purposeIn(school);
    const { sandbox } = school;
    const note = () =>
      void moments.push({ size: size(), at: sandbox.clock.now(), state: sandbox.salableSnapshots.take() });
    note();
    for (const method of ['PUT', 'POST']) {
      sandbox.faults.hook(
        { provider: 'salable', method },
        {
          after: () => {
            note();
            return undefined;
          },
        },
        'always',
      );
    }
    const worker = await school.worker();
    const run = await school.sync();
    if (run.verdict !== 'in-sync') throw new Error(`the run to be recorded ended as ${run.verdict}`);
    note();
    await worker.kill();
    // The school empties its Redis when it ends.
    bytes = readFileSync(file);
  }
  await redis.kill();
  const { folder, stop: dispose } = redis;
  return { scenario, folder, bytes, ends: recordEnds(bytes), moments, purpose, dispose };
}

/** Where the commands of an append-only file end: arrays of bulk strings, as a client sends them. */
function recordEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  let at = 0;
  const line = () => {
    const end = bytes.indexOf('\r\n', at);
    const text = bytes.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  while (at < bytes.length) {
    const head = line();
    if (!head.startsWith('*')) throw new Error(`no record starts at byte ${at}: ${head}`);
    for (let part = 0; part < Number(head.slice(1)); part++) {
      const length = Number(line().slice(1));
      at += length + 2;
    }
    ends.push(at);
  }
  if (at !== bytes.length) throw new Error('the append-only file does not end with a record');
  return ends;
}

/**
 * All cuts: at the end of each record with the provider in both states, and within each. Redis drops the torn record, so
 * that with all done a cut within one is the same as one before it.
 */
export function allCuts({ ends }: RecordedRun): AofCase[] {
  return ends.flatMap((_, record) => [
    { record, cut: 'after the record', provider: 'all done' },
    { record, cut: 'after the record', provider: 'as of that moment' },
    { record, cut: 'in the middle of it', provider: 'as of that moment' },
  ]);
}

/** Runs until nothing is left to do. */
const MOST_RUNS = 3;

/** Starts Redis on the cut file and a worker on it. Returns what is wrong in the end. */
export async function startOnCut(
  recorded: RecordedRun,
  { record, cut, provider }: AofCase,
): Promise<readonly string[]> {
  const { scenario, moments, ends, bytes } = recorded;
  const { goal } = scenario;
  const begin = record === 0 ? 0 : (ends[record - 1] ?? 0);
  const end = ends[record] ?? 0;
  const length = cut === 'after the record' ? end : begin + Math.ceil((end - begin) / 2);
  const moment = provider === 'all done' ? moments.at(-1) : moments.findLast(({ size }) => size <= length);
  const { state, at } = moment ?? moments[0] ?? { state: undefined, at: 0 };
  if (state === undefined) throw new Error('nothing was recorded');
  await using redis = await cutRedis(recorded.folder, bytes.subarray(0, length));
  await using school = await scenario.start(redis);
  school.sandbox.clock.set(at);
  school.sandbox.salableSnapshots.restore(state);
  await moveLedger(school, recorded.purpose);
  const workers = startWorkers(school.service.context, school.service.connectWorker);
  try {
    let faults: readonly string[] = [];
    for (let count = 0; count < MOST_RUNS; count++) {
      const { run } = await school.trigger();
      await school.ended(run, 60_000);
      faults = atGoal(school, scenario);
      if (faults.length === 0) break;
    }
    const effects = school.sandbox.effects().filter(({ by }) => by === 'api');
    const touched = effects.filter(({ from, to }) =>
      goal.untouched.some((who) => who === from || who === to),
    );
    return [
      ...faults,
      ...faultsInTotals(effects, goal),
      ...touched.map(({ kind, from, to }) => `${kind} of ${from ?? to}`),
      ...(provider === 'all done'
        ? effects.map(({ kind, to }) => `${kind} ${to}, although all was done`)
        : []),
      ...unexplained(effects, await school.audit()),
      ...(await faultsInFurtherRun(school)),
    ];
  } finally {
    await workers.close(1_000);
  }
}

function purposeIn({ service }: School): RunPurpose {
  const { config } = service.context;
  return purposeOf(
    config,
    config.pools.map(({ id }) => id),
  );
}

/**
 * The school stands at another address and in another folder than the recorded one. To the ledger it is made the same: its
 * runs would be refused as those of another account, in place of being gone on with.
 */
async function moveLedger(school: School, from: RunPurpose): Promise<void> {
  const to = purposeIn(school);
  const names: [string, string][] = [[from.roster, to.roster]];
  for (const [pool, account] of Object.entries(from.accounts)) names.push([account, to.accounts[pool] ?? '']);
  const renamed = (text: string) => names.reduce((left, [old, now]) => left.replaceAll(old, now), text);

  const redis = school.redis.connect();
  for (const key of await redis.keys(keys.run('*'))) {
    const purpose = (await redis.type(key)) === 'hash' ? await redis.hget(key, 'purpose') : null;
    if (purpose !== null) await redis.hset(key, 'purpose', renamed(purpose));
  }
  for (const key of await redis.keys(keys.intent('*'))) {
    const intent = await redis.get(key);
    if (intent !== null) await redis.set(key, renamed(intent));
  }
  const managers = await redis.hgetall(keys.managers);
  for (const [account, pool] of Object.entries(managers)) {
    await redis.hdel(keys.managers, account);
    await redis.hset(keys.managers, renamed(account), pool);
  }
  redis.disconnect();
}

function atGoal({ sandbox }: School, { goal }: Scenario): string[] {
  const [subscription] = sandbox.salable.report().subscriptions;
  const assigned = [...(subscription?.assigned ?? [])].sort();
  return [
    ...(subscription?.quantity === goal.seats
      ? []
      : [`the total is ${subscription?.quantity}, not ${goal.seats}`]),
    ...(assigned.join() === [...goal.assigned].sort().join() ? [] : [`assigned are ${assigned.join(', ')}`]),
  ];
}

async function cutRedis(folder: string, bytes: Buffer) {
  const redis = await startTestRedis({
    appendfsync: 'always',
    prepare: (own) => {
      cpSync(path.join(folder, FOLDER), path.join(own, FOLDER), { recursive: true });
      writeFileSync(path.join(own, FILE), bytes);
    },
  });
  return { ...redis, [Symbol.asyncDispose]: redis.stop };
}
