import type { Progress, Stage, Work, WorkLine } from '../src/ledger/stages.ts';

/** A run's progress with lines of a stage that were done. A grantee with several seats is named once. */
export function withLines(progress: Progress, stage: Stage, lines: readonly WorkLine[]): Progress {
  const { done, changes } = progress;
  const key = stage === 'assign' ? 'assigned' : 'unassigned';
  const names = [...new Set([...done[key], ...lines.map(({ grantee }) => grantee)])];
  const told = lines.map(({ grantee, reason }) => ({ action: stage, grantee, reason }));
  return { ...progress, done: { ...done, [key]: names }, changes: [...changes, ...told] };
}

/** A run's progress with a change of the total that was made. */
export function withChange(
  progress: Progress,
  stage: Stage,
  { observed, expected, reason }: NonNullable<Work['change']>,
): Progress {
  const { done, changes } = progress;
  const key = stage === 'increment' ? 'incremented' : 'decremented';
  const count = done[key] + Math.abs(expected - observed);
  const told = { action: stage, grantee: null, reason };
  return { ...progress, done: { ...done, [key]: count }, changes: [...changes, told] };
}
