import { seatsText } from '../planning/guardrails.ts';
import type { CohortRow, HoldView, ViewedRemoval } from '../runs/hold-view.ts';
import { type Paint, table } from './terminal.ts';

/** A hold for the person who decides it: what was held, what of it still stands, and what is not part of it. */
export function renderReview(views: readonly HoldView[], paint: Paint): string {
  return views.map((view) => renderOne(view, paint)).join('\n\n');
}

function renderOne(view: HoldView, paint: Paint): string {
  const { hold, effect, limits, removals, others, fresh, problem } = view;
  const title = `${hold.pool}: held since ${hold.createdAt}, open until ${hold.expiresAt}`;
  const parts = [paint('bold', title)];
  if (problem !== null) parts.push(paint('red', `  What has changed since can't be told: ${problem}`));
  if (effect !== null) parts.push(`  ${effect}`);
  parts.push(...limits.map((limit) => paint('dim', `  ${limit}`)));
  const rows = [
    ...removals.map((each) => ({ ...each, row: [...rowOf('?', each.line), lastText(each)] })),
    ...others.map((each) => ({ ...each, row: rowOf('?', each.line) })),
  ];
  const standing = rows.filter(({ isGone }) => !isGone).map(({ row }) => withTail(row));
  const gone = rows.filter(({ isGone }) => isGone);
  if (standing.length > 0) parts.push(table(standing));
  const undo = removals.find(({ isGone }) => !isGone)?.undo ?? null;
  if (undo !== null) parts.push(paint('dim', `  To give one of these seats back later: ${undo}.`));
  if (gone.length > 0) {
    parts.push(
      paint('dim', '  Changed since, so not done whatever you decide:'),
      table(gone.map(({ line, now }) => [...rowOf('=', line).slice(0, 2), now()])),
    );
  }
  if (fresh.length > 0) {
    parts.push(
      paint('yellow', '  New since, not part of this decision; the next run holds them:'),
      table(fresh.map((line) => rowOf('+', line))),
    );
  }
  parts.push(paint('dim', `  ${view.ifNobodyDecides}`));
  return parts.join('\n');
}

/** What the roster last said of a person, in the last column. */
function lastText({ lastRow, nextCohort }: ViewedRemoval): string {
  const last = lastRow === null ? [] : [`last ${cohortText(lastRow)}`];
  const next = nextCohort === null ? [] : [`next ${cohortText(nextCohort)}`];
  return [...last, ...next].map((text) => `; ${text}`).join('');
}

function cohortText({ row, cohort, startsOn, endsOn }: CohortRow): string {
  return `row ${row}: cohort ${cohort}, ${startsOn} to ${endsOn}`;
}

function withTail([sign = '', who = '', why = '', tail = '']: readonly string[]): string[] {
  return [sign, who, `${why}${tail}`];
}

type Line = HoldView['fresh'][number] | HoldView['hold']['lines'][number];

function rowOf(sign: string, { action, grantee, seats, reason, guardrail }: Line): string[] {
  const limit = UNMOVED.has(guardrail) ? '; approving does not lift this limit' : '';
  return [`${sign} ${action}`, grantee ?? seatsText(seats ?? 0), `${reason} [${guardrail}]${limit}`];
}

/** Guardrails that no approval gets past: a cap for the day, and what the provider allows. */
const UNMOVED: ReadonlySet<string> = new Set(['seatsPerDay', 'planMaximum']);
