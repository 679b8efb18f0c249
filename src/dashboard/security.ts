import type { Context, MiddlewareHandler } from 'hono';
import { isLoopback } from '../../config/fields.ts';
import { HttpProblem } from './problem.ts';

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/** Headers that every answer has. An answer that has set one itself, as a page its own policy, keeps it. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};

/**
 * Where nobody needs a token, a web page that is open on this machine must not act through the browser: neither under a
 * foreign name that points here, nor across sites.
 */
export const onlyThisMachine: MiddlewareHandler = async (c, next) => {
  const host = URL.parse(`http://${c.req.header('host') ?? ''}`)?.hostname ?? '';
  if (!isLoopback(host)) {
    throw new HttpProblem(
      403,
      'this server answers to localhost only, as it has no tokens',
      'Configure http.tokens to use it under another name.',
    );
  }
  await next();
};

/** Whether a request of this method only looks. */
export function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Requests that change something don't come from other sites: there is no CORS, and a browser says whence it asks. Where it
 * does not say so by `Sec-Fetch-Site`, as by plain http from another machine, its `Origin` has to be the host that it asks.
 */
export const noCrossSite: MiddlewareHandler = async (c, next) => {
  if (!isReading(c.req.method) && !isFromHere(c)) {
    throw new HttpProblem(403, 'requests from other sites are refused', 'Call the API from a program.');
  }
  await next();
};

function isFromHere(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = c.req.header('origin');
  if (origin === undefined) return true;
  // A proxy may ask under a name of its own, and says by which the browser did.
  const hosts = [c.req.header('host'), c.req.header('x-forwarded-host')];
  const host = URL.parse(origin)?.host;
  return host !== undefined && hosts.includes(host);
}
