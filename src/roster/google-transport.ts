import type { auth } from 'googleapis/build/src/apis/sheets/index.js';

/** What the auth clients take; named through them, since the package it comes from is not ours to depend on. */
type TransportOptions = NonNullable<
  NonNullable<ConstructorParameters<typeof auth.JWT>[0]>['transporterOptions']
>;
type Adapter = NonNullable<TransportOptions['adapter']>;

/** The token endpoint that google-auth-library has built in, whatever the key file says. */
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** How long one try may take, the body included (milliseconds). */
const ATTEMPT_MS = 30_000;

export interface TransportSettings {
  readonly apiRootUrl?: string | undefined;
  /** Where tokens come from, if not from Google's endpoint. */
  readonly tokenUrl?: string | undefined;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** 30,000 if absent. */
  readonly attemptMs?: number | undefined;
}

/**
 * For every request, those for tokens too. The library's own retries are turned off: they ignore `Retry-After`, and end
 * after two seconds where the quota is one a minute (measured with googleapis 188). For tokens it sets a retry
 * configuration of its own, into which this `retry: 0` is merged. Of itself it has no time limit.
 */
export function transportFor({
  apiRootUrl,
  tokenUrl,
  signal,
  attemptMs,
}: TransportSettings): TransportOptions {
  return {
    retry: false,
    retryConfig: { retry: 0, noResponseRetries: 0 },
    // The API doesn't redirect. What does is a login page or a portal, which must not be read as an answer.
    redirect: 'manual',
    timeout: attemptMs ?? ATTEMPT_MS,
    signal,
    adapter: adapterFor(apiRootUrl, tokenUrl),
  };
}

/**
 * Sends requests where the settings want them: those for tokens to `tokenUrl`, and those to the API below the path of
 * `apiRootUrl`, of which the library itself takes only scheme, host and port.
 */
function adapterFor(apiRootUrl: string | undefined, tokenUrl: string | undefined): Adapter {
  const root = apiRootUrl === undefined ? null : new URL(apiRootUrl);
  const prefix = root?.pathname.replace(/\/$/, '') ?? '';
  return (options, send) => {
    const url = new URL(options.url);
    const isToken = url.href === GOOGLE_TOKEN_URL && tokenUrl !== undefined;
    const target = isToken ? new URL(tokenUrl) : url;
    if (!isToken && target.origin === root?.origin) target.pathname = prefix + target.pathname;
    // A proxy of the environment was chosen before this, and is none for this machine's own addresses.
    const { agent, ...direct } = options;
    const keepAgent = agent !== undefined && !isLoopback(target.hostname);
    return send({ ...direct, ...(keepAgent ? { agent } : {}), url: target });
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
