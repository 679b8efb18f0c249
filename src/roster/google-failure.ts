import { z } from 'zod';
import type { Clock } from '../dates.ts';
import { RosterError } from '../errors.ts';
import type { RetryPolicy } from '../retry.ts';
import { answeredAt, parseRetryAfter } from '../retry-after.ts';

/** What can be told of a failed request without quoting the request, which holds keys and tokens. */
export interface GoogleFailure {
  /** Of the HTTP answer; null if none came. */
  readonly status: number | null;
  /** Of the transport, as ECONNRESET or TimeoutError; null if an answer came, or if there is none. */
  readonly code: string | null;
  /** The API's machine-readable reasons, as SERVICE_DISABLED. */
  readonly reasons: readonly string[];
  /** The API's own words; the token endpoint's `error: error_description`. Secrets masked, at most 300 characters. */
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** The shape that gaxios gives its errors: `status` is a number, `code` either. Everything is optional in practice. */
const thrownByClient = z.object({
  status: z.number().optional().catch(undefined),
  code: z.union([z.number(), z.string()]).optional().catch(undefined),
  response: z
    .object({
      status: z.number().optional().catch(undefined),
      data: z.unknown().optional(),
      headers: z.custom<HeaderReader>(isHeaderReader).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

interface HeaderReader {
  get(name: string): unknown;
}

function isHeaderReader(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function';
}

const reasonList = z.array(z.object({ reason: z.string().optional().catch(undefined) }).catch({})).catch([]);

const apiErrorBody = z.object({
  error: z.object({ message: z.string().catch(''), details: reasonList, errors: reasonList }),
});

const tokenErrorBody = z.object({ error: z.string(), error_description: z.string().catch('') });

/** Reads what the client library threw. */
export function failureOf(thrown: unknown, clock: Clock): GoogleFailure {
  const parsed = thrownByClient.safeParse(thrown);
  const { status, code, response } = parsed.success ? parsed.data : {};
  const http = status ?? response?.status ?? (typeof code === 'number' ? code : null);
  const header = (name: string) => z.string().optional().catch(undefined).parse(response?.headers?.get(name));
  const sentAt = answeredAt(header('date'), clock.now());
  const retryAt = parseRetryAfter(header('retry-after'), sentAt);
  return {
    status: http,
    code: http === null && typeof code === 'string' && /^\w{1,50}$/.test(code) ? code : null,
    retryAfterMs: retryAt === null ? null : retryAt - sentAt,
    ...wordsOf(response?.data),
  };
}

function wordsOf(body: unknown): Pick<GoogleFailure, 'reasons' | 'message'> {
  const api = apiErrorBody.safeParse(body);
  if (api.success) {
    const { message, details, errors } = api.data.error;
    return {
      reasons: [...details, ...errors].flatMap(({ reason }) => reason ?? []),
      message: shortened(message),
    };
  }
  const token = tokenErrorBody.safeParse(body);
  if (!token.success) return { reasons: [], message: '' };
  const { error, error_description: description } = token.data;
  return { reasons: [error], message: shortened(description === '' ? error : `${error}: ${description}`) };
}

/** Keys in URLs, bearer tokens, access tokens, signed assertions and private keys, wherever a message may quote one. */
const SECRETS = [
  /(?<=[?&](?:key|access_token|token)=)[^&\s"']+/gi,
  /(?<=Bearer )\S+/gi,
  /ya29\.[\w.-]+/g,
  /AIza[\w-]+/g,
  /eyJ[\w-]+\.[\w-]+(?:\.[\w-]+)?/g,
  /-----BEGIN[\s\S]*?(?:END[^-]*-----|$)/g,
];

function shortened(message: string): string {
  return SECRETS.reduce((text, secret) => text.replace(secret, '[hidden]'), message).slice(0, 300);
}

/** A quota of requests a minute is full again after a minute (Sheets API, usage limits), so it is waited out. */
const QUOTA_BUDGET_MS = 150_000;

/** For what passes by itself within moments, or not at all. */
const TRANSPORT_BUDGET_MS = 10_000;

const QUOTA_REASONS = new Set([
  'RATE_LIMIT_EXCEEDED',
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
]);

export function isQuota(failure: GoogleFailure): boolean {
  return (
    failure.status === 429 ||
    (failure.status === 403 && failure.reasons.some((one) => QUOTA_REASONS.has(one)))
  );
}

/** Whether trying again, now or at the next run, can help. */
export function isPassing({ status }: GoogleFailure): boolean {
  return status === null || status === 408 || status >= 500;
}

/** When a request to Google is tried again. Reading changes nothing, so every doubt is. */
export function googleRetryPolicy(clock: Clock): RetryPolicy {
  return {
    baseMs: 1000,
    capMs: 30_000,
    judge: (thrown) => {
      // An answer cut short, or a page of some proxy in its place.
      if (thrown instanceof RosterError) {
        return thrown.failure === 'wrong-shape'
          ? { budgetMs: TRANSPORT_BUDGET_MS, retryAfterMs: null }
          : null;
      }
      const failure = failureOf(thrown, clock);
      if (isQuota(failure)) return { budgetMs: QUOTA_BUDGET_MS, retryAfterMs: failure.retryAfterMs };
      return isPassing(failure)
        ? { budgetMs: TRANSPORT_BUDGET_MS, retryAfterMs: failure.retryAfterMs }
        : null;
    },
  };
}
