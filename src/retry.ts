import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './dates.ts';

/** That a failure is worth another try, and for how long. */
export interface Retryable {
  /** Milliseconds to spend on this kind of failure, all tries and waits counted, since the first try began. */
  readonly budgetMs: number;
  /** How long the other side asked to be left alone (milliseconds); null if it said nothing. */
  readonly retryAfterMs: number | null;
}

export interface RetryPolicy {
  /** The longest first wait (milliseconds); it doubles with every try. */
  readonly baseMs: number;
  /** The longest wait of our own choosing (milliseconds). A wait that was asked for may be longer. */
  readonly capMs: number;
  /** What to do about a failure; null gives up at once. */
  readonly judge: (failure: unknown) => Retryable | null;
}

export type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  /** Ends the waiting; the reason is thrown. */
  readonly signal: AbortSignal;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
  readonly sleep?: Sleep;
}

/**
 * Runs a task until it succeeds, until its failure isn't worth another try, or until the failure's budget would be spent
 * before the next one. Waits by "full jitter": anywhere between nothing and a ceiling that doubles, so that many
 * processes that failed together don't come back together. Where the other side said how long to wait, it is waited for
 * at least that long, or not at all if the budget is too small for it.
 *
 * @throws what the last try threw, or the signal's reason.
 */
export async function retry<T>(task: (attempt: number) => Promise<T>, context: RetryContext): Promise<T> {
  const { policy, clock, signal, random = Math.random, sleep = abortableSleep } = context;
  const startedAt = clock.now();
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await task(attempt);
    } catch (failure) {
      signal.throwIfAborted();
      const retryable = policy.judge(failure);
      if (retryable === null) throw failure;
      const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
      const delay = random() * ceiling + (retryable.retryAfterMs ?? 0);
      // A clock that stands still or is set back must not make this endless.
      const spent = Math.max(waited, clock.now() - startedAt);
      if (spent + delay > retryable.budgetMs) throw failure;
      await sleep(delay, signal);
      waited += delay;
    }
  }
}

/** Waits, and rejects with the signal's reason as soon as that aborts. */
export async function abortableSleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal });
  } catch (failure) {
    signal.throwIfAborted();
    throw failure;
  }
}
