import { html } from 'hono/html';
import type { HoldView } from '../../../runs/hold-view.ts';
import { formToken } from '../parts/form.ts';
import type { Html } from '../site.ts';
import type { Look } from './open.ts';

/** Longest note (characters). */
export const NOTE_LIMIT = 500;

/** Approve or reject, exactly what is shown. What is large has to be typed: the number differs each time. */
export function decisionForm({ hold, seen, confirmation, removals, problem }: HoldView, look: Look): Html {
  const { id, pool, lines } = hold;
  const standing = removals.filter(({ isGone }) => !isGone).length;
  const typed = confirmation && typedPart(pool, confirmation, standing < removals.length && problem === null);
  return html`<form method="post" action="/runs/${look.run}/hold" class="decision" aria-label="Decide what is held in ${pool}">
${formToken(look.formToken)}
<input type="hidden" name="hold" value="${id}"><input type="hidden" name="seen" value="${seen}">
<label for="note-${pool}">Why, for the record (optional)</label>
<input id="note-${pool}" name="note" maxlength="${NOTE_LIMIT}" autocomplete="off" value="${look.refusal?.note ?? ''}">
${typed}
<div class="row"><button class="danger" name="decision" value="approve">Approve ${lines.length === 1 ? 'this line' : `these ${lines.length} lines`}</button>
<button name="decision" value="reject" formnovalidate>Reject</button></div>
</form>`;
}

function typedPart(
  pool: string,
  { what, number }: NonNullable<HoldView['confirmation']>,
  someAreGone: boolean,
): Html {
  const asked =
    what === 'removals'
      ? 'To approve, type how many people are held for removal'
      : 'To approve, type how many seats would be bought';
  const help = someAreGone
    ? `All ${number} that were held count, those that have changed since too.`
    : 'It is more than the guardrail lets pass by itself.';
  return html`<label for="number-${pool}">${asked}</label>
<input id="number-${pool}" name="number" inputmode="numeric" pattern=" *[0-9]+ *" autocomplete="off" required aria-describedby="number-help-${pool}">
<p id="number-help-${pool}" class="muted small">${help}</p>`;
}
