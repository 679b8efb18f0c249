import { randomUUID } from 'node:crypto';
import { accountHash } from '../config/pools.ts';
import { type Clock, fromInstant, toInstant } from '../src/dates.ts';
import { LedgerConflict, LedgerError, ProviderError } from '../src/errors.ts';
import {
  closeIntent,
  type Intent,
  type IntentEnd,
  moveIntent,
  openIntent,
  readIntent,
} from '../src/ledger/intents.ts';
import type { Work } from '../src/ledger/stages.ts';
import type { TotalAnswer } from '../src/providers/provider.ts';
import { breaksSoFar, makeSureOfAnnouncement } from './announced.ts';
import { tell } from './context.ts';
import type { TotalWork } from './seat-total.ts';

type Change = NonNullable<Work['change']>;

/** A change that was sent, and when by the process's timer. */
export interface Sent {
  readonly intent: Intent;
  readonly sentAt: number;
}

/**
 * Writes the intent, marks it as sending, confirms that durable, sends the request once, and notes what the provider
 * said. Whatever may have had an effect stays open as an intent; what certainly had none is closed and thrown.
 * @param lastChange the last change of the pool's total that was intended before the total was read.
 */
export async function sendChange(
  work: TotalWork,
  change: Change,
  stage: Intent['action'],
  lastChange: string | null,
): Promise<Sent> {
  const { context, fence, clock, run, pool } = work;
  const account = accountHash(pool);
  const prepared: Intent = {
    operation: randomUUID(),
    run,
    pool: pool.id,
    action: stage,
    observed: change.observed,
    expected: change.expected,
    state: 'prepared',
    preparedAt: toInstant(clock.now()),
    sentAt: null,
    sendBy: null,
    token: fence.token,
    reference: null,
    detail: null,
    settleSeconds: pool.seats.settleSeconds,
    account,
  };
  const breaks = breaksSoFar(context.store);
  await openIntent(context.store, fence, prepared, clock.now(), { lastChange, account });
  await tell(context, run, pool.id, stage, describe(change, stage));
  const sentAt = context.timer.elapsed();
  const sending: Intent = {
    ...prepared,
    state: 'sending',
    sentAt: toInstant(clock.now()),
    sendBy: toInstant(clock.now() + work.sendWindow),
  };
  const { passed, answer } = await send(work, { prepared, sending, breaks }, sentAt + work.sendWindow);
  if (answer.kind === 'failed') {
    const { cause } = answer;
    if (!passed || hadNoEffect(cause)) {
      await abandon(work, prepared.operation, cause);
      throw cause;
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { intent: await move(work, sending, { ...sending, state: 'unknown', detail: reason }), sentAt };
  }
  const reference = answer.kind === 'pending' ? answer.reference : null;
  return { intent: await move(work, sending, { ...sending, state: 'following', reference }), sentAt };
}

type Answer = TotalAnswer | { readonly kind: 'failed'; readonly cause: unknown };

/**
 * Sends the request through the gate, which is the last thing before it leaves: from then on it counts as sent. It is
 * broken off when its time is over, so that a successor knows from when on nothing can be on its way any more.
 */
async function send(
  { context, provider, fence, clock, stop }: TotalWork,
  { prepared, sending, breaks }: { prepared: Intent; sending: Intent; breaks: number },
  deadline: number,
): Promise<{ passed: boolean; answer: Answer }> {
  const { store, timer } = context;
  let passed = false;
  const gate = async () => {
    await moveIntent(store, fence, prepared, sending);
    await makeSureOfAnnouncement(context, breaks);
    // A machine that was put to sleep counts no time. Its clock is set when it wakes.
    if (timer.elapsed() >= deadline || isPast(sending.sendBy, clock)) throw tooLate();
    passed = true;
  };
  const answered = new AbortController();
  const overdue = new AbortController();
  void timer
    .sleep(Math.max(0, deadline - timer.elapsed()), answered.signal)
    .then(() => overdue.abort())
    .catch(() => undefined);
  try {
    const { observed, expected } = prepared;
    const signal = AbortSignal.any([stop.calls, overdue.signal]);
    return { passed, answer: await provider.changeTotal({ observed, expected }, gate, signal) };
  } catch (cause) {
    return { passed, answer: { kind: 'failed', cause } };
  } finally {
    answered.abort();
  }
}

/** Closes an intent whose request certainly had no effect, if it is still there, in whatever state it got. */
async function abandon(
  { context, fence, clock }: TotalWork,
  operation: string,
  cause: unknown,
): Promise<void> {
  if (cause instanceof LedgerConflict) return;
  const intent = await readIntent(context.store, fence.pool);
  if (intent?.operation !== operation) return;
  const end: IntentEnd =
    cause instanceof ProviderError && cause.failure !== 'not-sent' ? 'refused' : 'not-sent';
  const reason = cause instanceof Error ? cause.message : String(cause);
  await closeIntent(context.store, fence, intent, end, reason, toInstant(clock.now()));
}

/** Of a request that has passed the gate: the provider said no, or the connection broke before its first byte. */
function hadNoEffect(cause: unknown): boolean {
  return cause instanceof ProviderError && !cause.effectUnknown;
}

function isPast(moment: Intent['sendBy'], clock: Clock): boolean {
  return moment !== null && clock.now() > fromInstant(moment);
}

function tooLate(): LedgerError {
  return new LedgerError(
    'the change of seats was not sent: preparing it took longer than a request may be on its way',
    'Look at the load of this machine and at its Redis; it is tried again.',
  );
}

async function move(work: TotalWork, from: Intent, to: Intent): Promise<Intent> {
  await moveIntent(work.context.store, work.fence, from, to);
  return to;
}

function describe({ observed, expected }: Change, stage: Intent['action']): string {
  const seats = Math.abs(expected - observed);
  const named = seats === 1 ? '1 seat' : `${seats} seats`;
  return `${stage === 'increment' ? 'buying' : 'giving back'} ${named}: from ${observed} to ${expected}`;
}
