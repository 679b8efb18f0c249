import type { Answer, ArrivedRequest } from '../stand-in.ts';
import type { ZoomState } from './state.ts';

/** Issues a token for account credentials: Basic auth, and the parameters as a form or in the query. */
export function issueToken(request: ArrivedRequest, state: ZoomState, now: number): Answer {
  const { accountId, clientId, clientSecret, settings } = state;
  const form = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')
    ? new URLSearchParams(request.body)
    : new URLSearchParams();
  const parameter = (name: string) => form.get(name) ?? request.query.get(name);
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const wrong = (error: string, reason: string): Answer => ({
    status: settings.wrongCredentialsStatus,
    ...{ body: { reason, error }, changed: false, summary: `no token: ${error}` },
  });
  if (request.method !== 'POST') return { ...wrong('invalid_request', 'Method not allowed'), status: 405 };
  if (request.headers.authorization !== basic) {
    return wrong('invalid_client', 'Invalid client_id or client_secret');
  }
  if (parameter('grant_type') !== 'account_credentials') {
    return wrong('unsupported_grant_type', 'unsupported grant type');
  }
  if (parameter('account_id') !== accountId) return wrong('invalid_request', 'Bad Request');
  state.tokensIssued += 1;
  const token = `sandbox-zoom-token-${state.tokensIssued}`;
  state.tokens.set(token, now + settings.tokenSeconds * 1000);
  const body = {
    access_token: token,
    token_type: 'bearer',
    expires_in: settings.tokenSeconds,
    scope: settings.scopes.join(' '),
    api_url: 'https://api.zoom.us',
  };
  return { status: 200, body, changed: false, summary: 'issue token' };
}

/** Whether the request carries a token that is still good. */
export function isAuthorized({ headers }: ArrivedRequest, state: ZoomState, now: number): boolean {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  return token !== undefined && (state.tokens.get(token) ?? 0) > now;
}
