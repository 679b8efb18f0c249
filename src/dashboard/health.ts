import type { z } from 'zod';
import { counted } from '../counted.ts';
import { fromInstant } from '../dates.ts';
import { messageOf } from '../errors.ts';
import { readWorkers } from '../ledger/workers.ts';
import type { DashboardDeps } from './deps.ts';
import type { readiness } from './schemas.ts';

export type Readiness = z.infer<typeof readiness>;

/** How long an answer is given again without looking (milliseconds): it is open to everyone who can reach the port. */
const FRESH_MS = 1_000;

/**
 * Whether this process can do its part, and what an operator should know. Redis has to answer; where this process has
 * workers one of them has to be alive. That others are missing is a warning: the dashboard is there to see it.
 */
export function createReadiness(deps: DashboardDeps): () => Promise<Readiness> {
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | null = null;
  return () => {
    const now = deps.context.timer.elapsed();
    if (last === null || now - last.at >= FRESH_MS) last = { at: now, answer: look(deps) };
    return last.answer;
  };
}

async function look(deps: DashboardDeps): Promise<Readiness> {
  const { context, roles } = deps;
  try {
    const [{ fatal, warnings }, records] = await Promise.all([
      deps.inspectRedis(),
      readWorkers(context.store),
    ]);
    const now = context.clock.now();
    const workers = records.map(({ beatAt, silentAfter }) => ({
      beatAt,
      silent: now - fromInstant(beatAt) > silentAfter * 1_000,
    }));
    const alive = workers.some((worker) => !worker.silent);
    const missing = 'no worker is alive: runs wait until one is started (cohort-sync serve --only worker)';
    const problems = [...fatal, ...(alive || !roles.includes('worker') ? [] : [missing])];
    const silent = workers.filter((worker) => worker.silent).length;
    return {
      ready: problems.length === 0,
      problems,
      warnings: [
        ...warnings,
        ...(alive || roles.includes('worker') ? [] : [missing]),
        ...(silent === 0
          ? []
          : [`${silent} of ${counted(workers.length, 'worker')} ended without a word or are stuck`]),
      ],
      workers,
    };
  } catch (cause) {
    return {
      ready: false,
      problems: [`Redis does not answer: ${messageOf(cause)}`],
      warnings: [],
      workers: [],
    };
  }
}
