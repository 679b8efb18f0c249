import type { Clock } from '../dates.ts';
import { toInstant } from '../dates.ts';
import { CohortSyncError, LedgerConflict } from '../errors.ts';
import { decideHold, type Hold, readHold, readHoldsOfRun } from '../ledger/holds.ts';
import { readRun } from '../ledger/runs.ts';
import type { Store } from '../ledger/store.ts';
import { PURCHASE_IN_DOUBT } from '../planning/decisions.ts';
import { whyClosed } from './review.ts';

/** A decision that can't be made: there is nothing to decide, or it has been decided. `missing`: there is no such run. */
export class DecisionError extends CohortSyncError {
  readonly missing: boolean;

  constructor(message: string, advice: string, options: ErrorOptions & { readonly missing?: boolean } = {}) {
    super(message, advice, options);
    this.missing = options.missing ?? false;
  }
}

/** The holds of a run that can be decided. @throws DecisionError if there are none, saying why. */
export async function openHoldsOf(store: Store, run: string, clock: Clock): Promise<Hold[]> {
  if ((await readRun(store, run)) === null) {
    throw new DecisionError(`there is no run ${run}`, 'List the runs with: cohort-sync runs', {
      missing: true,
    });
  }
  const holds = await readHoldsOfRun(store, run);
  if (holds.length === 0) {
    throw new DecisionError(`run ${run} holds nothing`, `See it with: cohort-sync show ${run}`);
  }
  const now = toInstant(clock.now());
  const closed = holds.map((hold) => whyClosed(hold, now));
  const open = holds.filter((_hold, index) => closed[index] === null);
  if (open.length > 0) return open;
  throw new DecisionError(
    closed.filter((why) => why !== null).join('; '),
    (await currentRun(store, holds)) ?? adviceOn(holds),
  );
}

/** Of a change in doubt that is rejected. */
export const DOUBT_STAYS =
  'A change of seats that is in doubt stays open all the same: no seat is bought or given back until it shows. The next run holds it again, and approving that run decides otherwise.';

/** Whether a change in doubt is among the lines of a hold. */
export function hasDoubt({ lines }: Hold): boolean {
  return lines.some(({ guardrail }) => guardrail === PURCHASE_IN_DOUBT);
}

/** What becomes of holds of which none can be decided any more, as advice. */
function adviceOn(holds: readonly Hold[]): string {
  const states = new Set(holds.map(({ state }) => state));
  const words = [
    states.has('approved') ? 'What was approved is done by the next run: cohort-sync sync --wait' : null,
    states.has('rejected')
      ? 'What was rejected is left as it is, and not asked about again, for as long as it stays the same. See it with: cohort-sync plan'
      : null,
    holds.some((hold) => hold.state === 'rejected' && hasDoubt(hold)) ? DOUBT_STAYS : null,
    states.has('open') || states.has('expired') || states.has('superseded')
      ? 'The next run holds again what still needs a decision. Start one with: cohort-sync sync --wait'
      : null,
  ];
  return words.filter((each) => each !== null).join('\n');
}

/** Where to look instead, as advice: the run that holds something in these pools now; null if none does. */
async function currentRun(store: Store, holds: readonly Hold[]): Promise<string | null> {
  const current = await Promise.all(holds.map((hold) => readHold(store, hold.pool)));
  const runs = current.flatMap((hold) => (hold?.state === 'open' ? hold.runs.slice(-1) : []));
  return runs[0] === undefined ? null : `What is held now is decided with: cohort-sync approve ${runs[0]}`;
}

/**
 * Decides one hold as it was seen.
 * @param by who decides, for the audit.
 * @throws DecisionError if somebody else was faster, or a run has replaced the hold.
 */
export async function decide(
  store: Store,
  hold: Hold,
  decision: 'approved' | 'rejected',
  { by, note, clock }: { readonly by: string; readonly note: string | null; readonly clock: Clock },
): Promise<void> {
  try {
    await decideHold(store, hold, { decision, by, note, at: toInstant(clock.now()) });
  } catch (cause) {
    if (!(cause instanceof LedgerConflict)) throw cause;
    throw new DecisionError(
      `the hold of ${hold.pool} changed while you were looking at it; nothing was decided`,
      'Look at it again.',
      { cause },
    );
  }
}

/**
 * Decides the holds of a run, one a pool: one that somebody else decided meanwhile keeps none of the others back.
 * @returns those that were decided, at least one. @throws DecisionError if none could be.
 */
export async function decideEach(
  store: Store,
  holds: readonly Hold[],
  decision: 'approved' | 'rejected',
  who: Parameters<typeof decide>[3],
): Promise<Hold[]> {
  const decided: Hold[] = [];
  const late: DecisionError[] = [];
  for (const hold of holds) {
    try {
      await decide(store, hold, decision, who);
      decided.push(hold);
    } catch (cause) {
      if (!(cause instanceof DecisionError)) throw cause;
      late.push(cause);
    }
  }
  if (decided.length === 0 && late[0] !== undefined) throw late[0];
  return decided;
}
