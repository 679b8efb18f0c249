import type { Context } from 'hono';
import { html } from 'hono/html';
import type { PoolConfig } from '../../../config/schema.ts';
import { readPoolOutcomes } from '../../ledger/outcomes.ts';
import { readRun, type StoredRun } from '../../ledger/runs.ts';
import type { AppEnv } from '../auth.ts';
import { badge, verdictBadge } from './parts/badge.ts';
import { empty, facts } from './parts/boxes.ts';
import { seatBar } from './parts/seat-bar.ts';
import { distance, moment } from './parts/time.ts';
import { type Html, type Site, show } from './site.ts';

/** `GET /`: how each pool stands, by what its last run has left in the ledger. Asks no provider and no sheet. */
export function overview(site: Site) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { config, context } = site.deps;
    const { store, clock } = context;
    const outcomes = await readPoolOutcomes(
      store,
      config.pools.map(({ id }) => id),
    );
    const last = await Promise.all(outcomes.map(({ run }) => (run === null ? null : readRun(store, run))));
    const cards = config.pools.map((pool, place) =>
      card(pool, last[place] ?? null, { timeZone: config.timeZone, now: clock.now() }),
    );
    const nothing = last.every((run) => run === null);
    const body = html`<h1>Overview</h1>
${nothing ? empty('No run has ended yet', html`Start one by <code>cohort-sync sync</code>.`) : ''}
${cards}`;
    return show(c, site, { title: 'Overview', current: '/', body });
  };
}

function card(
  pool: PoolConfig,
  last: StoredRun | null,
  { timeZone, now }: { readonly timeZone: string; readonly now: number },
): Html {
  const result = last?.document.pools.find((each) => each.pool === pool.id);
  if (last === null || result === undefined) {
    return html`<section class="card"><h2>${pool.id} ${badge('none', 'never checked')}</h2></section>`;
  }
  const { document } = last;
  const when = document.endedAt ?? document.startedAt;
  return html`<section class="card">
<div class="heading"><h2>${pool.id}</h2>${verdictBadge(result.verdict)}</div>
${result.seats && seatBar(pool.id, { ...result.seats, waiting: result.waiting.length })}
${facts([['Last run', html`${moment(when, timeZone)} (${distance(when, now)})`]])}
</section>`;
}
