import type { ZoomPoolConfig } from '../../../config/schema.ts';
import { createHttpClient, type ProviderDeps } from '../http/client.ts';
import { explainToken } from './failures.ts';
import { readError, tokenBody } from './wire.ts';

/** A token is not used any more when less than this is left of it (milliseconds), as Zoom's own SDK does. */
const LEAST_LEFT = 60_000;

/** The app's access token. */
export interface Tokens {
  /** Asks Zoom for one where none is good; callers at the same time share one request. @throws ProviderError */
  get(): Promise<string>;
  /** Forgets a token that Zoom did not accept; a newer one is kept. */
  drop(token: string): void;
  /** What the app may do by the last token; null where Zoom has not said so. */
  scopes(): readonly string[] | null;
}

/** Tokens of a Server-to-Server OAuth app (developers.zoom.us/docs/internal-apps/s2s-oauth), kept until they expire. */
export function createTokens(config: ZoomPoolConfig, deps: ProviderDeps): Tokens {
  const basic = Buffer.from(`${config.clientId}:${config.clientSecret}`).toString('base64');
  const url = new URL(config.oauthUrl);
  const slash = url.pathname.lastIndexOf('/');
  const client = createHttpClient({
    ...deps,
    pool: config.id,
    baseUrl: url.origin + url.pathname.slice(0, slash),
    headers: { authorization: `Basic ${basic}` },
    secrets: [config.clientSecret, basic],
    readError,
    explain: explainToken,
  });
  let known: { readonly token: string; readonly until: number } | null = null;
  let coming: Promise<string> | null = null;
  let scopes: readonly string[] | null = null;

  async function fetchToken(): Promise<string> {
    const asked = deps.clock.now();
    const { data } = await client.request({
      ...{ method: 'POST', path: url.pathname.slice(slash), changes: false, schema: tokenBody },
      form: { grant_type: 'account_credentials', account_id: config.accountId },
      // Others wait for it too: one who is stopped must not take it from them.
      signal: new AbortController().signal,
    });
    known = { token: data.access_token, until: asked + data.expires_in * 1000 - LEAST_LEFT };
    scopes = data.scope ? data.scope.split(/[\s,]+/) : null;
    return data.access_token;
  }

  return {
    get: async () => {
      if (known !== null && deps.clock.now() < known.until) return known.token;
      coming ??= fetchToken().finally(() => {
        coming = null;
      });
      return coming;
    },
    drop: (token) => {
      if (known?.token === token) known = null;
    },
    scopes: () => scopes,
  };
}
