import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import type { HttpTokenConfig } from '../../config/schema.ts';
import type { JobContext } from '../../jobs/context.ts';
import { LOCAL, type Principal, type Role, type Visitor } from './principal.ts';
import { HttpProblem } from './problem.ts';
import { createSessions, formTokenOf } from './session.ts';
import { createThrottle } from './throttle.ts';

/** What the handlers find in their context. */
export interface AppEnv {
  readonly Variables: { readonly principal: Principal; readonly formToken: string | null };
}

/** Lets a request pass if whoever sends it has the role; an operator may all that a viewer may. */
export type Guard = (role: Role) => MiddlewareHandler<{
  Variables: { principal: Principal; formToken: string | null };
}>;

/** Who may do what, and how they show it. */
export interface Access {
  readonly guard: Guard;
  /** Nobody needs a token, as the configuration allows on loopback only. */
  readonly isOpen: boolean;
  /** Who asks, by a bearer token or by the session of the pages. @throws HttpProblem 401 or 429, LedgerError */
  identify(c: Context): Promise<Visitor>;
  /** Whether who asked still may, long after the request: a ledger that is away for a while ends nothing. */
  isStill(c: Context): Promise<boolean>;
  /** Opens a session for the holder of a token. @throws HttpProblem 401 or 429 */
  signIn(c: Context, token: string): Promise<Principal>;
  /** Ends the session of a request, if it has one. @throws LedgerError */
  signOut(c: Context): Promise<void>;
}

/**
 * Bearer tokens, each with a name and a role, and sessions that are opened by them. All tokens are compared, by digests
 * of equal length, so that the time tells nothing.
 */
export function createAccess(
  tokens: readonly HttpTokenConfig[],
  { store, clock, timer }: Pick<JobContext, 'store' | 'clock' | 'timer'>,
): Access {
  const known = tokens.map((holder) => ({ holder, digest: digestOf(holder.token) }));
  const throttle = createThrottle(() => timer.elapsed());
  const sessions = createSessions(tokens, { store, clock });
  const local: Visitor = { principal: LOCAL, formToken: formTokenOf(randomBytes(32), 'local') };

  const holderOf = (c: Context, token: string): HttpTokenConfig => {
    const digest = digestOf(token);
    const address = getConnInfo(c).remote.address ?? 'unknown';
    const wait = throttle.waitSeconds(address, digest.toString('hex'));
    if (wait > 0) throw tooMany(wait);
    let found: HttpTokenConfig | null = null;
    for (const each of known) if (timingSafeEqual(each.digest, digest)) found = each.holder;
    if (found === null) {
      throttle.failed(address);
      throw unauthorized('this token is not known');
    }
    throttle.succeeded(address, digest.toString('hex'));
    return found;
  };
  const identify = async (c: Context): Promise<Visitor> => {
    if (known.length === 0) return local;
    const token = bearerOf(c);
    if (token !== null) {
      const { name, role } = holderOf(c, token);
      return { principal: { name, role }, formToken: null };
    }
    const session = await sessions.find(c);
    if (session === null) throw unauthorized('a token is needed: Authorization: Bearer TOKEN');
    return session;
  };
  return {
    isOpen: known.length === 0,
    identify,
    isStill: (c) =>
      identify(c).then(
        () => true,
        (cause) => !(cause instanceof HttpProblem),
      ),
    guard: (role) => async (c, next) => {
      const { principal, formToken } = await identify(c);
      c.set('principal', principal);
      c.set('formToken', formToken);
      if (role === 'operator' && principal.role !== 'operator') {
        throw new HttpProblem(
          403,
          `${principal.name} may look but not act`,
          'Use a token whose role is operator (http.tokens).',
        );
      }
      await next();
    },
    signIn: async (c, token) => {
      const holder = holderOf(c, token);
      await sessions.open(c, holder);
      return { name: holder.name, role: holder.role };
    },
    signOut: (c) => sessions.close(c),
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
