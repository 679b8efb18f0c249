import type { Context } from 'hono';
import { html } from 'hono/html';
import { addDays, dateIn, type IsoDate } from '../../../dates.ts';
import { normalizeEmail } from '../../../emails.ts';
import { readPeople } from '../../../ledger/people.ts';
import { type ExplainDocument, explainPerson, type PoolExplanation } from '../../../runs/explain.ts';
import { STANDS, type Standing } from '../../../runs/standing.ts';
import type { AppEnv } from '../../auth.ts';
import type { DashboardDeps } from '../../deps.ts';
import { HttpProblem } from '../../problem.ts';
import { shared } from '../../shared.ts';
import { badge, type Tone } from '../parts/badge.ts';
import { facts, notice, table } from '../parts/boxes.ts';
import { day, moment } from '../parts/time.ts';
import { type Html, type Site, show } from '../site.ts';
import { joined, type PersonTimeline, personChart } from './chart.ts';
import { type Held, seatsOf } from './history.ts';
import { searchForm } from './people.ts';

const TONES: Readonly<Record<Standing, Tone>> = {
  has: 'good',
  keeps: 'good',
  lacks: 'none',
  loses: 'change',
  waits: 'wait',
  held: 'held',
  conflict: 'bad',
  unmanaged: 'none',
  unknown: 'bad',
};

/** Whether one has a seat now; null where that is not what it says. */
const SEATED: Readonly<Record<Standing, boolean | null>> = {
  has: true,
  keeps: true,
  lacks: false,
  loses: true,
  waits: false,
  held: null,
  conflict: null,
  unmanaged: true,
  unknown: null,
};

/** `GET /people/:address`: why this person has, keeps, lacks or loses a seat, in each pool, as `explain` says it. */
export function person(site: Site) {
  const { deps } = site;
  const explanations = shared<ExplainDocument>();
  return async (c: Context<AppEnv>): Promise<Response> => {
    const address = normalizeEmail(c.req.param('address') ?? '');
    if (!address.includes('@'))
      throw new HttpProblem(404, 'that is not an email address', 'Search for it on the page People.');
    const document = await explanations(address, () => explain(deps, address));
    const name = (await readPeople(deps.context.store)).get(address)?.name ?? null;
    const today = dateIn(deps.context.clock.now(), deps.config.timeZone);
    const timeline = await timelineOf(deps, document, today);
    const heading =
      name === null
        ? html`<bdi>${address}</bdi>`
        : html`<bdi>${name}</bdi> <span class="muted">${address}</span>`;
    const body = html`<div class="heading"><h1>${heading}</h1>${searchForm('')}</div>
<section class="card" aria-labelledby="when"><h2 id="when">Cohorts and seats</h2>${timelineView(timeline)}</section>
${document.pools.map((pool) => poolCard(pool, today, deps.config.timeZone))}
<p class="muted small">By the roster and the providers as they are now. This page changes nothing.</p>`;
    return show(c, site, { title: name ?? address, current: '/people', body });
  };
}

async function explain(
  { config, context, signal }: DashboardDeps,
  address: string,
): Promise<ExplainDocument> {
  const { store, clock, providerOf } = context;
  const roster = await context.readRoster(clock, signal);
  return explainPerson({ config, store, providerOf, signal, roster, now: clock.now() }, address);
}

async function timelineOf(
  { config, context }: DashboardDeps,
  { person: address, pools }: ExplainDocument,
  today: IsoDate,
): Promise<PersonTimeline> {
  const { assignDaysBefore, keepDaysAfter } = config.cohorts;
  const lanes = pools.map(async ({ pool: id, rows, state }) => {
    const pool = config.pools.find((each) => each.id === id);
    const due = joined(
      rows.map(({ startsOn, endsOn }) => ({
        from: addDays(startsOn, -assignDaysBefore),
        to: addDays(endsOn, keepDaysAfter),
      })),
    );
    if (pool === undefined) return { pool: id, due, held: [] };
    const who = { provider: context.providerOf(pool), person: address, hasSeat: SEATED[state] };
    return { pool: id, due, held: await seatsOf(context.store, config, pool, who) };
  });
  const cohorts = new Map(
    pools.flatMap(({ rows }) =>
      rows.map(({ row: _row, ...cohort }) => [JSON.stringify(cohort), cohort] as const),
    ),
  );
  return { today, cohorts: [...cohorts.values()], pools: await Promise.all(lanes) };
}

function timelineView(timeline: PersonTimeline): Html {
  const { today, cohorts, pools } = timeline;
  const row = (what: string, where: string, from: Held['from'], to: Held['to']) =>
    html`<tr><td>${what}</td><td>${where}</td><td>${from === null ? 'not known' : day(from, today)}</td><td>${to === null ? 'not known' : to === 'now' ? 'today' : day(to, today)}</td></tr>`;
  const rows = [
    ...cohorts.map(({ cohort, startsOn, endsOn }) => row('teaches', cohort, startsOn, endsOn)),
    ...pools.flatMap(({ pool, due, held }) => [
      ...due.map(({ from, to }) => row('seat due', pool, from, to)),
      ...held.map(({ from, to }) => row('had a seat', pool, from, to)),
    ]),
  ];
  if (rows.length === 0)
    return html`<p>No row of the roster names this person, and no seat was ever given or taken.</p>`;
  return html`<div class="chart-scroll" role="region" aria-label="Timeline" tabindex="0">${personChart(timeline)}</div>
<ul class="legend"><li><i class="key due"></i>seat due by the roster</li><li><i class="key assigned"></i>had a seat, by the record of changes</li></ul>
<details><summary>The days as a table</summary>${table('Cohorts and seats', ['What', 'Where', 'From', 'To'], rows)}</details>`;
}

/** `explain` begins what was last answered with its instant. */
function withMoment(answer: string, timeZone: string): Html {
  const space = answer.indexOf(' ');
  return html`${moment(answer.slice(0, space), timeZone)}:${answer.slice(space)}`;
}

function poolCard(explanation: PoolExplanation, today: IsoDate, timeZone: string): Html {
  const { pool, state, reason, rule, rows, lastAnswer, nextTry, error } = explanation;
  const list: (readonly [string, Html | string])[] = [['Decided by', rule]];
  if (lastAnswer !== null) list.push(['Last answer', withMoment(lastAnswer, timeZone)]);
  if (nextTry !== null) list.push(['Next try', moment(nextTry, timeZone)]);
  const lines = rows.map(
    ({ row, cohort, startsOn, endsOn }) =>
      html`<tr><td>${row}</td><td>${cohort}</td><td>${day(startsOn, today)}</td><td>${day(endsOn, today)}</td></tr>`,
  );
  return html`<section class="card" aria-labelledby="pool-${pool}"><div class="row"><h2 id="pool-${pool}">${pool}</h2>${badge(TONES[state], STANDS[state])}</div>
${error === undefined ? html`<p>${reason}</p>` : notice('bad', reason, error.advice)}
${facts(list)}
${rows.length > 0 ? table(`Rows of the roster for ${pool}`, ['Row', 'Cohort', 'First day', 'Last day'], lines) : html`<p class="muted">No row of the roster gives a seat in this pool.</p>`}
</section>`;
}
