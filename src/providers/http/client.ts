import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../dates.ts';
import { CohortSyncError, ProviderError, type ProviderFailure } from '../../errors.ts';
import { answeredAt, parseRetryAfter } from '../../retry-after.ts';
import type { SendGate } from '../provider.ts';
import { type Expected, readAnswer, type UnreadAnswer } from './answer.ts';
import { exchange } from './exchange.ts';
import { type Explanation, explainFailure, type FailedCall } from './failures.ts';
import { createMask, providerWords } from './mask.ts';
import { http, https } from './node-http.ts';
import type { Pace } from './pace.ts';

/** One call as it went, for logs and metrics. Holds no query, header or body. */
export interface CallRecord {
  readonly method: string;
  readonly path: string;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly ms: number;
  /** `stopped`: the gate did not let it go. */
  readonly outcome: 'ok' | 'stopped' | ProviderFailure;
}

/** Told of every call once it is over. Must not throw. */
export type OnCall = (call: CallRecord) => void;

export interface HttpClientOptions {
  readonly pool: string;
  /** `http:` or `https:`. Only what lies below it is ever called. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Texts that must never be seen in a message. */
  readonly secrets: readonly string[];
  /** Of one call: total time (default 30 s) and size of the answer (default 32 MiB). */
  readonly limits?: { readonly timeoutMs?: number; readonly maxBytes?: number };
  readonly clock: Clock;
  readonly onCall?: OnCall | undefined;
  /** Finds the provider's own words in the JSON of an error; null if there are none. */
  readonly readError?: (body: unknown) => string | null;
  /** Finds the provider's own number for an error; null if there is none. */
  readonly readCode?: (body: unknown) => number | null;
  /**
   * Until when the provider asks to be left alone (milliseconds since the epoch), by the clock of the answer. Default: by
   * `Retry-After`.
   */
  readonly readRetryAt?: (headers: IncomingHttpHeaders, now: number) => number | null;
  /** The provider's words for a failure; null leaves it to the client's own. */
  readonly explain?: (call: FailedCall) => Explanation | null;
}

/** What every provider is made with. `limits` are the client's; see there. */
export type ProviderDeps = Pick<HttpClientOptions, 'clock' | 'onCall' | 'limits'> & {
  /** Keeps to a provider's rate limits together with whoever shares them; default: this process alone. */
  readonly pace?: Pace;
};

export interface HttpRequest<T> extends Expected<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, from its slash on; every segment URL-encoded by the caller. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as an HTML form would be, in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Asked as the last thing before the request leaves; a throw stops it. */
  readonly gate?: SendGate;
  /** Whether it changes something at the provider. */
  readonly changes: boolean;
}

export interface HttpAnswer<T> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly data: T;
}

export interface HttpClient {
  /**
   * Sends one request and reads its answer. Nothing is ever sent twice; who may try again is for the caller to say.
   * @throws ProviderError where the request failed; what the gate throws where it stopped the request.
   */
  request<T>(request: HttpRequest<T>): Promise<HttpAnswer<T>>;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * The one HTTP client for all providers. Follows no redirect (a key must not go elsewhere), calls nothing but the
 * configured origin, caps answers in size and time, and checks them. Reads share connections; a request that changes
 * something has a connection of its own, so that a pooled one which has gone stale never leaves its effect in doubt.
 * @throws CohortSyncError if the base URL is not one.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = parseBase(options.pool, options.baseUrl);
  const mask = createMask(options.secrets);
  // Free connections are dropped before a server that keeps them for 5 s (Node's default) does so itself.
  const pooling = { keepAlive: true, timeout: 4000 };
  const pooled = new (base.protocol === 'https:' ? https() : http).Agent(pooling);

  async function request<T>(call: HttpRequest<T>): Promise<HttpAnswer<T>> {
    const started = options.clock.now();
    const record = (status: number | null, outcome: CallRecord['outcome']) => {
      const ms = Math.max(0, options.clock.now() - started);
      options.onCall?.({ method: call.method, path: call.path, status, ms, outcome });
    };
    const body = bodyOf(call);
    const sending = exchange({
      url: urlBelow(base, options.pool, call),
      method: call.method,
      headers: headersFor(options.headers, body),
      body: body?.text ?? null,
      agent: call.changes ? false : pooled,
      gate: call.gate ?? null,
      timeoutMs: options.limits?.timeoutMs ?? TIMEOUT_MS,
      maxBytes: options.limits?.maxBytes ?? MAX_BYTES,
      signal: call.signal,
    });
    const exchanged = await sending.catch((refusal: unknown) => {
      record(null, 'stopped');
      throw refusal;
    });
    const answer = readAnswer(exchanged, call);
    record(answer.status, answer.kind === 'read' ? 'ok' : answer.failure);
    if (answer.kind === 'failed') throw errorOf(call, answer);
    return { status: answer.status, headers: answer.headers, data: answer.data };
  }

  function errorOf<T>(call: HttpRequest<T>, answer: UnreadAnswer): ProviderError {
    const words = answer.errorBody === null ? null : (options.readError?.(answer.errorBody) ?? null);
    const providerMessage = words === null ? null : providerWords(words, mask);
    const { failure, status } = answer;
    const { method, path, changes } = call;
    const providerCode = options.readCode?.(answer.errorBody) ?? null;
    const failed: FailedCall = {
      ...{ pool: options.pool, host: base.host, method, path, changes, failure, status },
      ...{ reason: answer.reason, providerMessage, providerCode },
    };
    const { message, advice, failure: told = failure } = options.explain?.(failed) ?? explainFailure(failed);
    const retryAt = retryAtOf(answer.headers);
    // No `cause`: Node's errors can carry what was sent or received.
    return new ProviderError(
      {
        ...{ pool: options.pool, failure: told, request: `${method} ${path}` },
        ...{ status, providerMessage, providerCode, retryAt },
      },
      mask(message),
      advice,
    );
  }

  /** By our own clock, whatever the provider's says. */
  function retryAtOf(headers: IncomingHttpHeaders): number | null {
    const now = options.clock.now();
    const sentAt = answeredAt(headers.date, now);
    const at = (options.readRetryAt ?? retryAfter)(headers, sentAt);
    return at === null ? null : now + (at - sentAt);
  }

  return { request };
}

interface Body {
  readonly type: string;
  readonly text: string;
}

function bodyOf<T>({ body, form }: HttpRequest<T>): Body | null {
  if (form !== undefined) {
    return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(form).toString() };
  }
  return body === undefined ? null : { type: 'application/json', text: JSON.stringify(body) };
}

function headersFor(own: Readonly<Record<string, string>>, body: Body | null): Record<string, string> {
  const common = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'cohort-sync' };
  if (body === null) return { ...common, ...own };
  const length = String(Buffer.byteLength(body.text));
  return { ...common, ...own, 'content-type': body.type, 'content-length': length };
}

function retryAfter(headers: IncomingHttpHeaders, now: number): number | null {
  return parseRetryAfter(headers['retry-after'], now);
}

function parseBase(pool: string, baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new CohortSyncError(
      `Pool ${pool}: its \`baseUrl\` is not an http or https address`,
      "Set it to the address of the provider's API, without a user name or password.",
    );
  }
  return url;
}

/** The address of a request. A path that means something else once it is resolved (`..`, `?`) is refused. */
function urlBelow<T>(base: URL, pool: string, call: HttpRequest<T>): URL {
  const path = base.pathname.replace(/\/+$/, '') + call.path;
  const url = call.path.startsWith('/') ? new URL(base.origin + path) : null;
  if (url === null || url.origin !== base.origin || url.pathname !== path) {
    throw new CohortSyncError(
      `Pool ${pool}: ${call.method} can't be sent: its path does not lie below the pool's \`baseUrl\``,
      'Check the ids of this pool in the configuration: they are not of the form that the provider uses.',
    );
  }
  url.search = new URLSearchParams(call.query).toString();
  return url;
}
