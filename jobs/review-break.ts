import { randomUUID } from 'node:crypto';
import { accountHash } from '../config/pools.ts';
import { toInstant } from '../src/dates.ts';
import { isQuiet } from '../src/ledger/continuity.ts';
import { fenced } from '../src/ledger/fence.ts';
import { closeIntent, type Intent, openIntent } from '../src/ledger/intents.ts';
import { type Break, breakOverWrite, knownTotalWrite, readBreak } from '../src/ledger/known-seats.ts';
import { commit } from '../src/ledger/store.ts';
import type { PoolState } from '../src/providers/provider.ts';
import { hasTotal, unexplainedDifference } from '../src/runs/doubt.ts';
import { tell } from './context.ts';
import type { PoolRun } from './sync-pool.ts';

/** The break of the ledger that a pool is to be looked at for now: whatever was under way has had the time to show. */
export async function breakToReview({ context, pool }: PoolRun): Promise<Break | null> {
  const found = await readBreak(context.store, pool.id);
  return found === null || (await isQuiet(context.store)) !== null ? null : found;
}

/**
 * Holds what was just read against what anybody remembers from before the ledger lost something. A total that nothing
 * explains may be an unfinished purchase that was forgotten: it becomes a hold, and until that is cleared no seat is bought
 * or given back.
 * @param state read since the quiet time was over.
 * @param open what stands in the ledger; a change of our own explains by itself what it does, once it is closed.
 * @returns the intent that is open from now on.
 */
export async function reviewBreak(
  poolRun: PoolRun,
  found: Break,
  state: PoolState,
  open: Intent | null,
): Promise<Intent | null> {
  const { context, pool, provider, fence, clock, run } = poolRun;
  if (open !== null && open.unexplained === undefined) return open;
  const real = context.clock.now();
  const at = toInstant(clock.now());
  const over = [breakOverWrite(pool.id)];
  const difference = provider.capabilities.changesTotal ? unexplainedDifference(found, state) : null;
  // Numbers that contradict each other show nothing.
  if (difference !== null && !hasTotal(state, state.total)) return open;
  const settled = [...over, knownTotalWrite(pool.id, { total: state.total, at: real })];
  if (difference === null && open !== null) {
    const reason = `the total of ${state.total} was known to another process`;
    await closeIntent(context.store, fence, open, 'applied', reason, at, settled);
    return null;
  }
  if (difference === null || open !== null) {
    const id = `break:${pool.id}:${fence.token}:${real}`;
    const writes = difference === null ? settled : over;
    await commit(context.store, { id, expect: [fenced(fence)], writes });
    return open;
  }
  const held: Intent = {
    ...difference,
    ...{ operation: randomUUID(), run, pool: pool.id, preparedAt: at, token: fence.token },
    ...{ sentAt: null, sendBy: null, reference: null },
    state: 'in-doubt',
    unexplained: true,
    account: accountHash(pool),
  };
  await openIntent(context.store, fence, held, clock.now(), null, over);
  await tell(context, run, pool.id, held.action, held.detail ?? '');
  return held;
}
