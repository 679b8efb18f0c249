import { EXIT } from '../errors.ts';
import type { PlanDocument, PoolResultDocument, RunDocument, Verdict } from './documents.ts';

const ORDER: readonly Verdict[] = ['in-sync', 'changes', 'waiting', 'held', 'failed'];

/** The verdict that stands for several: failed before held before waiting before changes. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>(
    (worst, each) => (ORDER.indexOf(each) > ORDER.indexOf(worst) ? each : worst),
    'in-sync',
  );
}

/** Exit code of `plan`: 1 beats 4 beats 3 beats 2 (rule 20). */
export function planExitCode({ pools }: PlanDocument): number {
  const failed = pools.filter((pool) => pool.error !== undefined).length;
  if (failed > 0) return failed === pools.length ? EXIT.failed : EXIT.partial;
  if (pools.some((pool) => (pool.failed ?? []).length > 0)) return EXIT.partial;
  const verdict = worstVerdict(pools.map((pool) => pool.verdict));
  if (verdict === 'held' || verdict === 'waiting') return EXIT.held;
  return verdict === 'changes' ? EXIT.changes : EXIT.ok;
}

/** Exit code of a run: 1 if nothing worked, 4 if some people or pools failed, 3 if something is held or waits. */
export function runExitCode({ pools, error }: RunDocument): number {
  if (error !== undefined) return EXIT.failed;
  const broken = pools.filter((pool) => pool.error !== undefined);
  // Where the provider has put off a part of the work, the rest of the pool's run counts, as with people who failed.
  if (broken.length > 0 && broken.length === pools.length && !broken.some(isPutOff)) return EXIT.failed;
  if (broken.length > 0 || pools.some((pool) => pool.failed.length > 0)) return EXIT.partial;
  const verdict = worstVerdict(pools.map((pool) => pool.verdict));
  if (verdict === 'held' || verdict === 'waiting') return EXIT.held;
  return EXIT.ok;
}

/** Whether a pool was worked on until its provider asked to be left alone: what is left has a time of its own. */
function isPutOff({ failed }: PoolResultDocument): boolean {
  return failed.some(({ action, retryAt }) => action !== 'read' && retryAt !== null);
}
