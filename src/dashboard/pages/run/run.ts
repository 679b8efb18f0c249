import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { counted } from '../../../counted.ts';
import { toInstant } from '../../../dates.ts';
import { eventsAfter, latestEvents } from '../../../ledger/events.ts';
import { readRun, type StoredRun } from '../../../ledger/runs.ts';
import type { AppEnv } from '../../auth.ts';
import { HttpProblem } from '../../problem.ts';
import { readWhereabouts } from '../../run-now.ts';
import { badge, verdictBadge } from '../parts/badge.ts';
import { facts, notice } from '../parts/boxes.ts';
import { linesTable } from '../parts/lines.ts';
import { onPage, pageNumber, pager, withQuery } from '../parts/pager.ts';
import { script } from '../parts/script.ts';
import { seatBar } from '../parts/seat-bar.ts';
import { distance, moment } from '../parts/time.ts';
import { unmanagedPart } from '../parts/unmanaged.ts';
import { type Html, type Site, show } from '../site.ts';
import { type PoolPart, readPoolParts } from './pools.ts';
import { problemsPart } from './problems.ts';
import { logPart, nowPart } from './progress.ts';

/** Lines of people on a page. */
const SIZE = 500;

/** Messages that are shown unless all are asked for. */
const MESSAGES = 60;

const query = z.object({
  page: pageNumber,
  log: z.enum(['all']).nullable().catch(null).default(null),
  joined: z.string().optional().catch(undefined),
});

/** `GET /runs/:id`: one run, whole. It is followed to its end where the browser has JavaScript, and is whole without. */
export function run(site: Site) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const id = c.req.param('id') ?? '';
    const { page, log, joined } = query.parse(c.req.query());
    const { store, clock } = site.deps.context;
    const stored = await readRun(store, id);
    if (stored === null)
      throw new HttpProblem(404, `there is no run ${id}`, 'The list of runs has those that are known.');
    const [parts, places, events] = await Promise.all([
      readPoolParts(store, stored, toInstant(clock.now())),
      readWhereabouts(site.deps, stored),
      log === 'all' ? eventsAfter(store, id, '0') : latestEvents(store, id, MESSAGES + 1),
    ]);
    const shown = log === 'all' ? events : events.slice(-MESSAGES);
    const isOpen = stored.document.endedAt === null;
    const { timeZone, roster } = site.deps.config;
    const body = html`<div class="stack" data-run="${id}" data-after="${events.at(-1)?.id ?? '0'}" data-open="${isOpen ? 'yes' : 'no'}">
${headPart(site, stored)}
${joined !== undefined && notice('busy', 'This run was under way already: it does what you asked for.')}
${isOpen && nowPart(id, places)}
<div class="stack" data-part="results">
${stored.document.error !== undefined && notice('bad', stored.document.error.message, stored.document.error.advice)}
${parts.map((part) => holdNotice(id, part))}
${resultsPart(id, parts, { page, timeZone })}
${problemsPart(id, stored.document.problems, roster)}
</div>
<section class="stack" aria-labelledby="log-title"><h2 id="log-title">What happened</h2>
${logPart(shown, shown.length === events.length, { run: id, timeZone })}</section>
</div>
${isOpen && script('run.js')}`;
    return show(c, site, { title: `Run ${id}`, current: '/runs', body });
  };
}

function headPart({ deps }: Site, { head, document }: StoredRun): Html {
  const { timeZone } = deps.config;
  const { startedAt, endedAt, verdict, trigger } = document;
  const now = deps.context.clock.now();
  const asOf = head.clockOffset === 0 ? [] : [['As of', moment(startedAt, timeZone)] as const];
  return html`<div class="stack" data-part="head">
<div class="heading"><h1>Run ${head.run} ${verdict === null ? badge('busy', 'under way') : verdictBadge(verdict)}</h1>
<div class="row"><a href="/runs">All runs</a></div></div>
${facts([
  ['Started by', trigger],
  ...asOf,
  ['Started', html`${moment(startedAt, timeZone)} (${distance(startedAt, now)})`],
  ['Ended', endedAt === null ? 'not yet' : moment(endedAt, timeZone)],
  ['Pools', head.pools.join(', ')],
])}</div>`;
}

function holdNotice(run: string, { pool, held, holdIsOpen }: PoolPart): Html | '' {
  if (held === 0) return '';
  const changes = counted(held, 'change');
  const text = holdIsOpen
    ? html`${pool}: ${changes} ${held === 1 ? 'waits' : 'wait'} for approval and ${held === 1 ? 'was' : 'were'} not done. <a href="/runs/${run}/hold">Look at ${held === 1 ? 'it' : 'them'} and decide</a>`
    : html`${pool}: ${changes} ${held === 1 ? 'was' : 'were'} held. <a href="/runs/${run}/hold">What became of it</a>`;
  return notice('held', text);
}

/** Each pool with its lines; of many people a page at a time. */
function resultsPart(
  run: string,
  parts: readonly PoolPart[],
  { page, timeZone }: { readonly page: number; readonly timeZone: string },
): Html {
  const count = parts.reduce((sum, { lines }) => sum + lines.length, 0);
  const shown = onPage(
    parts.map(({ lines }) => lines),
    { page, size: SIZE },
  );
  const sections = parts.map((part, place) => poolSection(part, shown[place] ?? [], timeZone));
  const paging = pager({ page, size: SIZE, count }, (to) =>
    withQuery(`/runs/${run}`, { page: to === 1 ? null : to }),
  );
  return html`${sections}${paging}`;
}

function poolSection(part: PoolPart, lines: PoolPart['lines'], timeZone: string): Html {
  const { pool, verdict, seats, error, notes, unmanaged } = part;
  const waiting = part.lines.filter(({ tone }) => tone === 'wait').length;
  return html`<section class="card" aria-labelledby="pool-${pool}">
<div class="heading"><h2 id="pool-${pool}">${pool}</h2>${verdict === null ? badge('busy', 'under way') : verdictBadge(verdict)}</div>
${seats && seatBar(pool, { ...seats, waiting })}
${error && notice('bad', error.message, error.advice)}
${table(pool, part, lines, timeZone)}
${notes.length > 0 && html`<ul class="plain-list">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${unmanagedPart(unmanaged)}
</section>`;
}

function table(
  pool: string,
  { lines: all, verdict, error }: PoolPart,
  lines: PoolPart['lines'],
  timeZone: string,
): Html | '' {
  if (all.length === 0) {
    if (error !== null) return '';
    return html`<p class="muted">${verdict === null ? 'Nothing has been done yet.' : 'Nothing was to be done.'}</p>`;
  }
  if (lines.length === 0) return html`<p class="muted">Its ${all.length} lines are on another page.</p>`;
  const caption =
    all.length === lines.length
      ? `${pool}: ${all.length} lines`
      : `${pool}: ${lines.length} of ${all.length} lines`;
  return linesTable(caption, lines, timeZone);
}
