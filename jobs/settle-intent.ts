import { accountHash } from '../config/pools.ts';
import { dateIn, fromInstant, timeOfDay, toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { closeIntent, doubtIntent, type Intent } from '../src/ledger/intents.ts';
import { knownTotalWrite } from '../src/ledger/known-seats.ts';
import { type LineOutcome, outcomeWrites, TOTAL_LINE } from '../src/ledger/stages.ts';
import type { ChangeProgress, PoolState } from '../src/providers/provider.ts';
import { hasTotal, isElsewhere } from '../src/runs/doubt.ts';
import { tell } from './context.ts';
import { RETRY } from './policy.ts';
import type { TotalWork } from './seat-total.ts';
import { usedByChange } from './used-up.ts';

/** Events are polled after 1 s, then less often, up to every 10 s (rule 19). */
const POLL = { first: 1_000, factor: 1.5, longest: 10_000 } as const;

/** A pool that can't be read when a change has had its time to show is asked again for so long (milliseconds). */
const PATIENCE = 5 * 60_000;

/**
 * Follows an intent until reading settles it. The intended total is done. The old total after `settleSeconds`, or after
 * the provider said that it failed, is not applied. Everything else is in doubt: the intent stays open, blocks the
 * pool's total, and a person has to look.
 *
 * The wait is measured by a timer that only grows: the wall clock may be set. A process that did not send the request
 * itself therefore waits the whole time from when it took over, and where it may still be on its way, for as long as it
 * may be sent on top.
 * @param sentAt by this process's timer; null if another one sent it.
 * @returns `applied`; `refused` where the provider said that it failed; `lapsed` where it had no effect, so that the need is
 *   worked out anew; `unknown` where it is in doubt.
 * @throws ProviderError where the pool can't be read when it would have to be. The change stays open and is not in doubt:
 *   the next reading settles it.
 */
export async function settleIntent(
  work: TotalWork,
  intent: Intent,
  sentAt: number | null,
): Promise<LineOutcome> {
  const { context, pool, run, stop } = work;
  if (intent.state === 'prepared') {
    // Its sender never passed the gate, and can't any more: the intent is gone once it is closed.
    return close(work, intent, 'lapsed', 'the process that prepared it ended before anything was sent', null);
  }
  if (isElsewhere(intent, accountHash(pool))) return doubt(work, intent, sentElsewhere(work, intent), true);
  const { timer } = context;
  const mayLeave = intent.state === 'sending' ? work.sendWindow : 0;
  const since = sentAt ?? timer.elapsed();
  const deadline = since + mayLeave + settleSecondsOf(work, intent) * 1_000;
  let delay: number = POLL.first;
  for (let look = 1; ; look++) {
    stop.waits.throwIfAborted();
    const event = await followed(work, intent);
    const late = timer.elapsed() >= deadline;
    if (event?.status !== 'pending' || late) {
      const patience = late ? deadline + PATIENCE - timer.elapsed() : Number.POSITIVE_INFINITY;
      const state = await readUnderChange(work, patience);
      const left = timer.elapsed() >= since + mayLeave;
      const settled = state === null ? null : await judge(work, intent, { event, state }, { left, late });
      if (settled !== null) return settled;
    }
    const remaining = deadline - timer.elapsed();
    const said = event === null ? 'reading the total again' : `the provider says: ${event.detail}`;
    const waiting = `waiting for ${intent.expected} seats (look ${look}); ${said}`;
    await tell(context, run, pool.id, intent.action, waiting, {
      until: context.clock.now() + Math.max(0, remaining),
    });
    await timer.sleep(remaining > 0 ? Math.min(delay, remaining) : delay, stop.waits);
    delay = Math.min(POLL.longest, delay * POLL.factor);
  }
}

/** The setting of now, or the longer one under which it was sent: the provider has as much time as it was promised. */
function settleSecondsOf({ pool }: TotalWork, { settleSeconds = 0 }: Intent): number {
  return Math.max(pool.seats.settleSeconds, settleSeconds);
}

/** What the provider says of its work on a change. `unasked`: it can't be asked now. */
interface Followed {
  readonly status: ChangeProgress['status'] | 'unasked';
  readonly detail: string;
}

/** Null where the provider gave no reference to its work. */
async function followed({ provider, stop }: TotalWork, intent: Intent): Promise<Followed | null> {
  if (intent.reference === null) return null;
  try {
    return await provider.followChange(intent.reference, stop.calls);
  } catch (cause) {
    if (cause instanceof ProviderError) return { status: 'unasked', detail: cause.message };
    throw cause;
  }
}

/**
 * The pool's state, or null while it can't be read: answers may contradict each other during a change.
 * @param patience how long it may yet be tried (milliseconds).
 * @throws ProviderError once that is over, or where the provider wants to be left alone for longer.
 */
async function readUnderChange(
  { context, provider, stop }: TotalWork,
  patience: number,
): Promise<PoolState | null> {
  try {
    return await provider.read(stop.calls);
  } catch (cause) {
    if (!(cause instanceof ProviderError)) throw cause;
    const asked = cause.retryAt === null ? 0 : cause.retryAt - context.clock.now();
    if (patience <= 0 || (Number.isFinite(patience) && asked > RETRY.longestWait)) throw cause;
    return null;
  }
}

/** @param left whether the request can't leave any more. @param late whether it has had its time to show. */
async function judge(
  work: TotalWork,
  intent: Intent,
  { event, state }: { readonly event: Followed | null; readonly state: PoolState },
  { left, late }: { readonly left: boolean; readonly late: boolean },
): Promise<LineOutcome | null> {
  const { observed, expected } = intent;
  // While the request of another execution may still leave, the intended total may be the work of somebody's hand.
  if (hasTotal(state, expected) && left)
    return close(work, intent, 'applied', `the total is ${expected}`, expected);
  if (hasTotal(state, observed) && event?.status === 'failed') {
    return close(work, intent, 'refused', `the provider did not change the seats: ${event.detail}`, observed);
  }
  // An accepted change (`following`) that never shows is a riddle, not a change that was never made.
  const unanswered = intent.reference === null && intent.state !== 'following';
  if (hasTotal(state, observed) && late && unanswered) {
    const after = `${settleSecondsOf(work, intent)} s after the request`;
    return close(work, intent, 'lapsed', `the total is still ${observed} ${after}`, observed);
  }
  if (event?.status !== 'stuck' && !late) return null;
  const said = event === null ? '' : `; the provider says: ${event.detail}`;
  return doubt(work, intent, `${sentText(work, intent)}, but ${seenText(state)}${said}`);
}

/** @param total by which it is settled; null where nothing was read. */
async function close(
  work: TotalWork,
  intent: Intent,
  outcome: 'applied' | 'refused' | 'lapsed',
  reason: string,
  total: number | null,
): Promise<LineOutcome> {
  const { context, fence, clock, run, pool, round } = work;
  const end = outcome === 'lapsed' ? (intent.state === 'prepared' ? 'not-sent' : 'not-applied') : outcome;
  const settled: LineOutcome = { outcome, reason, retryAt: null };
  const known = total === null ? [] : [knownTotalWrite(pool.id, { total, at: context.clock.now() })];
  // With the same write: a kill right after it must not leave a run that bought seats and knows nothing of it.
  const noted = outcomeWrites(run, pool.id, round, [[TOTAL_LINE, settled]]);
  const used = outcome === 'applied' ? await usedByChange(work, intent.action) : [];
  const writes = [...known, ...noted, ...used];
  await closeIntent(context.store, fence, intent, end, reason, toInstant(clock.now()), writes);
  await tell(context, run, pool.id, intent.action, reason);
  return settled;
}

async function doubt(
  { context, fence, clock, run, pool }: TotalWork,
  intent: Intent,
  detail: string,
  elsewhere = false,
): Promise<LineOutcome> {
  await doubtIntent(context.store, fence, intent, detail, toInstant(clock.now()), elsewhere);
  await tell(context, run, pool.id, intent.action, detail);
  return { outcome: 'unknown', reason: detail, retryAt: null };
}

/** The facts, for the person who has to look. When it was sent tells it from every other: it is decided on by this text. */
function sentText({ context }: TotalWork, { observed, expected, sentAt, preparedAt }: Intent): string {
  const { timeZone } = context.config;
  const sent = fromInstant(sentAt ?? preparedAt);
  const when = `on ${dateIn(sent, timeZone)} at ${timeOfDay(sent, timeZone)}`;
  return `purchase in doubt: the change from ${observed} to ${expected} seats was sent ${when}`;
}

function sentElsewhere(work: TotalWork, intent: Intent): string {
  return `${sentText(work, intent)} to the account that pool ${work.pool.id} had before; with that account it is settled by itself, with the present one nobody can see what became of it`;
}

function seenText({ total, usable }: PoolState): string {
  return total === usable ? `the total is ${total}` : `the total is ${total} with ${usable} seats to assign`;
}
