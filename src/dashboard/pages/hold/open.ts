import { html } from 'hono/html';
import { counted, someOf } from '../../../counted.ts';
import { seatsText } from '../../../planning/guardrails.ts';
import type { CohortRow, HoldView, ViewedLine, ViewedRemoval } from '../../../runs/hold-view.ts';
import { heldRow, planRows } from '../../../runs/plan-rows.ts';
import { documentOf } from '../../../runs/preview.ts';
import { badge } from '../parts/badge.ts';
import { facts, notice, table } from '../parts/boxes.ts';
import { linesTable, person, plannedLine } from '../parts/lines.ts';
import { pager, startOf, withQuery } from '../parts/pager.ts';
import { distance, moment } from '../parts/time.ts';
import type { Html, Site } from '../site.ts';
import { SIZE } from './closed.ts';
import { decisionForm } from './form.ts';
import type { Refusal } from './hold.ts';

/** How the page is looked at. */
export interface Look {
  readonly run: string;
  /** Of long lists, which part. */
  readonly page: number;
  readonly mayAct: boolean;
  readonly formToken: string | null;
  readonly refusal: Refusal | null;
}

/** A hold that can be decided: the effect first, then whom it takes a seat from, then the rest. */
export function openPart({ deps }: Site, view: HoldView, look: Look): Html {
  const { hold, problem, limits, others, fresh, ifNobodyDecides } = view;
  const { timeZone } = deps.config;
  const { pool } = hold;
  return html`<section class="card" aria-labelledby="hold-${pool}">
<div class="heading"><h2 id="hold-${pool}">${pool}</h2>${badge('held', 'waits for approval')}</div>
${view.effect && html`<p class="effect">${view.effect}</p>`}
${problem && notice('bad', html`How things stand now can’t be told: ${problem}`, 'What is approved is done only as far as the next run still finds it.')}
${facts([
  ['Held since', moment(hold.createdAt, timeZone)],
  [
    'Open until',
    html`${moment(hold.expiresAt, timeZone)} (${distance(hold.expiresAt, deps.context.clock.now())})`,
  ],
])}
<div><h3>Why it is held</h3><ul class="plain-list">${limits.map((limit) => html`<li>${limit}</li>`)}</ul></div>
${removalsPart(view, look)}
${others.length > 0 && othersPart(pool, others)}
${fresh.length > 0 && freshPart(view, timeZone)}
${anywayPart(view, timeZone)}
${unchangedPart(view.unchanged)}
<p class="muted">${ifNobodyDecides} It can be decided until ${moment(hold.expiresAt, timeZone)}.</p>
${look.mayAct ? decisionForm(view, look) : notice('none', 'You may look at this. To decide it takes a token whose role is operator.')}
</section>`;
}

function removalsPart({ hold, removals }: HoldView, { run, page }: Look): Html | '' {
  if (removals.length === 0) return '';
  const from = startOf({ page, size: SIZE });
  const rows = removals.slice(from, from + SIZE).map(removalRow);
  const gone = removals.filter(({ isGone }) => isGone).length;
  const caption = `${hold.pool}: who would lose a seat (${removals.length}${gone === 0 ? '' : `, of whom ${gone} have changed since`})`;
  return html`${table(caption, ['Who', 'Why', 'Last row', 'Next cohort', 'To undo it'], rows)}
${pager({ page, size: SIZE, count: removals.length }, (to) => withQuery(`/runs/${run}/hold`, { page: to === 1 ? null : to }))}`;
}

function removalRow({ line, name, isGone, now, lastRow, nextCohort, undo }: ViewedRemoval): Html {
  const who = html`${name && html`<bdi>${name}</bdi><br>`}${person(line.grantee ?? '')}`;
  if (isGone)
    return html`<tr class="gone"><th scope="row">${who}</th><td><s>${line.reason}</s></td><td colspan="3">Changed since, so not done: ${now()}</td></tr>`;
  return html`<tr><th scope="row">${who}</th><td>${line.reason}${line.renamed && html`<br>probably ${person(line.renamed)} now`}</td><td>${cohort(lastRow)}</td><td>${cohort(nextCohort)}</td><td>${undo ?? 'not known'}</td></tr>`;
}

function cohort(row: CohortRow | null): Html | string {
  if (row === null) return 'none';
  return html`row ${row.row}: cohort ${row.cohort}<br><span class="muted small">${row.startsOn} to ${row.endsOn}</span>`;
}

function othersPart(pool: string, others: readonly ViewedLine[]): Html {
  const rows = others
    .slice(0, SIZE)
    .map(
      ({ line, isGone, now }) =>
        html`<tr class="${isGone ? 'gone' : ''}"><td class="kind">${line.action}<td>${line.grantee === undefined ? seatsText(line.seats ?? 0) : person(line.grantee)}<td>${line.reason}${isGone && html`<br><b>Changed since: ${now()}</b>`}`,
    );
  return table(`${pool}: what else is held`, ['What', 'Who', 'Why'], rows);
}

function freshPart({ hold, fresh }: HoldView, timeZone: string): Html {
  const rows = fresh.slice(0, SIZE).map((line) => plannedLine(heldRow(line)));
  return html`${notice('wait', 'What is new since is no part of this decision. The next run holds it.')}
${linesTable(`${hold.pool}: new since`, rows, timeZone)}`;
}

/** What the next run does in any case. */
function anywayPart({ hold, anyway }: HoldView, timeZone: string): Html | '' {
  if (anyway === null) return '';
  const rows = planRows(documentOf(anyway)).filter(({ kind }) => kind !== 'held' && kind !== 'kept');
  if (rows.length === 0) return '';
  const shown = rows.slice(0, SIZE).map(plannedLine);
  return html`<details><summary>${counted(rows.length, 'line goes', 'lines go')} on without a decision</summary>
${linesTable(`${hold.pool}: done in any case`, shown, timeZone)}</details>`;
}

/** Names that are shown of those who keep their seat. */
const UNCHANGED_SHOWN = 200;

function unchangedPart(unchanged: readonly string[]): Html | '' {
  if (unchanged.length === 0) return '';
  return html`<details><summary>${counted(unchanged.length, 'person keeps the seat', 'people keep their seats')} whatever is decided</summary>
<p>${someOf(unchanged, UNCHANGED_SHOWN)}</p></details>`;
}
