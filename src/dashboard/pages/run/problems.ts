import { html } from 'hono/html';
import type { RosterConfig } from '../../../../config/schema.ts';
import type { ProblemDocument } from '../../../runs/documents.ts';
import { table } from '../parts/boxes.ts';
import { person } from '../parts/lines.ts';
import type { Html } from '../site.ts';

/** Rows at fault that are shown; the API has all of them. */
const SHOWN = 50;

/** Rows of the roster that could not be believed, each with a link to where it can be put right. @param run null is a plan. */
export function problemsPart(
  run: string | null,
  problems: readonly ProblemDocument[],
  roster: RosterConfig,
): Html | '' {
  if (problems.length === 0) return '';
  const rows = problems
    .slice(0, SHOWN)
    .map(
      (problem) =>
        html`<tr><th scope="row">${rowLink(problem, roster)}</th><td>${problem.column}</td><td><bdi>${problem.value === '' ? '(blank)' : problem.value}</bdi></td><td>${problem.problem}</td><td>${listed(problem.protects)}</td></tr>`,
    );
  const more = problems.length - rows.length;
  return html`<section class="stack" aria-labelledby="problems"><h2 id="problems">Rows that could not be believed</h2>
<p class="muted">Nobody loses a seat by them. Whom a row most likely names keeps what they have.</p>
${table('Problems of the roster', ['Row', 'Column', 'Value', 'Problem', 'Keeps their seat'], rows)}
${more > 0 && html`<p>${more} more are in <a href="${run === null ? '/api/plan' : `/api/runs/${run}`}">the document of this page</a>.</p>`}</section>`;
}

function listed(people: readonly string[]): Html[] {
  return people.map((each, place) => html`${place > 0 && ', '}${person(each)}`);
}

/** In a Google sheet the row can be shown; a file has no address. */
function rowLink({ row, tab }: ProblemDocument, roster: RosterConfig): Html | string {
  const name = tab === undefined ? `row ${row}` : `${tab}, row ${row}`;
  const href = sheetLink(roster, row, tab);
  return href === null ? name : html`<a href="${href}" rel="noreferrer">${name}</a>`;
}

/** The address of a row of a Google sheet; null for a roster that has none. A tab other than the first is known by name only. */
export function sheetLink(roster: RosterConfig, row: number, tab: string | undefined): string | null {
  if (roster.source !== 'google-sheets') return null;
  const sheet = `https://docs.google.com/spreadsheets/d/${encodeURIComponent(roster.spreadsheetId)}/edit`;
  const isFirst = tab === undefined && roster.sheet === undefined;
  return isFirst ? `${sheet}#range=A${row}` : sheet;
}
