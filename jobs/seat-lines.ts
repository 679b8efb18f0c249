import { RateLimitError } from 'bullmq';
import { toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { auditWrite } from '../src/ledger/audit.ts';
import { type Fence, fenced, holdsFence } from '../src/ledger/fence.ts';
import { ownershipWrites } from '../src/ledger/grantees.ts';
import { readHead } from '../src/ledger/runs.ts';
import {
  isShortage,
  type LineOutcome,
  lineName,
  outcomeWrites,
  readOutcomes,
  readProgress,
  roundOf,
  type Work,
  type WorkLine,
} from '../src/ledger/stages.ts';
import { commit } from '../src/ledger/store.ts';
import type { LineResult, Provider, SeatLine } from '../src/providers/provider.ts';
import { announceRetry } from './announce-retry.ts';
import { breaksSoFar } from './announced.ts';
import { byLedger } from './by-ledger.ts';
import { clockOf, type JobContext, poolOf, tell } from './context.ts';
import { guarded } from './guarded.ts';
import { lineGate } from './line-gate.ts';
import { isSetOutByOldRoster } from './old-roster.ts';
import { type StagePayload, stagePayload } from './payloads.ts';
import { outdatedWork } from './planned-by.ts';
import { nextTry, RETRY, tries } from './policy.ts';
import { foreignWork } from './purpose.ts';
import type { Stop, Task } from './task.ts';
import { usedByLines } from './used-up.ts';

/** Most calls that finding the bad lines of one refused batch may take at a time; the rest lapses. */
const SPLIT_CALLS = 40;

/** The two jobs on people: they differ in the call and in the words. */
export interface LineAction {
  readonly stage: 'unassign' | 'assign';
  readonly past: string;
  readonly call: (provider: Provider) => Provider['assign'];
}

/**
 * Works on one chunk of a stage's lines: notes them as started, makes the call, notes what became of each. A line that
 * the provider refuses stops no other (rule 10). Whether a seat really changed hands is decided by the next read.
 */
export async function processLines(
  task: Task,
  context: JobContext,
  stop: Stop,
  action: LineAction,
): Promise<void> {
  const payload = stagePayload.parse(task.data);
  const fence: Fence = { pool: payload.pool, token: payload.token };
  const pool = poolOf(context.config, payload.pool);
  const head = await readHead(context.store, payload.run);
  if (pool === undefined || head === null || !(await holdsFence(context.store, fence))) return;
  if (await isSetOutByOldRoster(context, head)) return;
  const { work, round, lines, before, of, ...opened } = await openLines(context, payload, action);
  if (work === null || lines.length === 0) return;
  const provided = context.providerOf(pool);
  const outdated = outdatedWork(context, pool, provided, work);
  const refusal = foreignWork(context, head, pool) ?? outdated ?? opened.refusal;
  if (refusal !== null) {
    const same = lines.map((line) => [lineName(line), refusal] as const);
    const writes = outcomeWrites(payload.run, payload.pool, round, same);
    await commit(context.store, { id: `lines:${task.id}:refused`, expect: [fenced(fence)], writes });
    return;
  }
  const clock = clockOf(context, head);
  const now = () => toInstant(clock.now());

  const acting = { store: context.store, fence, run: payload.run, clock };
  const provider = byLedger(guarded(context, provided), pool, acting);
  const breaks = breaksSoFar(context.store);
  await commit(context.store, {
    id: `lines:${task.id}:${task.attemptsStarted}:started`,
    expect: [fenced(fence)],
    writes: lines.map((line) => auditWrite(entry(payload, action, line, now(), 'started', line.reason))),
  });
  const call = (batch: readonly SeatLine[]) =>
    action.call(provider)(batch, lineGate(context, fence, breaks), stop.calls);
  const outcomes = await callOrGiveUp(task, context, lines, call);
  const isDone = ({ outcome }: LineOutcome) => outcome === 'applied' || outcome === 'already';
  const done = outcomes.flatMap(([line, outcome]) => (isDone(outcome) ? [line] : []));
  const assigned = action.stage === 'assign' ? { run: payload.run, at: now() } : null;
  const owned = done.flatMap(({ key, grantee, keepsOne }) => (keepsOne ? [] : [{ key, grantee, assigned }]));
  await commit(context.store, {
    id: `lines:${task.id}:${task.attemptsStarted}:ended`,
    expect: [fenced(fence)],
    writes: [
      ...outcomes.map(([line, { outcome, reason }]) =>
        auditWrite(entry(payload, action, line, now(), auditOutcome(outcome), reason ?? line.reason)),
      ),
      ...outcomeWrites(
        payload.run,
        payload.pool,
        round,
        outcomes.map(([line, outcome]) => [lineName(line), outcome]),
      ),
      // With the answer: a run that fails right after it leaves no seat of which nobody knows whose it is.
      ...(await ownershipWrites(context.store, payload.pool, owned)),
      ...(await usedByLines({ context, pool, run: payload.run, clock }, action.stage, done)),
    ],
  });
  const text = `${done.length} of ${lines.length} seats ${action.past}`;
  await tell(context, payload.run, payload.pool, action.stage, text, { done: before + lines.length, of });
}

/**
 * The lines of this chunk that no earlier attempt has brought to an end; `refusal` where the provider has told another
 * chunk that it gives nobody a seat now: then it is not asked again.
 */
async function openLines(context: JobContext, payload: StagePayload, action: LineAction): Promise<OpenLines> {
  const { run, pool, from, to } = payload;
  const progress = await readProgress(context.store, run, pool);
  const round = roundOf(action.stage, progress);
  const work = progress.current;
  if (work?.stage !== action.stage) return { work: null, round, lines: [], refusal: null, before: 0, of: 0 };
  const outcomes = await readOutcomes(context.store, run, pool, round);
  const lines = work.lines.slice(from, to).filter((line) => !outcomes.has(lineName(line)));
  const refusal = [...outcomes.values()].find(isShortage) ?? null;
  return { work, round, lines, refusal, before: outcomes.size, of: work.lines.length };
}

interface OpenLines {
  /** What the stage set out to do; null where it is at something else by now. */
  readonly work: Work | null;
  readonly round: string;
  readonly lines: WorkLine[];
  readonly refusal: LineOutcome | null;
  /** Lines of the stage that have been brought to an end before, and all that it has. */
  readonly before: number;
  readonly of: number;
}

type Outcomes = (readonly [WorkLine, LineOutcome])[];
type Call = (batch: readonly SeatLine[]) => Promise<readonly LineResult[]>;

/** @throws what is worth another try of this job soon; everything else becomes the outcome of each line. */
async function callOrGiveUp(
  task: Task,
  context: JobContext,
  lines: WorkLine[],
  call: Call,
): Promise<Outcomes> {
  try {
    const outcomes = await callSplitting(lines, call, { left: SPLIT_CALLS });
    const later = toInstant(context.clock.now() + RETRY.later.delay);
    return outcomes.map(([line, told]) => [
      line,
      told.outcome === 'lapsed' ? { ...told, retryAt: later } : told,
    ]);
  } catch (cause) {
    if (!(cause instanceof ProviderError)) throw cause;
    const next = nextTry(cause, tries(task, cause), context.clock.now(), context.random());
    if (next.kind === 'soon') {
      if (cause.failure !== 'rate-limited') throw cause;
      const delay = Math.max(1, next.delay);
      await context.queues.pool(cause.pool).rateLimit(delay);
      await announceRetry(context, task.data, cause, tries(task, cause), delay);
      throw new RateLimitError();
    }
    const retryAt = next.kind === 'later' ? toInstant(next.at) : null;
    return lines.map(
      (line) => [line, { outcome: outcomeFor(cause), reason: cause.message, retryAt }] as const,
    );
  }
}

function outcomeFor({ effectUnknown, failure }: ProviderError): LineOutcome['outcome'] {
  if (effectUnknown) return 'unknown';
  if (failure === 'no-seats') return 'no-seats';
  return failure === 'auth' || failure === 'scope' ? 'denied' : 'refused';
}

/**
 * Makes the call; a batch that is refused whole is halved until the lines at fault are found. Where that takes too many
 * calls, the lines that share a refusal lapse: what was said of their batch is true of some of them only.
 */
async function callSplitting(lines: WorkLine[], call: Call, budget: { left: number }): Promise<Outcomes> {
  try {
    budget.left -= 1;
    const results = await call(lines.map(({ grantee, seat }) => ({ grantee, seat })));
    return lines.map((line, index) => [line, outcomeOf(results[index])] as const);
  } catch (cause) {
    if (!(cause instanceof ProviderError) || cause.failure !== 'refused') throw cause;
    if (lines.length === 1) {
      return lines.map((line) => [line, { outcome: 'refused', reason: cause.message, retryAt: null }]);
    }
    if (budget.left <= 0) return lines.map((line) => [line, UNTRIED]);
    const middle = Math.ceil(lines.length / 2);
    const first = await callSplitting(lines.slice(0, middle), call, budget);
    return [...first, ...(await callSplitting(lines.slice(middle), call, budget))];
  }
}

const UNTRIED: LineOutcome = {
  outcome: 'lapsed',
  reason: `not tried yet: the provider refuses a batch with one bad line whole, and ${SPLIT_CALLS} calls did not find all of them`,
  retryAt: null,
};

function outcomeOf(result: LineResult | undefined): LineOutcome {
  if (result === undefined)
    return { outcome: 'unknown', reason: 'the provider did not answer for this line', retryAt: null };
  const retryAt = result.retryAt === undefined ? null : toInstant(result.retryAt);
  return { outcome: result.outcome, reason: result.reason, retryAt };
}

function auditOutcome(outcome: LineOutcome['outcome']): 'applied' | 'refused' | 'unknown' {
  if (outcome === 'applied' || outcome === 'already') return 'applied';
  return outcome === 'unknown' ? 'unknown' : 'refused';
}

function entry(
  { run, pool }: StagePayload,
  { stage }: LineAction,
  { grantee, seat }: WorkLine,
  at: string,
  outcome: 'started' | 'applied' | 'refused' | 'unknown',
  reason: string,
) {
  const named = seat === null ? 'a seat' : `seat ${seat}`;
  const [from, to] = stage === 'assign' ? ['no seat', named] : [named, 'no seat'];
  return { at, run, pool, action: stage, grantee, from, to, outcome, reason };
}
