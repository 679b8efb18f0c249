import type { Context } from 'hono';
import type { PoolConfig } from '../../config/schema.ts';
import { triggerSync } from '../../jobs/trigger.ts';
import type { Hold } from '../ledger/holds.ts';
import { listRuns, readRun } from '../ledger/runs.ts';
import { decideEach, openHoldsOf } from '../runs/decide.ts';
import type { PlanDocument } from '../runs/documents.ts';
import { type ForecastDocument, forecastPools } from '../runs/forecast.ts';
import { type PreviewContext, previewSync } from '../runs/preview.ts';
import { upcomingRuns } from '../schedule/upcoming.ts';
import { runApproved } from './approval.ts';
import type { AppEnv } from './auth.ts';
import type { DashboardDeps } from './deps.ts';
import { poolsNamed } from './named-pools.ts';
import { HttpProblem } from './problem.ts';
import { bodyOf, queryOf } from './requests.ts';
import * as schemas from './schemas.ts';
import { shared } from './shared.ts';

type Handler = (c: Context<AppEnv>) => Promise<Response>;

/** Coming runs that are told. */
const NEXT = 5;

/** The handlers of the routes under `/api`. */
export function apiHandlers(deps: DashboardDeps) {
  const { context } = deps;
  const { store, clock, providerOf } = context;
  const reading: PreviewContext = { config: deps.config, store, providerOf, clock, signal: deps.signal };
  const roster = () => context.readRoster(clock, deps.signal);
  const plans = shared<PlanDocument>();
  const forecasts = shared<ForecastDocument>();

  const sync: Handler = async (c) => {
    const { pools } = await bodyOf(c, schemas.syncRequest);
    const ids = poolsNamed(deps.config, pools).map((pool) => pool.id);
    const triggered = await triggerSync(context, { by: 'http', pools: ids, at: null });
    deps.log.info(
      { run: triggered.run, by: c.var.principal.name },
      triggered.joined ? 'joined a run' : 'started a run',
    );
    return accepted(c, triggered.run, triggered);
  };

  const runs: Handler = async (c) => {
    const { last } = queryOf(c, schemas.runsQuery);
    const [list, next] = await Promise.all([
      listRuns(store, last),
      upcomingRuns(deps.config, store, clock.now(), NEXT),
    ]);
    return c.json({ runs: list, next });
  };

  const run: Handler = async (c) => {
    const id = c.req.param('id') ?? '';
    const stored = await readRun(store, id);
    if (stored === null)
      throw new HttpProblem(404, `there is no run ${id}`, 'List the runs with GET /api/runs.');
    return c.json(stored.document);
  };

  const plan: Handler = async (c) => {
    const { pool } = queryOf(c, schemas.poolsQuery);
    const pools = poolsNamed(deps.config, pool);
    return c.json(await plans(namesOf(pools), async () => previewSync(reading, await roster(), pools)));
  };

  const approve: Handler = async (c) => {
    const holds = await decideAll(c, deps, 'approved');
    const pools = holds.map((hold) => hold.pool);
    const triggered = await runApproved(deps, pools);
    return accepted(c, triggered.run, { ...triggered, approved: linesOf(holds) });
  };

  const reject: Handler = async (c) => {
    const holds = await decideAll(c, deps, 'rejected');
    return c.json({ run: c.req.param('id') ?? '', rejected: linesOf(holds) });
  };

  const forecast: Handler = async (c) => {
    const { pool, weeks } = queryOf(c, schemas.forecastQuery);
    const pools = poolsNamed(deps.config, pool);
    const make = async () => forecastPools(reading, await roster(), pools, weeks);
    return c.json(await forecasts(`${weeks} ${namesOf(pools)}`, make));
  };

  return { sync, runs, run, plan, approve, reject, forecast };
}

function namesOf(pools: readonly PoolConfig[]): string {
  return pools.map((pool) => pool.id).join(' ');
}

function accepted(c: Context<AppEnv>, run: string, document: object): Response {
  c.header('location', `/api/runs/${run}`);
  return c.json(document, 202);
}

/** Decides the open holds of a run, of some pools or of all. @throws DecisionError, HttpProblem */
async function decideAll(
  c: Context<AppEnv>,
  { context, log }: DashboardDeps,
  decision: 'approved' | 'rejected',
): Promise<Hold[]> {
  const { store, clock } = context;
  const { pools, note } = await bodyOf(c, schemas.decisionRequest);
  const id = c.req.param('id') ?? '';
  const open = await openHoldsOf(store, id, clock);
  const holds = pools.length === 0 ? open : open.filter((hold) => pools.includes(hold.pool));
  if (holds.length === 0) {
    const message = `run ${id} has no open hold of ${pools.join(', ')}`;
    throw new HttpProblem(409, message, `It holds something of ${open.map((hold) => hold.pool).join(', ')}.`);
  }
  const by = c.var.principal.name;
  const decided = await decideEach(store, holds, decision, { by, note, clock });
  for (const hold of decided) log.info({ run: id, pool: hold.pool, by, lines: hold.lines.length }, decision);
  return decided;
}

function linesOf(holds: readonly Hold[]) {
  return holds.map(({ pool, lines }) => ({ pool, lines: lines.map(({ id: _id, ...line }) => line) }));
}
