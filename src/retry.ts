import { setTimeout as wait } from 'node:timers/promises';
import { Temporal } from 'temporal-polyfill';
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

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * How long a `Retry-After` header asks to wait, in milliseconds: it gives seconds or an HTTP date (RFC 9110, 10.2.3);
 * some servers send an ISO date.
 *
 * @param now milliseconds since the epoch. Better by the clock of the answer: see `answeredAt`.
 * @returns null for anything else; 0 for a moment that has passed.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const moment = httpDate(text) ?? isoInstant(text);
  return moment === null ? null : Math.max(0, moment - now);
}

/**
 * When an answer was sent by its own `Date` header, in milliseconds since the epoch; `now` where it has none. A moment that
 * the answer names is of the same clock, which may be minutes off ours: so it is measured against this one.
 */
export function answeredAt(date: string | null | undefined, now: number): number {
  return httpDate(date?.trim() ?? '') ?? now;
}

/** Milliseconds since the epoch of an HTTP date as `Sun, 22 Nov 2026 11:00:00 GMT`; null if it is none. */
export function httpDate(text: string): number | null {
  const parts = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(text);
  if (parts === null) return null;
  const [, day, monthName = '', year, time] = parts;
  const month = String(MONTHS.indexOf(monthName) + 1).padStart(2, '0');
  return isoInstant(`${year}-${month}-${day}T${time}Z`);
}

function isoInstant(text: string): number | null {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch {
    return null;
  }
}
