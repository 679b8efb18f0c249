import type { Explanation, FailedCall } from '../http/failures.ts';

/** A scope is missing; both are seen. */
const SCOPE_CODES = [4700, 4711];

/** Zoom's errors in words. Null where the HTTP client's own words say it all. */
export function explainZoom(call: FailedCall): Explanation | null {
  const said = call.providerMessage === null ? '' : `: "${call.providerMessage}"`;
  const undone = call.changes ? 'Nothing was changed.' : 'Nothing was read or changed.';
  const what = `${call.method} ${call.path}`;
  const code = call.providerCode === null ? '' : `, code ${call.providerCode}`;
  const told = `(${call.status}${code})${said}. ${undone}`;
  if (isScope(call)) {
    return {
      message: `Pool ${call.pool}: Zoom does not let the app do ${what} ${told}`,
      advice:
        `Add the scope \`${scopeIn(call) ?? scopeFor(call)}\` to the app at marketplace.zoom.us (Manage, the app, ` +
        'Scopes). A new token brings it within the hour; `cohort-sync check` sees it at once.',
      failure: 'scope',
    };
  }
  if (call.failure === 'auth') {
    return {
      message: `Pool ${call.pool}: Zoom does not accept the access token for ${what} ${told}`,
      advice:
        'Check at marketplace.zoom.us that the Server-to-Server OAuth app is still activated. It may have been ' +
        'deactivated, or belong to another account than `accountId`.',
    };
  }
  if (isUsage(call) && call.failure === 'refused' && call.providerCode === 200) {
    return {
      message: `Pool ${call.pool}: Zoom does not let this account read the usage of its plan ${told}`,
      advice:
        "Set the pool's `purchasedSeats` to the number of licenses that Zoom's portal shows under Plans and Billing.",
    };
  }
  if (call.failure === 'refused' && call.path.endsWith('/plans/base')) {
    return {
      message: `Pool ${call.pool}: Zoom refused to change the number of licenses ${told}`,
      advice:
        'The API does this for approved partner accounts only: without that, set `seatChanges: manual`. Otherwise ' +
        "look at the account's plan and invoices in Zoom's portal.",
    };
  }
  return null;
}

/** The words for a token that could not be had. Nothing was sent for which it was needed. */
export function explainToken(call: FailedCall): Explanation | null {
  const said = call.providerMessage === null ? '' : `: "${call.providerMessage}"`;
  switch (call.failure) {
    case 'auth':
    case 'refused':
    case 'scope':
      return {
        message: `Pool ${call.pool}: Zoom gives no access token (${call.status})${said}. Nothing was read or changed.`,
        advice:
          "Check the pool's `accountId`, `clientId` and `clientSecret` against the app at marketplace.zoom.us, and that " +
          'the app is of the kind Server-to-Server OAuth and activated.',
        failure: 'auth',
      };
    case 'timeout':
    case 'broken':
    case 'unavailable':
    case 'wrong-answer':
      return {
        message: `Pool ${call.pool}: no access token could be had at ${call.host}: ${call.reason}. Nothing was read or changed.`,
        advice:
          "A run tries again by itself. If it lasts, check the pool's `oauthUrl`, and look at status.zoom.us.",
        failure: call.failure === 'wrong-answer' ? 'wrong-answer' : 'not-sent',
      };
    default:
      return null;
  }
}

export function isUsage({ path }: Pick<FailedCall, 'path'>): boolean {
  return path.endsWith('/plans/usage');
}

function isScope(call: FailedCall): boolean {
  if (call.failure === 'scope') return true;
  return call.failure === 'refused' && call.providerCode !== null && SCOPE_CODES.includes(call.providerCode);
}

/** Zoom names the scopes that would do: `does not contain scopes:[user:read:list_users:admin]`. */
function scopeIn({ providerMessage }: FailedCall): string | null {
  const listed = /scopes?:?\s*\[([^\]]+)\]/i.exec(providerMessage ?? '')?.[1];
  return listed?.split(',')[0]?.trim() ?? null;
}

const SCOPES: readonly (readonly [RegExp, string])[] = [
  [/^GET \/users$/, 'user:read:list_users:admin'],
  [/^GET \/users\/summary$/, 'user:read:summary:admin'],
  [/^POST \/users$/, 'user:write:user:admin'],
  [/^POST \/users\/features$/, 'user:write:feature:admin'],
  [/^GET \/users\/[^/]+\/settings$/, 'user:read:settings:admin'],
  [/^GET \/users\/[^/]+\/meetings$/, 'meeting:read:list_meetings:admin'],
  [/^PATCH \/users\/[^/]+$/, 'user:update:user:admin'],
  [/^GET \/accounts\/me\/plans\/usage$/, 'billing:read:plan_usage:admin'],
  [/^PUT \/accounts\/[^/]+\/plans\/base$/, 'billing:master'],
];

/** The scopes that a pool needs in any case. */
const NEEDED = [
  'user:read:list_users:admin',
  'user:read:summary:admin',
  'user:read:settings:admin',
  'user:write:feature:admin',
  'meeting:read:list_meetings:admin',
];

/** Scopes that the app lacks, by its token. An older app has classic ones, as `user:read:admin` for all that reads users. */
export function missingScopes(granted: readonly string[]): string[] {
  const has = new Set(granted);
  const classic = (scope: string) => scope.replace(/^(\w+:\w+):.*$/, '$1:admin');
  return NEEDED.filter((scope) => !has.has(scope) && !has.has(classic(scope)));
}

/** The granular scope that a request needs. */
export function scopeFor({ method, path }: Pick<FailedCall, 'method' | 'path'>): string {
  const found = SCOPES.find(([pattern]) => pattern.test(`${method} ${path}`));
  return found?.[1] ?? 'user:read:user:admin';
}
