import { z } from 'zod';
import { changeLine, doneDocument, failedLine } from '../runs/documents.ts';
import { type Fence, fenced } from './fence.ts';
import { commit, keys, readLedger, type Store, type Write } from './store.ts';
import { parseStored, stored } from './stored.ts';

/** How long the working notes of a run are kept (seconds). The result and the audit stay. */
const KEEP_SECONDS = 14 * 86_400;

export const STAGES = ['unassign', 'increment', 'assign', 'decrement'] as const;
export type Stage = (typeof STAGES)[number];

/** One line of a stage: whom, at which seat, and why. */
const workLine = stored({
  key: z.string(),
  grantee: z.string(),
  seat: z.string().nullable(),
  reason: z.string(),
  explained: z.boolean(),
  /** The grantee keeps another seat. */
  keepsOne: z.boolean(),
});

export type WorkLine = z.infer<typeof workLine>;

/** What a stage set out to do. */
const work = stored({
  stage: z.enum(STAGES),
  lines: z.array(workLine),
  /** For changes of quantity. */
  change: stored({ observed: z.number(), expected: z.number(), reason: z.string() }).nullable(),
  /** The settings that it was planned by, as a hash. Absent in what an older version set out. */
  settings: z.string().optional(),
});

export type Work = z.infer<typeof work>;

/**
 * How far a run has come with a pool. Kept in the ledger, not in the job, so that any process can go on from here; each
 * stage still starts from what is true at the provider.
 */
const progress = stored({
  /** Stages that are over. */
  over: z.array(z.enum(STAGES)),
  /** The stage that jobs are working on; null between stages. */
  current: work.nullable(),
  done: stored(doneDocument.shape),
  changes: z.array(stored(changeLine.shape)),
  failed: z.array(stored(failedLine.shape)),
  /** Keys not to be tried again in this run. */
  failedKeys: z.array(z.string()),
  /** Keys whose seats the provider would not give back, and why. */
  locked: z.record(z.string(), z.string()),
  /** Set once the provider has refused to give anyone another seat. */
  shortage: stored({ kind: z.enum(['no-seats', 'quota']), reason: z.string() }).nullable(),
  purchaseProblem: z.string().nullable(),
  totalChanged: z.boolean(),
  managedAtStart: z.number().nullable(),
  assignedAtStart: z.number().nullable(),
  /** How often a stage was begun again because it was interrupted or what it stood on changed. */
  again: z.number(),
});

export type Progress = z.infer<typeof progress>;

export const noProgress: Progress = {
  over: [],
  current: null,
  done: { unassigned: [], incremented: 0, assigned: [], decremented: 0 },
  changes: [],
  failed: [],
  failedKeys: [],
  locked: {},
  shortage: null,
  purchaseProblem: null,
  totalChanged: false,
  managedAtStart: null,
  assignedAtStart: null,
  again: 0,
};

/** @throws OtherVersionError */
export async function readProgress(store: Store, run: string, pool: string): Promise<Progress> {
  const json = await readLedger(() => store.redis.get(keys.stage(run, pool)));
  return json === null ? noProgress : parseStored(progress, json, `the progress of run ${run} in ${pool}`);
}

/** @throws LedgerConflict if another execution has taken over. */
export async function writeProgress(
  store: Store,
  fence: Fence,
  run: string,
  step: string,
  value: Progress,
): Promise<void> {
  await commit(store, {
    id: `progress:${run}:${fence.pool}:${fence.token}:${step}`,
    expect: [fenced(fence)],
    writes: [
      {
        command: 'SET',
        key: keys.stage(run, fence.pool),
        args: [JSON.stringify(value), 'EX', String(KEEP_SECONDS)],
      },
    ],
  });
}

/** What became of one line of a stage, as the job that worked on it saw it. */
const lineOutcome = stored({
  /**
   * `lapsed`: it had no effect, though nobody refused it, so that the need is worked out anew: a change of the total, or
   * somebody whose turn did not come or whose seat went to another. `denied`: the key may not do this at all.
   */
  outcome: z.enum([
    ...(['applied', 'already', 'refused', 'denied', 'unknown'] as const),
    ...(['no-seats', 'quota', 'locked', 'lapsed'] as const),
  ]),
  reason: z.string().nullable(),
  retryAt: z.string().nullable(),
});

export type LineOutcome = z.infer<typeof lineOutcome>;

/** Whether the provider gives nobody another seat now, so that those who lack one wait. */
export function isShortage({ outcome }: LineOutcome): boolean {
  return outcome === 'no-seats' || outcome === 'quota';
}

/** Names the outcomes of one go at a stage: a stage that is begun again starts without any. */
export function roundOf(stage: Stage, progress: Progress): string {
  return `${stage}.${progress.again}`;
}

/** The name of a line's outcome. A grantee with several seats has a line for each. */
export function lineName({ key, seat }: WorkLine): string {
  return seat === null ? key : `${seat} ${key}`;
}

/** The name of the outcome of a change of the total. */
export const TOTAL_LINE = 'total';

/** The writes that note what became of lines. */
export function outcomeWrites(
  run: string,
  pool: string,
  round: string,
  outcomes: readonly (readonly [string, LineOutcome])[],
): Write[] {
  const key = keys.results(run, pool);
  const args = outcomes.flatMap(([name, outcome]) => [`${round}:${name}`, JSON.stringify(outcome)]);
  if (args.length === 0) return [];
  return [
    { command: 'HSET', key, args },
    { command: 'EXPIRE', key, args: [String(KEEP_SECONDS)] },
  ];
}

/** What the jobs of one go at a stage have noted, by the line's name. */
export async function readOutcomes(
  store: Store,
  run: string,
  pool: string,
  round: string,
): Promise<Map<string, LineOutcome>> {
  const stored = await readLedger(() => store.redis.hgetall(keys.results(run, pool)));
  const outcomes = new Map<string, LineOutcome>();
  for (const [field, json] of Object.entries(stored)) {
    if (field.startsWith(`${round}:`))
      outcomes.set(field.slice(round.length + 1), lineOutcome.parse(JSON.parse(json)));
  }
  return outcomes;
}
