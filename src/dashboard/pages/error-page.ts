import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Visitor } from '../principal.ts';
import type { HttpProblem } from '../problem.ts';
import { type Site, showTo } from './site.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'This can’t be used',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Too late',
  429: 'Too many tries',
  502: 'A source could not be read',
  503: 'The ledger does not answer',
};

/** What happened and what to do, for a person. */
export async function errorPage(
  c: Context,
  site: Site,
  { status, message, advice, headers }: HttpProblem,
): Promise<Response> {
  const title = TITLES[status] ?? 'Something went wrong';
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const body = html`<h1>${title}</h1>
<div class="notice bad"><div><p>${sentence(message)}</p><p class="muted">${advice}</p></div></div>
<p><a href="/">To the overview</a></p>`;
  return showTo(await whoOf(c, site), c, site, { title, current: null, body, status });
}

/** Who asks, as far as that can be told: what went wrong may be what would tell it. */
async function whoOf(c: Context, { access }: Site): Promise<Visitor | null> {
  const { principal, formToken = null } = c.var;
  if (principal !== undefined) return { principal, formToken };
  return access.identify(c).catch(() => null);
}

function sentence(text: string): string {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
