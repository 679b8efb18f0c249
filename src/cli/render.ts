import type {
  PlanDocument,
  PoolPlanDocument,
  PoolResultDocument,
  RunDocument,
  RunSummary,
  Verdict,
} from '../runs/documents.ts';
import {
  countsText,
  type DoneRow,
  doneRows,
  type PlanKind,
  type PlanRow,
  planCounts,
  planRows,
  seatCountText,
} from '../runs/plan-rows.ts';
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

/** What is said below runs that nobody works on. */
const IDLE = 'No worker is alive: start cohort-sync serve, or do it now with cohort-sync sync --wait.';

/** What of a run stands beside its document. */
export interface RunNow {
  /** No worker is alive, so that a run that has not ended waits for one. Default: one is. */
  readonly idle?: boolean;
  /** What became of its holds that can't be decided any more. Default: none is known. */
  readonly closed?: readonly string[];
  /** Whether one can still be decided. Default: yes, where something is held. */
  readonly isOpen?: boolean;
}

/** A run for a person: what was done, what is left, and who has to do something. */
export function renderRun(run: RunDocument, paint: Paint, now: RunNow = {}): string {
  const { idle = false, closed = [], isOpen = run.pools.some(({ held }) => held.length > 0) } = now;
  const state =
    run.endedAt === null ? (idle ? 'waits for a worker' : 'has not ended') : `ended ${run.endedAt}`;
  const parts = [paint('bold', `Run ${run.run}, started by ${run.trigger} at ${run.startedAt}, ${state}.`)];
  if (run.error !== undefined) parts.push(`${paint('red', run.error.message)}\n  ${run.error.advice}`);
  else parts.push(...run.pools.map((pool) => renderResult(pool, paint)));
  if (run.problems.length > 0) parts.push(renderProblems(run.problems, paint));
  if (run.verdict !== null) parts.push(`Verdict: ${paintVerdict(run.verdict, paint)}`);
  parts.push(...closed);
  if (run.verdict !== null && isOpen)
    parts.push(
      `What is held waits for a decision: cohort-sync approve ${run.run}, or cohort-sync reject ${run.run}`,
    );
  if (run.endedAt === null && idle) parts.push(IDLE);
  return parts.join('\n\n');
}

/** @param idle no worker is alive, so that runs that have not ended wait for one. */
export function renderRuns(runs: readonly RunSummary[], paint: Paint, idle = false): string {
  if (runs.length === 0) return 'No run yet. Start one with: cohort-sync sync --wait';
  const open = idle ? 'waits for a worker' : 'under way';
  const rows = runs.map((run) => [
    run.run,
    run.trigger,
    run.startedAt,
    run.verdict === null ? open : paintVerdict(run.verdict, paint),
    run.pools.map(({ pool, verdict }) => `${pool}: ${verdict ?? open}`).join(', '),
  ]);
  const list = table([['run', 'trigger', 'started', 'verdict', 'pools'], ...rows], '');
  return idle && runs.some((run) => run.verdict === null) ? `${list}\n\n${IDLE}` : list;
}

function renderPool(pool: PoolPlanDocument, paint: Paint): string {
  if (pool.error !== undefined) {
    return `${heading(pool, paint)}\n  ${paint('red', pool.error.message)}\n  ${pool.error.advice}`;
  }
  return [heading(pool, paint), ...planLines(pool, paint), ...barredRows(pool, paint)].join('\n');
}

/** Whom the provider can't give the seat that they are due. */
function barredRows(pool: PoolPlanDocument, paint: Paint): string[] {
  const rows = planRows(pool).filter(({ kind }) => kind === 'barred');
  return rows.length === 0 ? [] : [table(rows.map((row) => planRow(row, paint)))];
}

function heading(pool: PoolPlanDocument, paint: Paint): string {
  const name = `${paint('bold', pool.pool)} (${pool.provider})`;
  return `${name}: ${seatCountText(pool)}: ${paintVerdict(pool.verdict, paint)}`;
}

const NOTHING = '  nothing to do';

type Style = Parameters<Paint>[0];

/** How each kind of line begins; `kept` has no color. */
const SIGNS: Readonly<Record<PlanKind, readonly [Style | null, string]>> = {
  unassign: ['red', '- unassign'],
  buy: ['cyan', '+ buy'],
  assign: ['green', '+ assign'],
  'give-back': ['cyan', '- give back'],
  held: ['yellow', '? held'],
  waiting: ['yellow', '… waits'],
  kept: [null, '= kept'],
  barred: ['red', "! can't be assigned"],
};

function signOf({ kind, held }: PlanRow, paint: Paint): string {
  const [style, sign] = SIGNS[kind];
  const text = held === null ? sign : `${sign} ${held}`;
  return style === null ? text : paint(style, text);
}

function planRow(row: PlanRow, paint: Paint): string[] {
  return [signOf(row, paint), row.who, row.reason];
}

/** In the order in which things are done, and then what is not done; without those who can't be given a seat. */
function planLines(pool: PoolPlanDocument, paint: Paint): string[] {
  const rows = planRows(pool).filter(({ kind }) => kind !== 'barred');
  const lines = rows.length === 0 ? [NOTHING] : [table(rows.map((row) => planRow(row, paint)))];
  lines.push(...pool.notes.map((note) => `  ${note}`));
  if (pool.unmanaged.length > 0)
    lines.push(paint('dim', `  left alone, unknown to cohort-sync: ${pool.unmanaged.join(', ')}`));
  return lines;
}

function renderResult(pool: PoolResultDocument, paint: Paint): string {
  const rows = doneRows(pool).map((row) => doneRow(row, paint));
  const left =
    pool.error === undefined
      ? planLines(pool, paint)
      : [`  ${paint('red', pool.error.message)}`, `  ${pool.error.advice}`];
  const done = rows.length === 0 ? [] : [table(rows)];
  const open = rows.length === 0 ? left : left.filter((line) => line !== NOTHING);
  return [heading(pool, paint), ...done, ...open].join('\n');
}

function doneRow({ kind, action, who, reason, retryAt }: DoneRow, paint: Paint): string[] {
  switch (kind) {
    case 'unassigned':
      return [paint('red', '- unassigned'), who, reason];
    case 'assigned':
      return [paint('green', '+ assigned'), who, reason];
    case 'bought':
      return [paint('cyan', '+ bought'), who, reason];
    case 'gave-back':
      return [paint('cyan', '- gave back'), who, reason];
    case 'failed':
      return [
        paint('red', `! ${action} failed`),
        who,
        `${reason}${retryAt === null ? '' : ` Next try: ${retryAt}.`}`,
      ];
  }
}

function planSummary(plan: PlanDocument, paint: Paint): string {
  return `Plan: ${countsText(planCounts(plan))}. Verdict: ${paintVerdict(plan.verdict, paint)}`;
}

function paintVerdict(verdict: Verdict, paint: Paint): string {
  if (verdict === 'failed') return paint('red', verdict);
  return verdict === 'in-sync' ? paint('green', verdict) : paint('yellow', verdict);
}
