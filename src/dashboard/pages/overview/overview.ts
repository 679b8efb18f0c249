import type { Context } from 'hono';
import { html } from 'hono/html';
import type { AppEnv } from '../../auth.ts';
import { empty } from '../parts/boxes.ts';
import { type Html, type Site, show } from '../site.ts';
import { poolCard } from './card.ts';
import { readPools } from './read.ts';
import { syncForm } from './sync.ts';

/** `GET /`: how each pool stands and will stand, by what its last run has left in the ledger. */
export function overview(site: Site) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { config, context } = site.deps;
    const pools = await readPools(site.deps);
    const now = context.clock.now();
    const { principal, formToken } = c.var;
    const look = { timeZone: config.timeZone, now, formToken, mayAct: principal.role === 'operator' };
    const nothing = pools.every(({ last, active }) => last === null && active === null);
    const body = html`<div class="heading"><h1>Overview</h1>
<div class="row">${look.mayAct && syncForm(formToken, null)}</div></div>
${nothing ? first(look.mayAct) : html`<p class="muted">By what the last runs have read. This page asks no provider and no sheet.</p>`}
${pools.map((pool) => poolCard(pool, look))}`;
    return show(c, site, { title: 'Overview', current: '/', body });
  };
}

/** What to do where nothing has been done yet. */
function first(mayAct: boolean): Html {
  const how = mayAct
    ? html`Look at the <a href="/preview">preview</a>, which changes nothing. Then press <b>Sync now</b>.`
    : html`Look at the <a href="/preview">preview</a>, which changes nothing. Somebody whose role is operator can then start a run.`;
  return empty('No run yet', how);
}
