import type { HoldReview } from '../runs/review.ts';
import { seatsText } from './render.ts';
import { type Paint, table } from './terminal.ts';

/** A hold for the person who decides it: what was held, what of it still stands, and what is not part of it. */
export function renderReview(reviews: readonly HoldReview[], paint: Paint): string {
  return reviews.map((review) => renderOne(review, paint)).join('\n\n');
}

function renderOne({ hold, standing, gone, fresh, problem }: HoldReview, paint: Paint): string {
  const title = `${hold.pool}: held since ${hold.createdAt}, open until ${hold.expiresAt}`;
  const parts = [paint('bold', title)];
  if (problem !== null) parts.push(paint('red', `  What has changed since can't be told: ${problem}`));
  if (standing.length > 0) parts.push(table(standing.map((line) => rowOf('?', line))));
  if (gone.length > 0) {
    parts.push(
      paint('dim', '  Changed since, so not done whatever you decide:'),
      table(gone.map(({ line, now }) => [...rowOf('=', line).slice(0, 2), now])),
    );
  }
  if (fresh.length > 0) {
    parts.push(
      paint('yellow', '  New since, not part of this decision; the next run holds them:'),
      table(fresh.map((line) => rowOf('+', line))),
    );
  }
  return parts.join('\n');
}

type Line = HoldReview['fresh'][number] | HoldReview['standing'][number];

function rowOf(sign: string, { action, grantee, seats, reason, guardrail }: Line): string[] {
  const limit = UNMOVED.has(guardrail) ? '; approving does not lift this limit' : '';
  return [`${sign} ${action}`, grantee ?? seatsText(seats ?? 0), `${reason} [${guardrail}]${limit}`];
}

/** Guardrails that no approval gets past: a cap for the day, and what the provider allows. */
const UNMOVED: ReadonlySet<string> = new Set(['seatsPerDay', 'planMaximum']);
