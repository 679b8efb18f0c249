import type { PlanDocument, PoolPlanDocument, ProblemDocument } from '../runs/documents.ts';
import { countsText, type PlanKind, planCounts, planRows, seatCountText } from '../runs/plan-rows.ts';
import { rowName } from './problem-report.ts';

const LABELS: Readonly<Record<PlanKind, string>> = {
  unassign: 'unassign',
  buy: 'buy',
  assign: 'assign',
  'give-back': 'give back',
  held: 'held',
  waiting: 'waits',
  kept: 'kept',
  barred: "can't be assigned",
};

/** A plan as Markdown (GitHub's), for a ticket or a chat: the same lines as on the terminal. Names are shown as they are. */
export function renderPlanMarkdown(plan: PlanDocument): string {
  const parts = [
    `# Plan as of ${code(plan.at)}`,
    `${countsText(planCounts(plan))}. Verdict: **${plan.verdict}**. Nothing was changed.`,
    ...plan.pools.map(poolPart),
    ...(plan.problems.length > 0 ? [problemsPart(plan.problems)] : []),
  ];
  return parts.join('\n\n');
}

function poolPart(pool: PoolPlanDocument): string {
  const heading = `## ${plain(pool.pool)} (${plain(pool.provider)}): ${plain(seatCountText(pool))}: ${pool.verdict}`;
  if (pool.error !== undefined)
    return `${heading}\n\n**${plain(pool.error.message)}**\n\n${plain(pool.error.advice)}`;
  const rows = planRows(pool).map(({ kind, held, who, isPerson, reason }) => [
    held === null ? LABELS[kind] : `${LABELS[kind]} ${held}`,
    isPerson ? code(who) : plain(who),
    plain(reason),
  ]);
  const table = rows.length === 0 ? 'Nothing to do.' : tableOf(['', 'who', 'why'], rows);
  const notes = pool.notes.map((note) => `- ${plain(note)}`).join('\n');
  const unmanaged = pool.unmanaged.map(code).join(', ');
  return [
    heading,
    table,
    ...(notes === '' ? [] : [notes]),
    ...(unmanaged === '' ? [] : [`Left alone, unknown to cohort-sync: ${unmanaged}`]),
  ].join('\n\n');
}

function problemsPart(problems: readonly ProblemDocument[]): string {
  const rows = problems.map((problem) => [
    plain(rowName({ tab: problem.tab, row: problem.row })),
    plain(problem.column),
    problem.value === '' ? '' : code(problem.value),
    plain(problem.problem),
    problem.protects.map(code).join(', '),
  ]);
  return `## Problems of the roster\n\n${tableOf(['row', 'column', 'value', 'problem', 'protects'], rows)}`;
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text in which nothing is Markdown, HTML or a link: it may come from the spreadsheet. */
function plain(text: string): string {
  return (
    oneLine(text)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_[\]!|~$^]/g, '\\$&')
      .replace(/^[#+=-]/, '\\$&')
      .replace(/^(\d+)([.)])/, '$1\\$2')
      // A name of somebody on the platform where this is read, whom it must not call.
      .replace(/(^|[^\w`])@(?=\w)/g, '$1`@`')
      .replaceAll('://', '&#58;//')
      .replace(/\bwww\./gi, (found) => found.replace('.', '&#46;'))
  );
}

/** As code, in which neither Markdown nor addresses mean anything. */
function code(text: string): string {
  const line = oneLine(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}
