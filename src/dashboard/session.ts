import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { HttpTokenConfig } from '../../config/schema.ts';
import type { Clock } from '../dates.ts';
import { endSession, hasEnded } from '../ledger/sessions.ts';
import type { Store } from '../ledger/store.ts';
import type { Principal } from './principal.ts';

/** How long one is signed in, whatever one does (seconds). */
export const SESSION_SECONDS = 12 * 3600;

export const SESSION_COOKIE = 'cohort-sync';

/** One sign-in of a browser. */
export interface Session {
  readonly principal: Principal;
  /** What every form of this session carries, and no other site can know. */
  readonly formToken: string;
}

/** The sessions of the pages. A cookie names one, and the token by which it was opened vouches for it. */
export interface Sessions {
  /** Opens one for the holder of a token, and sets its cookie. */
  open(c: Context, holder: HttpTokenConfig): Promise<void>;
  /** The session of a request; null if it has none that is in force. @throws LedgerError */
  find(c: Context): Promise<Session | null>;
  /** Ends the session of a request, here and in every other process. @throws LedgerError */
  close(c: Context): Promise<void>;
}

interface Holder {
  readonly principal: Principal;
  readonly key: Buffer;
}

interface Found {
  readonly holder: Holder;
  readonly id: string;
  readonly secondsLeft: number;
}

/**
 * The cookie is signed by a key that is made of the token: it outlives a restart, serves every replica, and ends when
 * that token is changed or taken away. The role is the one that the token has now.
 */
export function createSessions(
  tokens: readonly HttpTokenConfig[],
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Sessions {
  const holders = tokens.map(
    ({ name, role, token }): Holder => ({ principal: { name, role }, key: keyOf(token) }),
  );
  const now = () => Math.floor(clock.now() / 1000);
  const find = async (c: Context): Promise<Found | null> => {
    for (const holder of holders) {
      const value = await getSignedCookie(c, holder.key, SESSION_COOKIE);
      if (!value) continue;
      const [id = '', expiresAt = ''] = value.split('.');
      const secondsLeft = Number(expiresAt) - now();
      return secondsLeft > 0 && !(await hasEnded(store, id)) ? { holder, id, secondsLeft } : null;
    }
    return null;
  };
  return {
    open: async (c, { token }) => {
      const value = `${randomBytes(16).toString('base64url')}.${now() + SESSION_SECONDS}`;
      await setSignedCookie(c, SESSION_COOKIE, value, keyOf(token), {
        ...{ path: '/', httpOnly: true, sameSite: 'Strict', maxAge: SESSION_SECONDS },
        secure: cameByHttps(c),
      });
    },
    find: async (c) => {
      const found = await find(c);
      if (found === null) return null;
      const { holder, id } = found;
      return { principal: holder.principal, formToken: formTokenOf(holder.key, id) };
    },
    close: async (c) => {
      const found = await find(c);
      if (found !== null) await endSession(store, found.id, found.secondsLeft);
      deleteCookie(c, SESSION_COOKIE, { path: '/', secure: cameByHttps(c) });
    },
  };
}

/** @param id of the session, or whatever stands in its place. */
export function formTokenOf(key: Buffer, id: string): string {
  return createHmac('sha256', key).update(`form ${id}`).digest('base64url');
}

/** Compares in a time that tells nothing. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHmac('sha256', '').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function keyOf(token: string): Buffer {
  return createHmac('sha256', token).update('cohort-sync session').digest();
}

/**
 * Whether the browser speaks to this service, or to a proxy before it, by https. The browser says so itself in `Origin`;
 * a proxy says it in a header that anyone could forge, but only to make their own cookie stricter.
 */
function cameByHttps(c: Context): boolean {
  const proxied = c.req.header('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase();
  return proxied === 'https' || (c.req.header('origin') ?? '').startsWith('https://');
}
