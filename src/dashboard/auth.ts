import { createHash, timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import type { HttpTokenConfig } from '../../config/schema.ts';
import { HttpProblem } from './problem.ts';
import { createThrottle } from './throttle.ts';

export type Role = 'viewer' | 'operator';

/** Who asks, as the audit names them. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

/** What the handlers find in their context. */
export interface AppEnv {
  readonly Variables: { readonly principal: Principal };
}

/** Lets a request pass if whoever sends it has the role; an operator may all that a viewer may. */
export type Guard = (role: Role) => MiddlewareHandler<{ Variables: { principal: Principal } }>;

/** Who asks where no tokens are configured, which the configuration allows on loopback only. */
const LOCAL: Principal = { name: 'local', role: 'operator' };

/**
 * Bearer tokens, each with a name and a role. All are compared, by digests of equal length, so that the time tells
 * nothing.
 * @param now milliseconds that only grow, for slowing down whoever tries tokens.
 */
export function createGuard(tokens: readonly HttpTokenConfig[], now: () => number): Guard {
  const known = tokens.map(({ name, role, token }) => ({
    principal: { name, role },
    digest: digestOf(token),
  }));
  const throttle = createThrottle(now);
  const identify = (c: Context): Principal => {
    if (known.length === 0) return LOCAL;
    const token = bearerOf(c);
    if (token === null) throw unauthorized('a token is needed: Authorization: Bearer TOKEN');
    const digest = digestOf(token);
    const address = getConnInfo(c).remote.address ?? 'unknown';
    const wait = throttle.waitSeconds(address, digest.toString('hex'));
    if (wait > 0) throw tooMany(wait);
    let found: Principal | null = null;
    for (const each of known) if (timingSafeEqual(each.digest, digest)) found = each.principal;
    if (found === null) {
      throttle.failed(address);
      throw unauthorized('this token is not known');
    }
    throttle.succeeded(address, digest.toString('hex'));
    return found;
  };
  return (role) => async (c, next) => {
    const principal = identify(c);
    if (role === 'operator' && principal.role !== 'operator') {
      throw new HttpProblem(
        403,
        `${principal.name} may look but not act`,
        'Use a token whose role is operator (http.tokens).',
      );
    }
    c.set('principal', principal);
    await next();
  };
}

function bearerOf(c: Context): string | null {
  const header = c.req.header('authorization') ?? '';
  return /^bearer +(\S+)\s*$/i.exec(header)?.[1] ?? null;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(message: string): HttpProblem {
  return new HttpProblem(401, message, 'Tokens are configured in http.tokens.', {
    headers: { 'www-authenticate': 'Bearer realm="cohort-sync"' },
  });
}

function tooMany(seconds: number): HttpProblem {
  return new HttpProblem(429, 'too many wrong tokens came from this address', `Wait ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}
