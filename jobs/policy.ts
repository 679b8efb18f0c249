import { LedgerError, OtherVersionError, ProviderError, type ProviderFailure } from '../src/errors.ts';
import { NotifyError } from '../src/notify/send.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What to do after a failure: again within this run, again in a later run, or not by itself. */
type Again = 'soon' | 'later' | 'never';

/**
 * The one table of retries. `soon` is tried again within the run, with a growing delay; `later` in a run of its own
 * after `later.delay`, or when the provider said; `never` waits for a person, and for the next scheduled run.
 */
export const RETRY = {
  failures: {
    'not-sent': 'soon',
    timeout: 'soon',
    broken: 'soon',
    unavailable: 'soon',
    'rate-limited': 'soon',
    'wrong-answer': 'soon',
    contradiction: 'soon',
    'no-seats': 'later',
    auth: 'never',
    scope: 'never',
    'not-found': 'never',
    refused: 'never',
  } satisfies Record<ProviderFailure, Again>,
  /** Within a run: tries in all, first delay and longest delay. Together well under a minute. */
  soon: { attempts: 5, delay: 1 * SECOND, maxDelay: 15 * SECOND },
  /** A provider that asks to be left alone for longer than this is tried again in a later run. */
  longestWait: 1 * MINUTE,
  later: { delay: 10 * MINUTE },
} as const;

export type NextTry =
  | { readonly kind: 'soon'; readonly delay: number }
  | { readonly kind: 'later'; readonly at: number }
  | { readonly kind: 'never' };

/**
 * What comes after a failure.
 * @param attempt how many tries there were, this one included.
 * @param now milliseconds since the epoch.
 * @param random from 0 to 1: full jitter, so that many workers don't come back at once.
 */
export function nextTry(cause: unknown, attempt: number, now: number, random: number): NextTry {
  const backoff = Math.min(RETRY.soon.maxDelay, RETRY.soon.delay * 2 ** (attempt - 1)) * random;
  if (cause instanceof OtherVersionError) return { kind: 'never' };
  if (cause instanceof LedgerError) return { kind: 'soon', delay: backoff };
  if (cause instanceof NotifyError) return { kind: 'soon', delay: noticeDelay(attempt) };
  if (!(cause instanceof ProviderError)) return { kind: 'never' };
  const again: Again = RETRY.failures[cause.failure];
  if (again === 'never') return { kind: 'never' };
  const later = { kind: 'later', at: Math.max(cause.retryAt ?? 0, now + RETRY.later.delay) } as const;
  if (cause.retryAt !== null && cause.retryAt - now > RETRY.longestWait)
    return { kind: 'later', at: cause.retryAt };
  if (again === 'later' || attempt >= RETRY.soon.attempts) return later;
  const asked = cause.retryAt === null ? 0 : cause.retryAt - now;
  // A provider that says only that it is too much is not asked again at once.
  const least = cause.failure === 'rate-limited' ? RETRY.soon.delay : 0;
  return { kind: 'soon', delay: Math.max(asked, backoff, least) };
}

/** A receiver of notifications may be away for most of a day: from half a minute, doubling, to an hour. */
function noticeDelay(attempt: number): number {
  return Math.min(60 * MINUTE, 30 * SECOND * 2 ** Math.min(attempt - 1, 10));
}

/** Tries of a task, this one included. Being put off by a rate limit costs no attempt, so its starts are counted. */
export function tries(
  task: { readonly attemptsMade: number; readonly attemptsStarted: number },
  cause: unknown,
): number {
  const putOff = cause instanceof ProviderError && cause.failure === 'rate-limited';
  return putOff ? Math.max(task.attemptsMade + 1, task.attemptsStarted) : task.attemptsMade + 1;
}

/** How long finished jobs stay to be looked at. The ledger, not the queue, is the record. */
export const RETENTION = {
  removeOnComplete: { age: 24 * 60 * 60, count: 1_000 },
  removeOnFail: { age: 14 * 24 * 60 * 60, count: 1_000 },
} as const;

/** Largest payload of a job (bytes): they carry ids only. */
export const PAYLOAD_LIMIT = 8_192;

/** How often a job may be started before it is given up, kills and pauses included. */
export const MAX_STARTS = 200;

/** What every job is added with. A custom backoff, since only the failure tells how long to wait. */
export const JOB_DEFAULTS = {
  attempts: RETRY.soon.attempts,
  backoff: { type: 'custom' },
  sizeLimit: PAYLOAD_LIMIT,
  ...RETENTION,
} as const;
