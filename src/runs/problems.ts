import type { ProblemDocument } from './documents.ts';

/**
 * One list of the roster's problems from several that differ only in whom they protect: a problem protects whom it
 * protects in any pool. In the order of the sheet.
 */
export function mergeProblems(lists: readonly (readonly ProblemDocument[])[]): ProblemDocument[] {
  const merged = new Map<string, { problem: ProblemDocument; protects: Set<string> }>();
  for (const problem of lists.flat()) {
    const key = JSON.stringify([problem.tab, problem.row, problem.column, problem.problem]);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { problem, protects: new Set(problem.protects) });
    else for (const person of problem.protects) known.protects.add(person);
  }
  const tabs = [...new Set([...merged.values()].map(({ problem }) => problem.tab))];
  return [...merged.values()]
    .map(({ problem, protects }) => ({ ...problem, protects: [...protects].sort() }))
    .sort((a, b) => tabs.indexOf(a.tab) - tabs.indexOf(b.tab) || a.row - b.row);
}
