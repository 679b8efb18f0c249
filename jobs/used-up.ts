import { toInstant } from '../src/dates.ts';
import { unexplainedWrite } from '../src/ledger/counts.ts';
import { forgetApprovals, readDecisions } from '../src/ledger/holds.ts';
import type { Stage, WorkLine } from '../src/ledger/stages.ts';
import type { Write } from '../src/ledger/store.ts';
import { personLineId, quantityApprovals } from '../src/planning/decisions.ts';
import type { TotalWork } from './seat-total.ts';

/**
 * What is used up by what was done goes into the ledger with the word that it was done, so that no end of a run comes in
 * between: an approval is used once, and a surprise counts against the day's allowance.
 */

/** What of these the uses are told from. */
type Acting = Pick<TotalWork, 'context' | 'pool' | 'run' | 'clock'>;

/** By lines that were done: their approvals, and the surprises among them. Made again it changes nothing. */
export async function usedByLines(
  { context, pool, run, clock }: Acting,
  stage: Stage,
  lines: readonly Pick<WorkLine, 'key' | 'explained'>[],
): Promise<Write[]> {
  if (lines.length === 0) return [];
  const { approved } = await readDecisions(context.store, pool.id, toInstant(clock.now()));
  const names = lines.map(({ key }) => personLineId(stage, key, ''));
  const used = [...approved.keys()].filter((id) => names.some((name) => id.startsWith(name)));
  const surprises = stage === 'unassign' ? lines.filter(({ explained }) => !explained) : [];
  const counted = surprises.map(({ key }) => unexplainedWrite(pool.id, run, key, clock.now()));
  return [...counted, ...forgetApprovals(pool.id, used)];
}

/** By a change of the total, however many seats were approved. */
export async function usedByChange({ context, pool, clock }: Acting, action: Stage): Promise<Write[]> {
  const decisions = await readDecisions(context.store, pool.id, toInstant(clock.now()));
  return forgetApprovals(pool.id, quantityApprovals(decisions, action));
}
