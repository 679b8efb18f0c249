import type {
  ChangeLine,
  PlanDocument,
  PoolPlanDocument,
  PoolResultDocument,
  RunDocument,
  RunSummary,
  Verdict,
} from '../runs/documents.ts';
import { renderProblems } from './problem-report.ts';
import { type Paint, table } from './terminal.ts';

/** A plan for a person: what a sync would do to whom and why. Nothing in it claims to be done. */
export function renderPlan(plan: PlanDocument, paint: Paint): string {
  const parts = [
    paint('bold', `Plan as of ${plan.at}. Nothing was changed.`),
    ...plan.pools.map((pool) => renderPool(pool, paint)),
  ];
  if (plan.problems.length > 0) parts.push(renderProblems(plan.problems, paint));
  parts.push(planSummary(plan, paint));
  return parts.join('\n\n');
}

/** A run for a person: what was done, and what is left. */
export function renderRun(run: RunDocument, paint: Paint): string {
  const state = run.endedAt === null ? 'has not ended' : `ended ${run.endedAt}`;
  const parts = [paint('bold', `Run ${run.run}, started by ${run.trigger} at ${run.startedAt}, ${state}.`)];
  if (run.error !== undefined) parts.push(`${paint('red', run.error.message)}\n  ${run.error.advice}`);
  else parts.push(...run.pools.map((pool) => renderResult(pool, paint)));
  if (run.problems.length > 0) parts.push(renderProblems(run.problems, paint));
  if (run.verdict !== null) parts.push(`Verdict: ${paintVerdict(run.verdict, paint)}`);
  return parts.join('\n\n');
}

export function renderRuns(runs: readonly RunSummary[], paint: Paint): string {
  if (runs.length === 0) return 'No run yet. Start one with: cohort-sync sync --wait';
  const rows = runs.map((run) => [
    run.run,
    run.trigger,
    run.startedAt,
    run.verdict === null ? 'under way' : paintVerdict(run.verdict, paint),
    run.pools.map(({ pool, verdict }) => `${pool}: ${verdict ?? 'under way'}`).join(', '),
  ]);
  return table([['run', 'trigger', 'started', 'verdict', 'pools'], ...rows], '');
}

function renderPool(pool: PoolPlanDocument, paint: Paint): string {
  if (pool.error !== undefined) {
    return `${heading(pool, paint)}\n  ${paint('red', pool.error.message)}\n  ${pool.error.advice}`;
  }
  return [heading(pool, paint), ...planLines(pool, paint), ...barredRows(pool, paint)].join('\n');
}

/** Whom the provider can't give the seat that they are due. */
function barredRows({ failed = [] }: PoolPlanDocument, paint: Paint): string[] {
  const rows = failed.map(({ grantee, reason }) => [
    paint('red', "! can't be assigned"),
    grantee ?? '',
    reason,
  ]);
  return rows.length === 0 ? [] : [table(rows)];
}

function heading(pool: PoolPlanDocument, paint: Paint): string {
  const { seats } = pool;
  const count =
    seats === null
      ? 'seats unknown'
      : `${seats.total} seats${seats.from === undefined ? '' : ` by ${seats.from}`}, ${seats.assigned} assigned, ${seats.target} needed`;
  return `${paint('bold', pool.pool)} (${pool.provider}): ${count}: ${paintVerdict(pool.verdict, paint)}`;
}

const NOTHING = '  nothing to do';

/** In the order in which things are done: free, buy, fill, trim; then what is not done. */
function planLines(pool: PoolPlanDocument, paint: Paint): string[] {
  const rows: [string, string, string][] = [
    ...pool.unassign.map((line): [string, string, string] => [
      paint('red', '- unassign'),
      line.grantee,
      line.explained ? line.reason : `${line.reason} (unexplained)`,
    ]),
    ...quantity(pool.increment, paint('cyan', '+ buy')),
    ...pool.assign.map((line): [string, string, string] => [
      paint('green', '+ assign'),
      line.grantee,
      line.reason,
    ]),
    ...quantity(pool.decrement, paint('cyan', '- give back')),
    ...pool.held.map((line): [string, string, string] => [
      paint('yellow', `? held ${line.action}`),
      line.grantee ?? seatsText(line.seats ?? 0),
      `${line.reason} [${line.guardrail}]`,
    ]),
    ...pool.waiting.map((line): [string, string, string] => [
      paint('yellow', '… waits'),
      line.grantee,
      line.reason,
    ]),
    ...pool.kept.map((line): [string, string, string] => ['= kept', line.grantee, line.reason]),
  ];
  const lines = rows.length === 0 ? [NOTHING] : [table(rows)];
  lines.push(...pool.notes.map((note) => `  ${note}`));
  if (pool.unmanaged.length > 0)
    lines.push(paint('dim', `  left alone, unknown to cohort-sync: ${pool.unmanaged.join(', ')}`));
  return lines;
}

function quantity(seats: number, label: string): [string, string, string][] {
  return seats === 0 ? [] : [[label, seatsText(seats), '']];
}

function renderResult(pool: PoolResultDocument, paint: Paint): string {
  const rows: string[][] = [
    ...pool.changes.map((line) => changeRow(line, pool, paint)),
    ...pool.failed.map((line) => [
      paint('red', `! ${line.action} failed`),
      line.grantee ?? pool.pool,
      `${line.reason}${line.retryAt === null ? '' : ` Next try: ${line.retryAt}.`}`,
    ]),
  ];
  const left =
    pool.error === undefined
      ? planLines(pool, paint)
      : [`  ${paint('red', pool.error.message)}`, `  ${pool.error.advice}`];
  const done = rows.length === 0 ? [] : [table(rows)];
  const open = rows.length === 0 ? left : left.filter((line) => line !== NOTHING);
  return [heading(pool, paint), ...done, ...open].join('\n');
}

function changeRow(
  { action, grantee, reason }: ChangeLine,
  { done }: PoolResultDocument,
  paint: Paint,
): string[] {
  switch (action) {
    case 'unassign':
      return [paint('red', '- unassigned'), grantee ?? '', reason];
    case 'assign':
      return [paint('green', '+ assigned'), grantee ?? '', reason];
    case 'increment':
      return [paint('cyan', '+ bought'), seatsText(done.incremented), reason];
    case 'decrement':
      return [paint('cyan', '- gave back'), seatsText(done.decremented), reason];
  }
}

function planSummary({ pools, verdict }: PlanDocument, paint: Paint): string {
  const sum = (count: (pool: PoolPlanDocument) => number) =>
    pools.reduce((total, pool) => total + count(pool), 0);
  const counts =
    `${sum((pool) => pool.unassign.length)} to unassign, ${sum((pool) => pool.increment)} to buy, ` +
    `${sum((pool) => pool.assign.length)} to assign, ${sum((pool) => pool.decrement)} to give back, ` +
    `${sum((pool) => pool.held.length)} held, ${sum((pool) => pool.waiting.length)} waiting`;
  return `Plan: ${counts}. Verdict: ${paintVerdict(verdict, paint)}`;
}

export function seatsText(count: number): string {
  return count === 1 ? '1 seat' : `${count} seats`;
}

function paintVerdict(verdict: Verdict, paint: Paint): string {
  if (verdict === 'failed') return paint('red', verdict);
  return verdict === 'in-sync' ? paint('green', verdict) : paint('yellow', verdict);
}
