import { toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { fenced } from '../src/ledger/fence.ts';
import { ownershipWrites } from '../src/ledger/grantees.ts';
import { readIntent } from '../src/ledger/intents.ts';
import { type Made, readRepeats, repeatWrites, TOTAL } from '../src/ledger/repeats.ts';
import {
  isShortage,
  type LineOutcome,
  lineName,
  type Progress,
  readOutcomes,
  roundOf,
  TOTAL_LINE,
  type Work,
  type WorkLine,
  writeProgress,
} from '../src/ledger/stages.ts';
import { commit } from '../src/ledger/store.ts';
import type { Holder, PoolState } from '../src/providers/provider.ts';
import type { FailedLine } from '../src/runs/documents.ts';
import { tell } from './context.ts';
import type { PoolRun } from './sync-pool.ts';
import { usedByLines } from './used-up.ts';
import { withChange, withLines } from './with-done.ts';

/** How often a stage may be begun again in one run before what is left of it is given up. */
export const MOST_AGAIN = 5;

/** Waits before reading back again what was accepted but is not seen yet (milliseconds). */
const READ_BACK_WAITS = [1_000, 2_000, 4_000] as const;

export interface Closed {
  readonly state: PoolState;
  readonly progress: Progress;
}

/**
 * Ends a stage by reading (rule 9): what the live state shows is done, whatever the answers were; what it does not
 * show has failed, with the provider's reason. A stage that was interrupted before all of its jobs had their say is
 * begun again from what is true now.
 */
export async function closeStage(poolRun: PoolRun, work: Work, progress: Progress): Promise<Closed> {
  const { context, run, pool } = poolRun;
  const outcomes = await readOutcomes(context.store, run, pool.id, roundOf(work.stage, progress));
  return work.change === null
    ? closeLines(poolRun, work, progress, outcomes)
    : closeTotal(poolRun, work, work.change, progress, outcomes.get(TOTAL_LINE));
}

type Outcomes = ReadonlyMap<string, LineOutcome>;

async function closeLines(
  poolRun: PoolRun,
  work: Work,
  progress: Progress,
  outcomes: Outcomes,
): Promise<Closed> {
  const { state, done } = await readBack(poolRun, work, outcomes);
  const open = work.lines.filter((line) => !done.has(line));
  const interrupted = open.some((line) => !outcomes.has(lineName(line))) && progress.again < MOST_AGAIN;
  const told = (line: WorkLine) => outcomes.get(lineName(line));
  const short = open.map(told).find((outcome) => outcome !== undefined && isShortage(outcome));
  const locked = open.filter((line) => told(line)?.outcome === 'locked');
  // Who lacks a seat waits for one, and who has to keep theirs keeps it: neither has failed.
  const fails = (line: WorkLine) => !['no-seats', 'quota', 'locked'].includes(told(line)?.outcome ?? '');
  const doneLines = work.lines.filter((line) => done.has(line));
  const anew = linesAnew(work, progress, { state, doneLines, failing: open.filter(fails), outcomes });
  const lost = interrupted ? [] : open.filter((line) => fails(line) && !anew.has(line));
  // Someone who can't be given a seat leaves it to the next in line, in this run (rule 10).
  const goesOn = work.stage === 'assign' && lost.length > 0 && progress.again < MOST_AGAIN;
  const again = interrupted || goesOn || anew.size > 0;
  const saidOnly = open.filter((line) => isPromise(told(line)));
  await recordOwnership(poolRun, work, doneLines, saidOnly);
  await recordRepeats(poolRun, progress, linesMade(work, doneLines, outcomes));

  const failed = lost.map((line) => failedLine(work, line, outcomes.get(lineName(line))));
  const closed: Progress = {
    ...withLines(progress, work.stage, doneLines),
    current: null,
    over: again ? progress.over : unique([...progress.over, work.stage]),
    again: again ? progress.again + 1 : progress.again,
    failed: [...progress.failed, ...failed],
    failedKeys: unique([...progress.failedKeys, ...lost.map((line) => line.key)]),
    locked: { ...progress.locked, ...reasonsOf(locked, outcomes) },
    shortage: short === undefined ? progress.shortage : shortageOf(short),
  };
  await tellFailures(poolRun, failed);
  await requireAccess(poolRun, outcomes, closed);
  return { state, progress: closed };
}

interface Ended {
  readonly state: PoolState;
  readonly doneLines: readonly WorkLine[];
  readonly failing: readonly WorkLine[];
  readonly outcomes: Outcomes;
}

/**
 * The lines that lapsed and are planned anew in this run: as long as each go brings somebody new to an end, with a seat or
 * refused, and otherwise a few times. So a run ends, whatever a hand does meanwhile.
 */
function linesAnew(
  { stage }: Work,
  { done, again }: Progress,
  { state, doneLines, failing, outcomes }: Ended,
): ReadonlySet<WorkLine> {
  // Where the last free seat went to another, one has to be bought: that is for the next run.
  const hasSeat = ({ seat }: WorkLine) => stage === 'unassign' || seat === null || state.freeSeats.length > 0;
  const before = stage === 'assign' ? done.assigned : done.unassigned;
  const lapsed = new Set(
    failing.filter((line) => hasSeat(line) && outcomes.get(lineName(line))?.outcome === 'lapsed'),
  );
  const moved =
    doneLines.some(({ grantee }) => !before.includes(grantee)) || failing.some((line) => !lapsed.has(line));
  return moved || again < MOST_AGAIN ? lapsed : new Set();
}

function reasonsOf(lines: readonly WorkLine[], outcomes: Outcomes): Record<string, string> {
  const named = lines.map((line) => [line.key, outcomes.get(lineName(line))?.reason ?? 'it is locked']);
  return Object.fromEntries(named);
}

function shortageOf({ outcome, reason }: LineOutcome): NonNullable<Progress['shortage']> {
  return outcome === 'quota'
    ? { kind: 'quota', reason: reason ?? 'the provider assigns no more seats for now' }
    : { kind: 'no-seats', reason: reason ?? 'the provider has no free seat' };
}

/**
 * A key that may not free or assign seats must not buy any for those who could not be freed: the run ends here for this
 * pool, and for no other.
 * @throws ProviderError
 */
async function requireAccess(
  { context, pool, run, fence }: PoolRun,
  outcomes: Outcomes,
  progress: Progress,
): Promise<void> {
  const denied = [...outcomes.values()].find(({ outcome }) => outcome === 'denied');
  if (denied === undefined) return;
  await writeProgress(context.store, fence, run, `denied:${progress.again}`, progress);
  throw new ProviderError(
    { pool: pool.id, failure: 'auth', request: 'assigning and freeing seats' },
    denied.reason ?? `Pool ${pool.id}: the key may not assign or free seats. Nothing more was changed.`,
    "Correct the pool's credentials; `cohort-sync check` tells whether they do. The next run goes on.",
  );
}

/** Reads until what the answers promised is seen, or the waits are used up. */
async function readBack(
  { context, pool, provider, run, stop }: PoolRun,
  work: Work,
  outcomes: Outcomes,
): Promise<{ state: PoolState; done: ReadonlySet<WorkLine> }> {
  await tell(context, run, pool.id, 'verify', `reading back what became of ${peopleText(work.lines.length)}`);
  const promised = (line: WorkLine) => isPromise(outcomes.get(lineName(line)));
  for (const wait of [...READ_BACK_WAITS, null]) {
    const state = await provider.read(stop.calls);
    const holders = new Map(state.holders.map((holder) => [provider.keyOf(holder.grantee), holder]));
    const done = new Set(work.lines.filter((line) => isDone(work, line, holders.get(line.key))));
    if (wait === null || work.lines.every((line) => done.has(line) || !promised(line)))
      return { state, done };
    const missing = work.lines.filter((line) => !done.has(line) && promised(line)).length;
    const unseen = `${missing} of ${work.lines.length} accepted, but not seen yet: reading again in ${wait / 1_000} s`;
    await tell(context, run, pool.id, 'verify', unseen, { until: context.clock.now() + wait });
    await context.timer.sleep(wait, stop.waits);
  }
  throw new Error('unreachable: the last wait returns');
}

function isPromise(told: LineOutcome | undefined): boolean {
  return told?.outcome === 'applied' || told?.outcome === 'already';
}

function isDone({ stage }: Work, { seat }: WorkLine, holder: Holder | undefined): boolean {
  if (stage === 'assign') return holder !== undefined && holder.unsure !== true;
  return holder === undefined || (seat !== null && !holder.seats.includes(seat));
}

/**
 * Whom we have assigned is ours to take back later; whom we have freed is no longer (rule 5). By the answers that stands in
 * the ledger already; here reading has the last word, also on what is used up by it.
 */
async function recordOwnership(
  { context, pool, fence, run, clock }: PoolRun,
  work: Work,
  lines: readonly WorkLine[],
  undone: readonly WorkLine[],
): Promise<void> {
  const first = lines[0] ?? undone[0];
  if (first === undefined) return;
  const at = toInstant(clock.now());
  const assigning = work.stage === 'assign';
  const writes = await ownershipWrites(context.store, pool.id, [
    ...lines
      .filter(({ keepsOne }) => !keepsOne)
      .map(({ key, grantee }) => ({ key, grantee, assigned: assigning ? { run, at } : null })),
    // A seat that was only said to be given is nobody's.
    ...(assigning ? undone.map(({ key, grantee }) => ({ key, grantee, assigned: null })) : []),
  ]);
  const used = await usedByLines({ context, pool, run, clock }, work.stage, lines);
  const id = `ownership:${run}:${fence.token}:${work.stage}:${lines.length}:${lineName(first)}`;
  await commit(context.store, {
    id,
    expect: [fenced(fence)],
    writes: [...writes, ...used],
  });
}

/** The lines that we made ourselves: one that was so already is nobody's quarrel. */
function linesMade(work: Work, lines: readonly WorkLine[], outcomes: Outcomes): Made[] {
  return lines
    .filter((line) => !line.keepsOne && outcomes.get(lineName(line))?.outcome === 'applied')
    .map(({ key }) => ({ key, action: work.stage }));
}

/**
 * Remembers what was done, so that somebody who reverses it again and again is noticed (rule 18). Once a go at a stage,
 * whichever execution closes it: its name has no fence token in it.
 */
async function recordRepeats(
  { context, run, pool, fence, clock }: PoolRun,
  progress: Progress,
  made: readonly Made[],
): Promise<void> {
  const [first] = made;
  if (first === undefined) return;
  const before = await readRepeats(context.store, pool.id, clock.now());
  await commit(context.store, {
    id: `repeats:${run}:${pool.id}:${first.action}:${progress.again}:${first.key}`,
    expect: [fenced(fence)],
    writes: repeatWrites(pool.id, before, made, toInstant(clock.now())),
  });
}

function failedLine(work: Work, line: WorkLine, outcome: LineOutcome | undefined): FailedLine {
  const action = work.stage === 'assign' ? ('assign' as const) : ('unassign' as const);
  const seen = action === 'assign' ? 'has no seat' : 'still has the seat';
  const reason =
    outcome === undefined
      ? `the job that worked on this ended without a word, and the person ${seen}`
      : (outcome.reason ?? `the provider accepted this, but the person ${seen} when read back`);
  return { grantee: line.grantee, action, reason, retryAt: outcome?.retryAt ?? null };
}

async function closeTotal(
  poolRun: PoolRun,
  work: Work,
  change: NonNullable<Work['change']>,
  progress: Progress,
  outcome: LineOutcome | undefined,
): Promise<Closed> {
  const { context, pool, provider, stop } = poolRun;
  const state = await provider.read(stop.calls);
  const open = await readIntent(context.store, pool.id);
  const over = unique([...progress.over, work.stage]);
  // An execution that was overtaken may have said something while another one's change is still open.
  const unsettled = open !== null && open.state !== 'in-doubt';
  const lapsed = unsettled || outcome === undefined || outcome.outcome === 'lapsed';
  if (lapsed && progress.again < MOST_AGAIN) {
    return { state, progress: { ...progress, current: null, again: progress.again + 1 } };
  }
  if (outcome?.outcome === 'applied') {
    const { observed, expected: total } = change;
    await recordRepeats(poolRun, progress, [{ key: TOTAL, action: work.stage, observed, total }]);
    const changed = withChange(progress, work.stage, change);
    return { state, progress: { ...changed, current: null, over, totalChanged: true } };
  }
  const reason = outcome?.reason ?? 'the job that changed the seats ended without a word';
  // What is in doubt is shown as a hold for as long as the intent is open, not as a failure.
  const inDoubt = outcome?.outcome === 'unknown';
  const failed: FailedLine[] = inDoubt
    ? []
    : [
        {
          grantee: null,
          action: work.stage === 'increment' ? 'increment' : 'decrement',
          reason,
          retryAt: outcome?.retryAt ?? null,
        },
      ];
  await tellFailures(poolRun, failed);
  const purchaseProblem = work.stage === 'increment' ? reason : progress.purchaseProblem;
  return {
    state,
    progress: { ...progress, current: null, over, purchaseProblem, failed: [...progress.failed, ...failed] },
  };
}

async function tellFailures({ context, run, pool }: PoolRun, failed: readonly FailedLine[]): Promise<void> {
  for (const { grantee, action, reason } of failed.slice(0, MOST_TOLD)) {
    await tell(context, run, pool.id, 'failed', `${action} ${grantee ?? 'seats'}: ${reason}`);
  }
  const more = failed.length - MOST_TOLD;
  if (more > 0)
    await tell(context, run, pool.id, 'failed', `and ${more} more, each with its reason in the run`);
}

/** Failures of one stage that are told one by one. */
const MOST_TOLD = 10;

function peopleText(count: number): string {
  return count === 1 ? '1 person' : `${count} people`;
}

function unique<T extends string>(texts: readonly T[]): T[] {
  return [...new Set(texts)];
}
