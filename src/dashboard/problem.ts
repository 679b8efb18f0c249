import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { CohortSyncError } from '../errors.ts';

/** One thing that is wrong with a request. */
export interface RequestFault {
  /** Where in the body or the query, as `pools[0]`. */
  readonly path: string;
  readonly problem: string;
}

/** A request that is answered by a problem document (RFC 9457). */
export class HttpProblem extends CohortSyncError {
  readonly status: ContentfulStatusCode;
  readonly faults: readonly RequestFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    message: string,
    advice: string,
    more: {
      readonly faults?: readonly RequestFault[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message, advice);
    this.status = status;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** The answer to a request that could not be done: what happened, and what to do. */
export function answerProblem(
  c: Context,
  { status, message, advice, faults, headers }: HttpProblem,
): Response {
  const document = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    advice,
    ...(faults.length === 0 ? {} : { faults }),
  };
  return c.body(JSON.stringify(document), status, { ...headers, 'content-type': 'application/problem+json' });
}
