import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { ProviderFailure } from '../../errors.ts';
import type { Exchange } from './exchange.ts';

/** What an answer must be to count. */
export interface Expected<T> {
  readonly schema: z.ZodType<T>;
  /** What an answer without a body means; without this setting it is a wrong answer. */
  readonly empty?: T;
}

/** An answer read whole, or why it can't be. */
export type Reading<T> =
  | {
      readonly kind: 'read';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly data: T;
    }
  | UnreadAnswer;

export interface UnreadAnswer {
  readonly kind: 'failed';
  readonly failure: ProviderFailure;
  /** Null where no answer came. */
  readonly status: number | null;
  /** For people: what is wrong. Never a value out of the answer. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON that came with an error; null if there was none. */
  readonly errorBody: unknown;
}

/** Turns what came over the wire into data that has been checked, or into a failure with its kind. */
export function readAnswer<T>(exchanged: Exchange, expected: Expected<T>): Reading<T> {
  if (exchanged.kind === 'failed') {
    return { ...exchanged, status: null, headers: {}, errorBody: null };
  }
  const { status, headers } = exchanged;
  const failed = (failure: ProviderFailure, reason: string, errorBody: unknown = null): UnreadAnswer => ({
    kind: 'failed',
    failure,
    status,
    reason,
    headers,
    errorBody,
  });

  const failure = failureOf(status);
  if (failure === 'wrong-answer') return failed(failure, redirectOrOdd(status));
  const json = readJson(headers, exchanged.body);
  if (failure !== null) return failed(failure, `status ${status}`, json.kind === 'json' ? json.value : null);

  if (json.kind === 'not-json') return failed('wrong-answer', json.reason);
  if (json.kind === 'empty') {
    if (expected.empty === undefined) return failed('wrong-answer', 'the answer is empty');
    return { kind: 'read', status, headers, data: expected.empty };
  }
  const parsed = expected.schema.safeParse(json.value);
  if (!parsed.success) return failed('wrong-answer', firstFaults(parsed.error));
  return { kind: 'read', status, headers, data: parsed.data };
}

/**
 * What a gateway answers for a server that was too slow for it (408 Request Timeout, 425 Too Early, 499 Client Closed
 * Request): the server may have done all the same what it was asked to.
 */
const GIVEN_UP_WAITING = [408, 425, 499];

/** The kind of failure that a status means; null for success. */
export function failureOf(status: number): ProviderFailure | null {
  if (status >= 200 && status < 300) return null;
  if (status === 401) return 'auth';
  if (status === 403) return 'scope';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limited';
  if (GIVEN_UP_WAITING.includes(status)) return 'unavailable';
  if (status >= 400 && status < 500) return 'refused';
  if (status >= 500 && status < 600) return 'unavailable';
  return 'wrong-answer';
}

function redirectOrOdd(status: number): string {
  return status >= 300 && status < 400
    ? `the answer is a redirect (${status}), which is not followed: the key must not go elsewhere`
    : `its status ${status} is not in the reference`;
}

type Json =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-json'; readonly reason: string };

function readJson(headers: IncomingHttpHeaders, body: Buffer): Json {
  // Salable's 204 comes with and without Content-Length: only the body itself tells whether there is one.
  if (body.length === 0) return { kind: 'empty' };
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return notJson('it is compressed, which was not asked for');
  const type = (headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/([^/]+\+)?json$/.test(type)) return notJson(`it is ${type}, not JSON`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return text.trim() === '' ? { kind: 'empty' } : { kind: 'json', value: JSON.parse(text) };
  } catch {
    return notJson('it is cut off, or is not JSON');
  }
}

function notJson(problem: string): Json {
  return { kind: 'not-json', reason: `the answer can't be read: ${problem}` };
}

/** Where the answer differs from what is expected, as `[3].granteeId: expected string`. At most three places. */
function firstFaults(error: z.ZodError): string {
  const faults = error.issues.slice(0, 3).map((issue) => {
    const place = z.core.toDotPath(issue.path) || 'the answer';
    return `${place} ${issue.code === 'invalid_type' ? `is not ${issue.expected}` : 'is not as expected'}`;
  });
  const more = error.issues.length - faults.length;
  return `the answer is not as the reference says: ${faults.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}
