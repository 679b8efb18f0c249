import { fromInstant, timeOfDay, toInstant } from '../src/dates.ts';
import { type AuditEntry, auditWrite } from '../src/ledger/audit.ts';
import { eventWrites } from '../src/ledger/events.ts';
import type { Fence } from '../src/ledger/fence.ts';
import { type Grantee, granteeWrite } from '../src/ledger/grantees.ts';
import {
  forgetWrites,
  type Hold,
  hasExpired,
  holdUnchanged,
  holdWrites,
  isApprovedSince,
  readHold,
} from '../src/ledger/holds.ts';
import { type Intent, readIntent } from '../src/ledger/intents.ts';
import { knownTotalWrite } from '../src/ledger/known-seats.ts';
import { lastReadWrites } from '../src/ledger/last-read.ts';
import { outlookWrite, seatDayWrite } from '../src/ledger/outlook.ts';
import { readHead } from '../src/ledger/runs.ts';
import { shortageWrite } from '../src/ledger/shortage.ts';
import type { Progress } from '../src/ledger/stages.ts';
import { STAGES } from '../src/ledger/stages.ts';
import type { Write } from '../src/ledger/store.ts';
import { keysDue } from '../src/planning/account.ts';
import { heldLineId, isRejected } from '../src/planning/decisions.ts';
import { compareText, type Demand, demandByKey, entitledOn } from '../src/planning/demand.ts';
import { neededOn, outlookOf } from '../src/planning/outlook.ts';
import { summarize } from '../src/planning/suspect-roster.ts';
import type { PoolState } from '../src/providers/provider.ts';
import type { FailedLine, PoolResultDocument } from '../src/runs/documents.ts';
import { barredLine, documentOf } from '../src/runs/preview.ts';
import { failedByConflict } from '../src/runs/quarrels.ts';
import { eventNow } from './context.ts';
import { finishAndNotify } from './notify.ts';
import { type PlannedNow, planNow } from './stage-work.ts';
import type { PoolRun } from './sync-pool.ts';
import { triggerSync } from './trigger.ts';

/**
 * Ends the run's work on a pool: the verdict is of the state left behind, as last read. The result, what the roster now
 * credibly says of each grantee, and the counts for the guardrails are one write.
 */
export async function recordResult(
  poolRun: PoolRun,
  state: PoolState,
  progress: Progress,
  fence: Fence,
): Promise<void> {
  const { context, pool, run, clock } = poolRun;
  // Before anything is planned: a decision that comes later is noticed when the result is written.
  const hold = await readHold(context.store, pool.id);
  const intent = await readIntent(context.store, pool.id);
  const left = { ...progress, over: [...STAGES] };
  const seen = await planNow(poolRun, state, left, intent);
  const counted = progress.shortage === null ? shortageByCount(seen) : null;
  // Planned with what the next run will know, so that it has nothing new to tell.
  const planned =
    counted === null ? seen : await planNow(poolRun, state, { ...left, shortage: counted.shortage }, intent);
  const failed = [...progress.failed, ...failedByConflict(planned.plan), ...failedByBar(planned, progress)];
  const verdict = failed.length > 0 ? 'failed' : planned.plan.verdict;
  const result: PoolResultDocument = {
    ...documentOf(planned.plan),
    verdict,
    done: progress.done,
    changes: progress.changes,
    failed,
  };
  const at = toInstant(clock.now());
  const writes = [
    ...shortageWrites(poolRun, planned, progress.shortage ?? counted?.shortage ?? null, counted?.at ?? at),
    ...granteeWrites(poolRun, planned, at),
    ...believedWrites(pool.id, planned),
    ...outlookWrites(pool.id, planned, at),
    ...knownTotalWrites(poolRun, planned, intent),
    ...decisionWrites(poolRun, planned, hold, at),
  ];
  const told = `${pool.id}: ${verdict}${leftText(result, context.config.timeZone)}`;
  const done = eventWrites(run, eventNow(context, pool.id, 'done', told));
  context.log.info({ step: 'done' }, told);
  // Where somebody has decided it meanwhile, the run goes on anew with that.
  const expect = hold === null ? [] : [holdUnchanged(hold)];
  const end = { fence, at, writes: [...writes, ...done], expect, problems: planned.problems };
  const reminder = hold !== null && hasExpired(hold, at) && isAsked(planned);
  await finishAndNotify(context, run, result, end, reminder);
  await followApproval(poolRun, planned);
}

/** Whether something is held that nobody has decided yet: a change in doubt stays held after it was rejected. */
function isAsked({ input, plan }: PlannedNow): boolean {
  return plan.held.some((line) => !isRejected(input, line));
}

/** What is left to do after a run, and who or what has to do it. */
function leftText({ held, waiting, failed }: PoolResultDocument, timeZone: string): string {
  const parts: string[] = [];
  if (failed.length > 0) {
    const times = failed.flatMap(({ retryAt }) => (retryAt === null ? [] : [fromInstant(retryAt)]));
    const next = times.length === 0 ? 'the next run' : `from ${timeOfDay(Math.min(...times), timeZone)} on`;
    parts.push(`${failed.length} failed, tried again: ${next}`);
  }
  if (held.length > 0) parts.push(`${held.length} held, waiting for approval`);
  if (waiting.length > 0) parts.push(`${waiting.length} waiting for a seat`);
  return parts.length === 0 ? '' : `; ${parts.join('; ')}`;
}

/** What was approved while this run was past it is not left to the next morning: a run of its own follows at once. */
async function followApproval({ context, pool, run, clock }: PoolRun, { plan }: PlannedNow): Promise<void> {
  const head = await readHead(context.store, run);
  if (head === null) return;
  if (!(await isApprovedSince(context.store, pool.id, plan.approved, head.startedAt))) return;
  const at = head.clockOffset === 0 ? null : clock.now();
  await triggerSync(context, { by: 'approval', pools: [pool.id], at });
}

/** Those whom the provider can't give a seat, but for whom the run has tried in vain. */
function failedByBar({ input, plan }: PlannedNow, { failedKeys }: Progress): FailedLine[] {
  const tried = new Set(failedKeys);
  return plan.barred.filter(({ grantee }) => !tried.has(input.keyOf(grantee))).map(barredLine);
}

/** What the provider's refusal to give seats means for the runs to come; nothing where it was not asked for any. */
function shortageWrites(
  { pool }: PoolRun,
  { memory, input }: PlannedNow,
  shortage: Progress['shortage'],
  at: string,
): Write[] {
  const { total, holders, account } = input.state;
  const assigned = holders.reduce((sum, { count }) => sum + count, 0);
  const demands = () => demandByKey(input.roster.entitlements, input.keyOf);
  const who = account === undefined ? {} : { who: keysDue(input.state, demands(), input.keyOf, input.today) };
  if (shortage !== null) return [shortageWrite(pool.id, { ...shortage, at, total, assigned, ...who })];
  return memory.shortage === null || input.stage.shortage !== null ? [] : [shortageWrite(pool.id, null)];
}

/** Where only answers tell the count, the last one that left nothing counts as a refusal: it is no use to ask at once. */
function shortageByCount({ input, plan: { seats } }: PlannedNow) {
  const { account } = input.state;
  if (input.stage.shortage !== null || account === undefined) return null;
  if (account.counted === null || account.countedAt === null) return null;
  if (seats.target <= seats.total || seats.assigned < seats.total) return null;
  const reason = `the provider counts ${account.counted} of ${seats.total} seats assigned`;
  return { shortage: { kind: 'no-seats', reason }, at: account.countedAt } as const;
}

/** What was read and not doubted, for the next reading to be held against (rule 1). */
function believedWrites(pool: string, planned: PlannedNow): Write[] {
  const { input, plan } = planned;
  return lastReadWrites(pool, {
    assigned: plan.unsettled.drift ? null : plan.seats.assigned,
    roster: isBelieved(planned) ? summarize(input.roster.entitlements, input.today) : null,
  });
}

function isBelieved({ input, plan }: PlannedNow): boolean {
  return input.roster.doubt === null && !plan.unsettled.roster;
}

/** How it goes on, for whoever looks without asking anyone; after a doubtful reading what was known before stands. */
function outlookWrites(pool: string, planned: PlannedNow, at: string): Write[] {
  const { input, plan } = planned;
  const { total, assigned } = plan.seats;
  if (!isBelieved(planned)) return [seatDayWrite(pool, input.today, { total, assigned, needed: null })];
  const outlook = outlookOf(input);
  const needed = neededOn(outlook, input.today);
  return [outlookWrite(pool, outlook, at), seatDayWrite(pool, input.today, { total, assigned, needed })];
}

/**
 * The total, as one that the ledger can account for: whatever is different from the last one was done by hand. Not while a
 * change is in doubt, nor before the pool has been looked at since the ledger lost something.
 */
function knownTotalWrites(
  { context, pool, provider }: PoolRun,
  { input: { state }, memory }: PlannedNow,
  intent: Intent | null,
): Write[] {
  if (!provider.capabilities.changesTotal || state.total !== state.usable) return [];
  if (intent !== null || memory.broken !== null) return [];
  return [knownTotalWrite(pool.id, { total: state.total, at: context.clock.now() })];
}

/** The held lines as the pool's hold, and the decisions that still stand. */
function decisionWrites(
  { context, pool, run }: PoolRun,
  { input, plan }: PlannedNow,
  current: Hold | null,
  at: string,
): Write[] {
  const held = plan.held.map((line) => ({ ...line, id: heldLineId(line, input.keyOf) }));
  const standing = new Set([...held.map((line) => line.id), ...plan.approved, ...plan.rejected]);
  // A hold is decided whole: who approves what is new must not give up a change in doubt that is to be waited for.
  const asked = held.filter((line) => !isRejected(input, line));
  const lines = asked.length > 0 ? asked : held;
  // A doubtful reading says nothing of whether a line is still there: what was decided of it stands.
  const doubtful = input.roster.doubt !== null || plan.unsettled.roster;
  const { approvalHours } = context.config.guardrails;
  return [
    ...holdWrites({
      current,
      pool: pool.id,
      run,
      lines,
      now: at,
      approvalHours,
      unexplained: plan.unexplained,
    }),
    ...(doubtful ? [] : forgetWrites(pool.id, input.decisions, standing)),
  ];
}

/** What the ledger learns of grantees by this run: only those of whom it learned something are written. */
function granteeWrites({ run, pool }: PoolRun, planned: PlannedNow, at: string): Write[] {
  const { memory } = planned;
  const lost = lostSeats(planned);
  const baselines = baselinesOf(planned);
  const writes: Write[] = [];
  for (const key of new Set([...baselines.keys(), ...lost])) {
    const before = memory.grantees.get(key);
    const baseline = baselines.get(key) ?? before;
    if (baseline === undefined) continue;
    const after = lost.has(key) ? { ...baseline, assigned: null } : baseline;
    if (JSON.stringify(before) !== JSON.stringify(after)) writes.push(granteeWrite(pool.id, key, after));
  }
  for (const key of lost) {
    const known = memory.grantees.get(key);
    if (known !== undefined) writes.push(auditWrite(driftEntry(run, pool.id, known, at)));
  }
  return writes;
}

/**
 * What the roster last credibly said. It replaces what was known of a grantee, except of one who holds a seat without
 * being entitled to it today: until that seat is gone, the rows that gave it explain or don't explain its loss (rule 6).
 */
function baselinesOf({ input, memory, plan }: PlannedNow): Map<string, Grantee> {
  const baselines = new Map<string, Grantee>();
  if (input.roster.doubt !== null || plan.unsettled.roster) return baselines;
  const holding = new Set(input.state.holders.map((holder) => input.keyOf(holder.grantee)));
  for (const demand of demandByKey(input.roster.entitlements, input.keyOf).values()) {
    const before = memory.grantees.get(demand.key);
    const pending = holding.has(demand.key) && entitledOn(demand, input.today) === null;
    if (pending && before !== undefined && before.lastSeen.length > 0) continue;
    baselines.set(demand.key, baselineOf(demand, before));
  }
  return baselines;
}

function baselineOf(demand: Demand, before: Grantee | undefined): Grantee {
  const rows = [...demand.active, ...demand.canceled].sort(
    (a, b) => a.row - b.row || compareText(a.tab ?? '', b.tab ?? ''),
  );
  return {
    ...before,
    grantee: demand.grantee,
    person: rows[0]?.person ?? before?.person ?? null,
    lastSeen: rows.map((row) => ({ ...row })),
    assigned: before?.assigned ?? null,
  };
}

/** Seats that we assigned and that are gone without us, few enough to go on: they are no longer ours. */
function lostSeats({ input, memory, plan }: PlannedNow): Set<string> {
  if (plan.unsettled.drift) return new Set();
  const holding = new Set(input.state.holders.map((holder) => input.keyOf(holder.grantee)));
  const lost = [...memory.grantees].filter(([key, known]) => known.assigned !== null && !holding.has(key));
  return new Set(lost.map(([key]) => key));
}

function driftEntry(run: string, pool: string, { grantee, assigned }: Grantee, at: string): AuditEntry {
  const reason = `assigned in run ${assigned?.run ?? 'unknown'}, and gone without cohort-sync`;
  return {
    at,
    run,
    pool,
    action: 'drift',
    grantee,
    from: 'a seat',
    to: 'no seat',
    outcome: 'observed',
    reason,
  };
}

/** When failures are to be tried again (milliseconds since the epoch); null if they wait for the next run. */
export function nextRetry(progress: Progress): number | null {
  const times = progress.failed.flatMap(({ retryAt }) => (retryAt === null ? [] : [fromInstant(retryAt)]));
  return times.length === 0 ? null : Math.min(...times);
}
