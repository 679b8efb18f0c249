import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { counted } from '../../../counted.ts';
import { fromInstant } from '../../../dates.ts';
import { pageOfRuns, type RunFilter, readRun } from '../../../ledger/runs.ts';
import { type RunSummary, verdict } from '../../../runs/documents.ts';
import { upcomingRuns } from '../../../schedule/upcoming.ts';
import type { AppEnv } from '../../auth.ts';
import type { DashboardDeps } from '../../deps.ts';
import { readWhereabouts } from '../../run-now.ts';
import { badge, VERDICT_TEXT, verdictBadge } from '../parts/badge.ts';
import { empty, table } from '../parts/boxes.ts';
import { pageNumber, pager, startOf, withQuery } from '../parts/pager.ts';
import { distance, moment, momentOf, spanText } from '../parts/time.ts';
import { type Html, type Site, show } from '../site.ts';

/** Runs on a page. */
const SIZE = 50;

/** Coming runs that are told. */
const COMING = 3;

const query = z.object({
  pool: z.string().nullable().catch(null).default(null),
  verdict: z
    .enum([...verdict.options, 'open'])
    .nullable()
    .catch(null)
    .default(null),
  page: pageNumber,
});

/** `GET /runs`: past and present runs, newest first, and those to come. */
export function runs(site: Site) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { config, context } = site.deps;
    const { page, ...filter } = query.parse(c.req.query());
    const found = await pageOfRuns(context.store, filter, {
      from: startOf({ page, size: SIZE }),
      count: SIZE,
    });
    const href = (to: number) => withQuery('/runs', { ...filter, page: to === 1 ? null : to });
    if (page > 1 && found.runs.length === 0) return c.redirect(href(1), 303);
    const rows = await Promise.all(found.runs.map((run) => row(site.deps, run)));
    const isFiltered = filter.pool !== null || filter.verdict !== null;
    const heads = ['Run', 'Started', 'By', 'Verdict', 'Pools', 'Took'];
    const body = html`<h1>Runs</h1>
${await coming(site.deps)}
${filters(
  config.pools.map(({ id }) => id),
  filter,
)}
${rows.length > 0 ? table(captionOf(found.fitting, isFiltered), heads, rows) : nothing(isFiltered)}
${pager({ page, size: SIZE, count: found.fitting }, href)}`;
    return show(c, site, { title: 'Runs', current: '/runs', body });
  };
}

function captionOf(count: number, isFiltered: boolean): string {
  return `${counted(count, 'run')}${isFiltered ? ' of this kind' : ''}, newest first`;
}

function nothing(isFiltered: boolean): Html {
  return isFiltered
    ? empty('No such run', html`<a href="/runs">Show all runs</a>`)
    : empty(
        'No run yet',
        html`Look at the <a href="/preview">preview</a>, then start one on the <a href="/">overview</a>.`,
      );
}

async function coming({ config, context }: DashboardDeps): Promise<Html> {
  const next = await upcomingRuns(config, context.store, context.clock.now(), COMING);
  if (next.length === 0)
    return html`<p class="muted">No run starts by itself: the configuration has no <code>schedule</code>.</p>`;
  const entries = next.map(
    ({ at, why, pools }) =>
      html`<li>${momentOf(at, config.timeZone)} <span class="muted">${why}: ${pools.join(', ')}</span></li>`,
  );
  return html`<section aria-labelledby="coming" class="stack"><h2 id="coming">Next</h2><ul class="plain-list">${entries}</ul></section>`;
}

function filters(pools: readonly string[], { pool, verdict: chosen }: RunFilter): Html {
  const option = (value: string, text: string, isChosen: boolean) =>
    isChosen
      ? html`<option value="${value}" selected>${text}</option>`
      : html`<option value="${value}">${text}</option>`;
  const verdicts = [
    ...verdict.options.map((each) => [each, VERDICT_TEXT[each]] as const),
    ['open', 'under way'] as const,
  ];
  return html`<form method="get" action="/runs" class="row" aria-label="Filter">
<label for="pool">Pool</label><select id="pool" name="pool">${option('', 'all', pool === null)}${pools.map((id) => option(id, id, id === pool))}</select>
<label for="verdict">Verdict</label><select id="verdict" name="verdict">${option('', 'all', chosen === null)}${verdicts.map(([value, text]) => option(value, text, value === chosen))}</select>
<button>Filter</button></form>`;
}

async function row(deps: DashboardDeps, summary: RunSummary): Promise<Html> {
  const { timeZone } = deps.config;
  const { run, startedAt, endedAt, trigger, verdict: end } = summary;
  const now = deps.context.clock.now();
  return html`<tr><th scope="row"><a href="/runs/${run}">${run}</a></th><td>${moment(startedAt, timeZone)}<br><span class="muted small">${distance(startedAt, now)}</span></td><td>${TRIGGERS[trigger] ?? trigger}</td><td>${
    end === null ? badge('busy', 'under way') : verdictBadge(end)
  }</td><td>${await pools(deps, summary)}</td><td>${endedAt === null ? '' : took(startedAt, endedAt)}</td></tr>`;
}

/** Who asked for a run, in words. */
const TRIGGERS: Readonly<Record<string, string>> = {
  cron: 'schedule',
  cli: 'command line',
  http: 'page or API',
  retry: 'retry',
  approval: 'approval',
};

/** Each pool with its verdict, or with where the run is in it. */
async function pools(deps: DashboardDeps, { run, endedAt, pools: all }: RunSummary): Promise<Html> {
  const stored = endedAt === null ? await readRun(deps.context.store, run) : null;
  const places = stored === null ? [] : await readWhereabouts(deps, stored);
  const entries = all.map(({ pool, verdict: end }) => {
    const place = places.find((each) => each.pool === pool)?.text ?? 'about to end';
    return html`<li>${pool}: ${end === null ? place : VERDICT_TEXT[end]}</li>`;
  });
  return html`<ul class="plain-list">${entries}</ul>`;
}

function took(startedAt: string, endedAt: string): string {
  const milliseconds = fromInstant(endedAt) - fromInstant(startedAt);
  return spanText(milliseconds / 1000);
}
