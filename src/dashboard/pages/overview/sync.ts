import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { triggerSync } from '../../../../jobs/trigger.ts';
import type { AppEnv } from '../../auth.ts';
import { poolsNamed } from '../../named-pools.ts';
import { formOf, formToken } from '../parts/form.ts';
import type { Html, Site } from '../site.ts';

const form = z.object({ pool: z.string().optional() });

/** The button that starts a run of a pool, or of all. @param pool null is all. */
export function syncForm(token: string | null, pool: string | null): Html {
  const name = pool === null ? 'Sync now' : html`Sync now<span class="unseen">: ${pool}</span>`;
  return html`<form method="post" action="/sync">${formToken(token)}${
    pool !== null && html`<input type="hidden" name="pool" value="${pool}">`
  }<button class="${pool === null ? 'primary' : ''}">${name}</button></form>`;
}

/** `POST /sync`: starts a run, or joins the one that is under way, and leads to it. */
export function sync({ deps }: Site) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { pool } = await formOf(c, form);
    const pools = poolsNamed(deps.config, pool === undefined ? [] : [pool]).map(({ id }) => id);
    const { run, joined } = await triggerSync(deps.context, { by: 'http', pools, at: null });
    deps.log.info({ run, by: c.var.principal.name }, joined ? 'joined a run' : 'started a run');
    return c.redirect(`/runs/${run}${joined ? '?joined=yes' : ''}`, 303);
  };
}
