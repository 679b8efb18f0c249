import type { Context } from 'hono';
import { html } from 'hono/html';
import { toInstant } from '../../../dates.ts';
import { type Hold, readHoldsOfRun } from '../../../ledger/holds.ts';
import { readRun } from '../../../ledger/runs.ts';
import { holdView } from '../../../runs/hold-view.ts';
import { type HoldReview, reviewHolds, whyClosed } from '../../../runs/review.ts';
import type { AppEnv } from '../../auth.ts';
import { HttpProblem } from '../../problem.ts';
import { shared } from '../../shared.ts';
import { empty, notice } from '../parts/boxes.ts';
import { pageNumber } from '../parts/pager.ts';
import { type Html, type Site, show } from '../site.ts';
import { closedPart } from './closed.ts';
import { openPart } from './open.ts';

/** What went wrong with a form of this page, which is then shown again. */
export interface Refusal {
  readonly hold: string;
  readonly text: string;
  readonly note: string;
}

/** Shows the holds of a run; of those that are open also how things stand now. */
export type ShowHolds = (c: Context<AppEnv>, run: string, refusal?: Refusal) => Promise<Response>;

/** `GET /runs/:id/hold`. */
export function holdPage(showHolds: ShowHolds) {
  return (c: Context<AppEnv>): Promise<Response> => showHolds(c, c.req.param('id') ?? '');
}

export function createShowHolds(site: Site): ShowHolds {
  const reviews = shared<HoldReview[]>();
  return async (c, run, refusal) => {
    const { context } = site.deps;
    if ((await readRun(context.store, run)) === null)
      throw new HttpProblem(404, `there is no run ${run}`, 'The list of runs has those that are known.');
    const holds = await readHoldsOfRun(context.store, run);
    const now = toInstant(context.clock.now());
    const open = holds.filter((hold) => whyClosed(hold, now) === null);
    const seen = await reviews(keyOf(open), () => reviewNow(site, open));
    const page = pageNumber.parse(c.req.query('page'));
    const parts = holds.map((hold) => {
      const review = seen.find((each) => each.hold.id === hold.id);
      if (review === undefined) return closedPart(site, hold, { run, page });
      const view = holdView(site.deps.config, { ...review, hold });
      return openPart(site, view, {
        ...{ run, page, formToken: c.var.formToken },
        mayAct: c.var.principal.role === 'operator',
        refusal: refusal?.hold === hold.id ? refusal : null,
      });
    });
    const body = html`<div class="heading"><h1>Held in run ${run}</h1><a href="/runs/${run}">The run</a></div>
${refusal && notice('bad', refusal.text, 'Nothing was decided.')}
${parts.length > 0 ? parts : nothingHeld(run)}`;
    const status = refusal === undefined ? 200 : 400;
    return show(c, site, { title: `Held in run ${run}`, current: '/runs', body, status });
  };
}

function nothingHeld(run: string): Html {
  return empty('This run held nothing', html`<a href="/runs/${run}">See what it did</a>`);
}

function keyOf(holds: readonly Hold[]): string {
  return holds.map(({ id, lines }) => `${id} ${lines.length}`).join('\n');
}

function reviewNow({ deps }: Site, open: readonly Hold[]): Promise<HoldReview[]> {
  if (open.length === 0) return Promise.resolve([]);
  const { context, config, signal } = deps;
  const { store, clock, providerOf } = context;
  const readRoster = () => context.readRoster(clock, signal);
  return reviewHolds({ config, store, providerOf, clock, signal }, readRoster, open);
}
