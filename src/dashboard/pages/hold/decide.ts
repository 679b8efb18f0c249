import type { Context } from 'hono';
import { html } from 'hono/html';
import { z } from 'zod';
import { someOf } from '../../../counted.ts';
import { toInstant } from '../../../dates.ts';
import { type Hold, readHold, readHoldById, readHoldsOfRun, seenHash } from '../../../ledger/holds.ts';
import type { Store } from '../../../ledger/store.ts';
import { DecisionError, decide } from '../../../runs/decide.ts';
import { confirmationFor } from '../../../runs/hold-view.ts';
import { whyClosed } from '../../../runs/review.ts';
import { runApproved } from '../../approval.ts';
import type { AppEnv } from '../../auth.ts';
import { HttpProblem } from '../../problem.ts';
import { notice } from '../parts/boxes.ts';
import { formOf } from '../parts/form.ts';
import { moment } from '../parts/time.ts';
import { type Html, type Site, show } from '../site.ts';
import { NOTE_LIMIT } from './form.ts';
import type { ShowHolds } from './hold.ts';

const form = z.object({
  hold: z.string().max(300),
  seen: z.string().max(100),
  decision: z.enum(['approve', 'reject']),
  note: z.string().trim().max(NOTE_LIMIT).default(''),
  number: z.string().trim().max(20).default(''),
});

type Decided = z.infer<typeof form>;

/** How often it is tried again when a run has met the same hold in between. */
const ATTEMPTS = 3;

/** `POST /runs/:id/hold`: decides one hold, exactly as it was seen, once. */
export function decideHold(site: Site, showHolds: ShowHolds) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const run = c.req.param('id') ?? '';
    const asked = await formOf(c, form);
    const { store } = site.deps.context;
    const hold = (await readHoldsOfRun(store, run)).find(({ id }) => id === asked.hold);
    if (hold === undefined)
      throw new HttpProblem(404, `run ${run} has no such hold`, 'Load the page of the run again.');
    const why = closedOr(site, hold, asked);
    if (why !== null) return tooLate(c, site, run, hold, why);
    const wrong = wrongNumber(site, hold, asked);
    if (wrong !== null) return showHolds(c, run, { hold: hold.id, text: wrong, note: asked.note });
    const failed = await decideAsSeen(c, site, hold, asked);
    if (failed !== null) return tooLate(c, site, run, hold, failed);
    if (asked.decision === 'reject') return c.redirect(`/runs/${run}/hold`, 303);
    const triggered = await runApproved(site.deps, [hold.pool]);
    return c.redirect(`/runs/${triggered.run}${triggered.joined ? '?joined=yes' : ''}`, 303);
  };
}

/** Why nothing can be decided; null if it can. */
function closedOr({ deps }: Site, hold: Hold, { seen }: Decided): string | null {
  const closed = whyClosed(hold, toInstant(deps.context.clock.now()));
  if (closed !== null) return closed;
  return seenHash(hold) === seen
    ? null
    : `the hold of ${hold.pool} has other lines than those that were shown`;
}

function wrongNumber({ deps }: Site, hold: Hold, { decision, number }: Decided): string | null {
  const confirmation = confirmationFor(deps.config, hold);
  if (decision !== 'approve' || confirmation === null || number === String(confirmation.number)) return null;
  const what = confirmation.what === 'removals' ? 'people held for removal' : 'seats that would be bought';
  return `To approve this, the number of ${what} has to be typed: ${number === '' ? 'nothing was typed' : `“${number}” is another number`}.`;
}

/**
 * A run that meets the same lines in between only adds itself to the hold: what was seen is still what is decided.
 * @returns why it could not be decided; null if it was.
 */
async function decideAsSeen(
  c: Context<AppEnv>,
  site: Site,
  seen: Hold,
  asked: Decided,
): Promise<string | null> {
  const { context, log } = site.deps;
  const by = c.var.principal.name;
  const note = asked.note === '' ? null : asked.note;
  const decision = asked.decision === 'approve' ? 'approved' : 'rejected';
  let hold = seen;
  for (let attempt = 1; ; attempt++) {
    try {
      await decide(context.store, hold, decision, { by, note, clock: context.clock });
      log.info({ run: hold.runs.at(-1), pool: hold.pool, by, lines: hold.lines.length }, decision);
      return null;
    } catch (cause) {
      if (!(cause instanceof DecisionError)) throw cause;
      hold = (await readHoldById(context.store, hold.id)) ?? hold;
      const why = closedOr(site, hold, asked);
      if (why !== null || attempt === ATTEMPTS) return why ?? cause.message;
    }
  }
}

/** Nothing was decided: why, and what has changed. */
async function tooLate(
  c: Context<AppEnv>,
  site: Site,
  run: string,
  seen: Hold,
  why: string,
): Promise<Response> {
  const { store } = site.deps.context;
  const hold = (await readHoldById(store, seen.id)) ?? seen;
  const again = html`<p><a href="/runs/${run}/hold">Look at it again</a></p>`;
  const body =
    hold.decidedAt === null
      ? html`<h1>Nothing was decided</h1>
${notice('wait', `${why.slice(0, 1).toUpperCase()}${why.slice(1)}.`, 'What you saw is not what can be decided now.')}
${await changesPart(store, hold)}${again}`
      : html`<h1>Already decided</h1>
${notice('wait', html`What ${hold.pool} held was ${hold.state} by <bdi>${hold.by ?? 'somebody'}</bdi> at ${moment(hold.decidedAt, site.deps.config.timeZone)}.`, 'A decision is made once: this changed nothing.')}${again}`;
  const title = hold.decidedAt === null ? 'Nothing was decided' : 'Already decided';
  return show(c, site, { title, current: '/runs', body, status: 409 });
}

/** What is held in the pool now, against what was. */
async function changesPart(store: Store, before: Hold): Promise<Html> {
  const now = await readHold(store, before.pool);
  const run = now?.state === 'open' ? now.runs.at(-1) : undefined;
  if (now === null || run === undefined)
    return html`<p>Nothing is held in ${before.pool} now that could be decided.</p>`;
  const names = (hold: Hold) => new Map(hold.lines.map((line) => [line.id, line.grantee ?? line.action]));
  const [was, is] = [names(before), names(now)];
  const gone = [...was].filter(([id]) => !is.has(id)).map(([, name]) => name);
  const fresh = [...is].filter(([id]) => !was.has(id)).map(([, name]) => name);
  return html`<ul>
${gone.length > 0 && html`<li>No longer held: ${someOf(gone, SHOWN)}</li>`}
${fresh.length > 0 && html`<li>New: ${someOf(fresh, SHOWN)}</li>`}
</ul>
<p><a href="/runs/${run}/hold">Decide what is held now</a></p>`;
}

/** Names that are shown of those who changed. */
const SHOWN = 50;
