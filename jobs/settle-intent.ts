import { dateIn, fromInstant, timeOfDay, toInstant } from '../src/dates.ts';
import { ProviderError } from '../src/errors.ts';
import { closeIntent, doubtIntent, type Intent } from '../src/ledger/intents.ts';
import { knownTotalWrite } from '../src/ledger/known-seats.ts';
import type { ChangeProgress, PoolState } from '../src/providers/provider.ts';
import { hasTotal } from '../src/runs/doubt.ts';
import { tell } from './context.ts';
import type { TotalWork } from './seat-total.ts';

/** Events are polled after 1 s, then less often, up to every 10 s (rule 19). */
const POLL = { first: 1_000, factor: 1.5, longest: 10_000 } as const;

export interface Settlement {
  /** `refused`: the provider said that it failed. `lapsed`: it had no effect, so the need is worked out anew. */
  readonly kind: 'applied' | 'refused' | 'lapsed' | 'in-doubt';
  readonly reason: string;
}

/**
 * Follows an intent until reading settles it. The intended total is done. The old total after `settleSeconds`, or after
 * the provider said that it failed, is not applied. Everything else is in doubt: the intent stays open, blocks the
 * pool's total, and a person has to look.
 *
 * The wait is measured by a timer that only grows: the wall clock may be set. A process that did not send the request
 * itself therefore waits the whole time from when it took over, and where it may still be on its way, for as long as it
 * may be sent on top.
 * @param sentAt by this process's timer; null if another one sent it.
 */
export async function settleIntent(
  work: TotalWork,
  intent: Intent,
  sentAt: number | null,
): Promise<Settlement> {
  const { context, pool, run, stop } = work;
  if (intent.state === 'prepared') {
    // Its sender never passed the gate, and can't any more: the intent is gone once it is closed.
    return close(work, intent, 'lapsed', 'the process that prepared it ended before anything was sent', null);
  }
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
      const state = await readUnderChange(work);
      const settlement = await judge(
        work,
        intent,
        { event, state },
        { left: timer.elapsed() >= since + mayLeave, late },
      );
      if (settlement !== null) return settlement;
    }
    const said = event === null ? 'reading the total again' : `the provider says: ${event.detail}`;
    const waiting = `waiting for ${intent.expected} seats (look ${look}); ${said}`;
    await tell(context, run, pool.id, intent.action, waiting, {
      until: context.clock.now() + Math.max(0, deadline - timer.elapsed()),
    });
    await timer.sleep(Math.min(delay, Math.max(1, deadline - timer.elapsed())), stop.waits);
    delay = Math.min(POLL.longest, delay * POLL.factor);
  }
}

/** The setting of now, or the longer one under which it was sent: the provider has as much time as it was promised. */
function settleSecondsOf({ pool }: TotalWork, { settleSeconds = 0 }: Intent): number {
  return Math.max(pool.seats.settleSeconds, settleSeconds);
}

/** What the provider says of the change; null where it gave no reference, or can't be asked now. */
async function followed({ provider, stop }: TotalWork, intent: Intent): Promise<ChangeProgress | null> {
  if (intent.reference === null) return null;
  try {
    return await provider.followChange(intent.reference, stop.calls);
  } catch (cause) {
    if (cause instanceof ProviderError) return { status: 'pending', detail: cause.message };
    throw cause;
  }
}

/** The pool's state, or null while it can't be read: answers may contradict each other during a change. */
async function readUnderChange({ provider, stop }: TotalWork): Promise<PoolState | null> {
  try {
    return await provider.read(stop.calls);
  } catch (cause) {
    if (cause instanceof ProviderError) return null;
    throw cause;
  }
}

/** @param left whether the request can't leave any more. @param late whether it has had its time to show. */
async function judge(
  work: TotalWork,
  intent: Intent,
  { event, state }: { readonly event: ChangeProgress | null; readonly state: PoolState | null },
  { left, late }: { readonly left: boolean; readonly late: boolean },
): Promise<Settlement | null> {
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
  if (state === null && !late) return null;
  return doubt(work, intent, event, state);
}

/** @param total by which it is settled; null where nothing was read. */
async function close(
  { context, fence, clock, run, pool }: TotalWork,
  intent: Intent,
  kind: 'applied' | 'refused' | 'lapsed',
  reason: string,
  total: number | null,
): Promise<Settlement> {
  const end = kind === 'lapsed' ? (intent.state === 'prepared' ? 'not-sent' : 'not-applied') : kind;
  const known = total === null ? [] : [knownTotalWrite(pool.id, { total, at: context.clock.now() })];
  await closeIntent(context.store, fence, intent, end, reason, toInstant(clock.now()), known);
  await tell(context, run, pool.id, intent.action, reason);
  return { kind, reason };
}

async function doubt(
  { context, fence, clock, run, pool }: TotalWork,
  intent: Intent,
  event: ChangeProgress | null,
  state: PoolState | null,
): Promise<Settlement> {
  const detail = doubtDetail(intent, event, state, context.config.timeZone);
  await doubtIntent(context.store, fence, intent, detail, toInstant(clock.now()));
  await tell(context, run, pool.id, intent.action, detail);
  return { kind: 'in-doubt', reason: detail };
}

/** The facts, for the person who has to look. When it was sent tells it from every other: it is decided on by this text. */
function doubtDetail(
  { observed, expected, sentAt, preparedAt }: Intent,
  event: ChangeProgress | null,
  state: PoolState | null,
  timeZone: string,
): string {
  const sent = fromInstant(sentAt ?? preparedAt);
  const when = `on ${dateIn(sent, timeZone)} at ${timeOfDay(sent, timeZone)}`;
  const seen = state === null ? 'the pool can not be read' : seenText(state);
  const said = event === null ? '' : `; the provider says: ${event.detail}`;
  return `purchase in doubt: the change from ${observed} to ${expected} seats was sent ${when}, but ${seen}${said}`;
}

function seenText({ total, usable }: PoolState): string {
  return total === usable ? `the total is ${total}` : `the total is ${total} with ${usable} seats to assign`;
}
