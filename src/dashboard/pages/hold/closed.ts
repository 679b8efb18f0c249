import { html } from 'hono/html';
import { toInstant } from '../../../dates.ts';
import { type Hold, hasExpired } from '../../../ledger/holds.ts';
import { heldRow } from '../../../runs/plan-rows.ts';
import { badge, type Tone } from '../parts/badge.ts';
import { facts } from '../parts/boxes.ts';
import { linesTable, plannedLine } from '../parts/lines.ts';
import { pager, startOf, withQuery } from '../parts/pager.ts';
import { moment } from '../parts/time.ts';
import type { Html, Site } from '../site.ts';

/** Lines of a hold on a page: each tells more than one of a run. */
export const SIZE = 250;

/** A hold that can't be decided any more: what was held, and what became of it. */
export function closedPart(
  { deps }: Site,
  hold: Hold,
  { run, page }: { readonly run: string; readonly page: number },
): Html {
  const { timeZone } = deps.config;
  const [tone, text] = ending(hold, toInstant(deps.context.clock.now()));
  const { pool, by, decidedAt, note, createdAt, expiresAt } = hold;
  const rows = hold.lines.map(heldRow);
  const from = startOf({ page, size: SIZE });
  const shown = rows.slice(from, from + SIZE).map(plannedLine);
  return html`<section class="card" aria-labelledby="hold-${pool}">
<div class="heading"><h2 id="hold-${pool}">${pool}</h2>${badge(tone, text)}</div>
${facts([
  ...(by === null ? [] : [['Decided by', by] as const]),
  ...(decidedAt === null ? [] : [['At', moment(decidedAt, timeZone)] as const]),
  ...(note === null ? [] : [['Note', html`<bdi>${note}</bdi>`] as const]),
  ['Held since', moment(createdAt, timeZone)],
  ...(by === null ? [['Was open until', moment(expiresAt, timeZone)] as const] : []),
])}
${linesTable(`${pool}: what was held`, shown, timeZone)}
${pager({ page, size: SIZE, count: rows.length }, (to) => withQuery(`/runs/${run}/hold`, { page: to === 1 ? null : to }))}
</section>`;
}

function ending(hold: Hold, now: string): readonly [Tone, string] {
  if (hasExpired(hold, now)) return ['none', 'expired'];
  switch (hold.state) {
    case 'approved':
      return ['good', 'approved'];
    case 'rejected':
      return ['none', 'rejected'];
    case 'superseded':
      return ['none', 'replaced by a later run'];
    default:
      return ['none', 'expired'];
  }
}
