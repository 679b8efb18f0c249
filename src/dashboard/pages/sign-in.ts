import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { HttpProblem } from '../problem.ts';
import { notice } from './parts/boxes.ts';
import { fieldsOf } from './parts/form.ts';
import type { Html, Site } from './site.ts';
import { showTo } from './site.ts';

/** An address of these pages is short; a longer one makes headers that not everyone takes. */
const address = z.string().max(2_000).catch('/');

const query = z.object({ next: address, ended: z.string().optional().catch(undefined) });
const form = z.object({ token: z.string().trim().max(4_096).catch(''), next: address });

/** `GET /sign-in`. */
export function signInPage(site: Site) {
  return async (c: Context): Promise<Response> => {
    const { next, ended } = query.parse(c.req.query());
    const known = await site.access.identify(c).catch(() => null);
    if (known !== null) return c.redirect(localPath(next), 303);
    const why = 'You were not signed in any more, so what you sent was not done.';
    return formPage(c, site, next, ended === undefined ? '' : notice('wait', why));
  };
}

/** `POST /sign-in`: a token, once, for a session. */
export function signIn(site: Site) {
  return async (c: Context): Promise<Response> => {
    const { token, next } = form.parse(await fieldsOf(c));
    if (site.access.isOpen) return c.redirect(localPath(next), 303);
    try {
      const { name, role } = await site.access.signIn(c, token);
      site.deps.log.info({ by: name, role }, 'signed in');
      return c.redirect(localPath(next), 303);
    } catch (cause) {
      if (!(cause instanceof HttpProblem)) throw cause;
      if (cause.status !== 401 && cause.status !== 429) throw cause;
      const retryAfter = cause.headers['retry-after'];
      if (retryAfter !== undefined) c.header('retry-after', retryAfter);
      const said =
        cause.status === 401 ? 'This token is not known.' : 'Too many wrong tokens came from this address.';
      return formPage(c, site, next, notice('bad', said, cause.advice), cause.status);
    }
  };
}

/** `POST /sign-out`. */
export function signOut(site: Site) {
  return async (c: Context): Promise<Response> => {
    await site.access.signOut(c);
    return c.redirect('/sign-in', 303);
  };
}

function formPage(
  c: Context,
  site: Site,
  next: string,
  said: Html | string,
  status: 200 | 401 | 429 = 200,
): Response | Promise<Response> {
  const body = html`<div class="sign-in"><h1>Sign in</h1>
${said}
<form method="post" action="/sign-in" class="stack">
<input type="hidden" name="next" value="${localPath(next)}">
<label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="token-help">
<p id="token-help" class="muted">One of those in <code>http.tokens</code> of the configuration. It is asked for once; you stay signed in for 12 hours.</p>
<button class="primary">Sign in</button>
</form></div>`;
  return showTo(null, c, site, { title: 'Sign in', current: null, body, status });
}

/** Only where this service leads to: never to another host, however it is written. */
export function localPath(next: string): string {
  const base = 'http://localhost';
  const url = next.startsWith('/') ? URL.parse(next, base) : null;
  if (url === null || url.origin !== base || url.pathname.startsWith('//')) return '/';
  return url.pathname.startsWith('/sign-') ? '/' : `${url.pathname}${url.search}${url.hash}`;
}
