import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import type { PlanDocument, PoolPlanDocument } from '../../runs/documents.ts';
import { countsText, type PlanRow, planCounts, planRows, seatCountText } from '../../runs/plan-rows.ts';
import { previewSync } from '../../runs/preview.ts';
import type { AppEnv } from '../auth.ts';
import { poolsNamed } from '../named-pools.ts';
import { shared } from '../shared.ts';
import { syncForm } from './overview/sync.ts';
import { verdictBadge } from './parts/badge.ts';
import { notice } from './parts/boxes.ts';
import { linesTable, plannedLine } from './parts/lines.ts';
import { onPage, pageNumber, pager, withQuery } from './parts/pager.ts';
import { momentOf } from './parts/time.ts';
import { unmanagedPart } from './parts/unmanaged.ts';
import { problemsPart } from './run/problems.ts';
import { type Html, type Site, show } from './site.ts';

/** Lines on a page. */
const SIZE = 500;

const query = z.object({
  pool: z.string().nullable().catch(null).default(null),
  page: pageNumber,
});

/** `GET /preview`: what a sync would do now, of all pools or of one. Reads the roster and the providers, changes nothing. */
export function preview(site: Site) {
  const plans = shared<PlanDocument>();
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { pool, page } = query.parse(c.req.query());
    const { config, context, signal } = site.deps;
    const { store, providerOf, clock } = context;
    const pools = poolsNamed(config, pool === null || pool === '' ? [] : [pool]);
    const make = async () => {
      const roster = await context.readRoster(clock, signal);
      return previewSync({ config, store, providerOf, clock, signal }, roster, pools);
    };
    const plan = await plans(pools.map(({ id }) => id).join(' '), make);
    const mayAct = c.var.principal.role === 'operator';
    const body = html`<div class="heading"><h1>Preview ${verdictBadge(plan.verdict)}</h1>
<div class="row">${mayAct && syncForm(c.var.formToken, pool)}</div></div>
${choice(
  config.pools.map(({ id }) => id),
  pool,
)}
<p>As of ${momentOf(plan.at, config.timeZone)}. <b>${countsText(planCounts(plan))}.</b> Nothing was changed.</p>
${planParts(plan, { pool, page, timeZone: config.timeZone })}
${problemsPart(null, plan.problems, config.roster)}`;
    return show(c, site, { title: 'Preview', current: '/preview', body });
  };
}

function choice(pools: readonly string[], chosen: string | null): Html | '' {
  if (pools.length < 2) return '';
  const entry = (path: string, name: string, isChosen: boolean) =>
    isChosen
      ? html`<li><a href="${path}" aria-current="true">${name}</a></li>`
      : html`<li><a href="${path}">${name}</a></li>`;
  return html`<nav aria-label="Pools"><ul class="row plain-list">${entry('/preview', 'All pools', chosen === null)}${pools.map(
    (pool) => entry(withQuery('/preview', { pool }), pool, pool === chosen),
  )}</ul></nav>`;
}

interface Look {
  readonly pool: string | null;
  readonly page: number;
  readonly timeZone: string;
}

/** Each pool with its lines; of many people a page at a time. */
function planParts({ pools }: PlanDocument, { pool, page, timeZone }: Look): Html {
  const rows = pools.map(planRows);
  const count = rows.reduce((sum, { length }) => sum + length, 0);
  const shown = onPage(rows, { page, size: SIZE });
  const sections = pools.map((plan, place) =>
    poolPart(plan, shown[place] ?? [], rows[place]?.length ?? 0, timeZone),
  );
  const href = (to: number) => withQuery('/preview', { pool, page: to === 1 ? null : to });
  return html`${sections}${pager({ page, size: SIZE, count }, href)}`;
}

function poolPart(plan: PoolPlanDocument, rows: readonly PlanRow[], count: number, timeZone: string): Html {
  const { pool, verdict, error, notes, unmanaged } = plan;
  return html`<section class="card" aria-labelledby="pool-${pool}">
<div class="heading"><h2 id="pool-${pool}">${pool}</h2>${verdictBadge(verdict)}</div>
<p class="muted">${seatCountText(plan)}</p>
${error && notice('bad', error.message, error.advice)}
${error === undefined && linesPart(pool, rows, count, timeZone)}
${notes.length > 0 && html`<ul class="plain-list">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${unmanagedPart(unmanaged)}
</section>`;
}

function linesPart(pool: string, rows: readonly PlanRow[], count: number, timeZone: string): Html {
  if (count === 0) return html`<p class="muted">Nothing to do.</p>`;
  if (rows.length === 0) return html`<p class="muted">Its ${count} lines are on another page.</p>`;
  return linesTable(`${pool}: what a sync would do`, rows.map(plannedLine), timeZone);
}
