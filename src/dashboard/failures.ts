import type { Context } from 'hono';
import { CohortSyncError, LedgerError, messageOf, RosterError } from '../errors.ts';
import { DecisionError } from '../runs/decide.ts';
import type { Access } from './auth.ts';
import type { DashboardDeps } from './deps.ts';
import { answerProblem, HttpProblem } from './problem.ts';

/** How requests that could not be done are answered: browsers by a page, programs by a problem document. */
export interface Failures {
  readonly onError: (cause: unknown, c: Context) => Promise<Response>;
  readonly notFound: (c: Context) => Promise<Response>;
}

export function createFailures(deps: DashboardDeps, access: Access): Failures {
  const answer = async (c: Context, problem: HttpProblem) => {
    if (!wantsPage(c)) return answerProblem(c, problem);
    if (problem.status === 401) return toSignIn(c);
    const { errorPage } = await import('./pages/error-page.ts');
    return errorPage(c, { deps, access }, problem);
  };
  return {
    onError: (cause, c) => {
      const problem = problemOf(cause);
      if (problem.status >= 500)
        deps.log.warn({ path: c.req.path, problem: messageOf(cause) }, 'a request failed');
      return answer(c, problem);
    },
    notFound: (c) => {
      const advice = wantsPage(c) ? 'Choose a page above.' : 'See /openapi.json.';
      return answer(c, new HttpProblem(404, 'there is nothing here', advice));
    },
  };
}

/** Whether a person looks at the answer. */
function wantsPage(c: Context): boolean {
  return !c.req.path.startsWith('/api/') && (c.req.header('accept') ?? '').includes('text/html');
}

/**
 * To the sign-in page, and from there back to where one wanted to go. A browser that comes by a link on another site sends
 * no strict cookie, though it may have one: it is asked to come again by itself first.
 */
function toSignIn(c: Context): Response {
  const { method, url } = c.req;
  const site = c.req.header('sec-fetch-site');
  if (method === 'GET' && (site === 'cross-site' || site === 'same-site')) {
    return c.html(
      '<!doctype html><html lang="en"><title>cohort-sync</title><meta http-equiv="refresh" content="0">',
    );
  }
  if (method === 'GET' || method === 'HEAD') {
    const { pathname, search } = new URL(url);
    return c.redirect(`/sign-in?next=${encodeURIComponent(pathname + search)}`, 303);
  }
  return c.redirect('/sign-in?ended=yes', 303);
}

/** Nothing of an unknown error goes out: its message may hold anything. */
function problemOf(cause: unknown): HttpProblem {
  if (cause instanceof HttpProblem) return cause;
  if (cause instanceof DecisionError)
    return new HttpProblem(cause.missing ? 404 : 409, cause.message, cause.advice);
  if (cause instanceof LedgerError) return new HttpProblem(503, cause.message, cause.advice);
  if (cause instanceof RosterError) return new HttpProblem(502, cause.message, cause.advice);
  if (cause instanceof CohortSyncError) return new HttpProblem(500, cause.message, cause.advice);
  return new HttpProblem(500, 'cohort-sync failed to answer', 'The log of the service says why.');
}
