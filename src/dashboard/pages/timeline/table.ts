import { html } from 'hono/html';
import { table } from '../parts/boxes.ts';
import { day } from '../parts/time.ts';
import type { Html } from '../site.ts';
import { lackOf, spansOf, type Timeline } from './points.ts';

/** The numbers of the chart: one row a step. */
export function seatTable(pool: string, timeline: Timeline): Html {
  const { today } = timeline;
  const rows = spansOf(timeline).map((span) => {
    const lack = lackOf(span);
    return html`<tr><td>${day(span.date, today)}</td><td>${day(span.last, today)}</td><td class="number">${span.needed}</td><td class="number">${span.paid ?? 'not known'}</td><td class="number">${lack === null ? '' : Math.max(0, lack)}</td><td class="number">${lack === null ? '' : Math.max(0, -lack)}</td></tr>`;
  });
  const heads = ['From', 'To', ...['Needed', 'Paid', 'Short', 'Unused'].map((head) => numberHead(head))];
  return table(`Seats of ${pool} by day`, heads, rows);
}

/** The cohorts of the chart, those too that it has no room for. */
export function cohortTable(pool: string, { cohorts, today }: Timeline): Html {
  const rows = cohorts.map(
    ({ cohort, startsOn, endsOn, people }) =>
      html`<tr><th scope="row">${cohort}</th><td>${day(startsOn, today)}</td><td>${day(endsOn, today)}</td><td class="number">${people}</td></tr>`,
  );
  return table(`Cohorts of ${pool}`, ['Cohort', 'First day', 'Last day', numberHead('People')], rows);
}

function numberHead(text: string): Html {
  return html`<span class="number-head">${text}</span>`;
}
