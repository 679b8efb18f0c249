import { accountHash } from '../../config/pools.ts';
import type { Config, PoolConfig } from '../../config/schema.ts';
import type { Store } from '../ledger/store.ts';
import { type Decisions, type PlanInput, type PoolPlan, runStart } from '../planning/types.ts';
import type { Provider } from '../providers/provider.ts';
import type { Roster } from '../roster/types.ts';
import type { ProblemDocument } from './documents.ts';
import { decisionsAfter, endOfDoubt, stageUnder, unexplainedDifference, withDoubt } from './doubt.ts';
import { noMemory, type PoolMemory, planInput } from './inputs.ts';
import { planWithoutQuarrels } from './quarrels.ts';
import { readPool } from './read-pool.ts';

export interface InspectContext {
  readonly config: Config;
  /** null where nothing has been recorded yet. */
  readonly store: Store | null;
  readonly providerOf: (pool: PoolConfig) => Provider;
  readonly signal: AbortSignal;
}

/** A pool as a run that began now would see it, and what it would do. */
export interface Inspection {
  readonly provider: Provider;
  readonly memory: PoolMemory;
  readonly input: PlanInput;
  readonly plan: PoolPlan;
  readonly problems: readonly ProblemDocument[];
  /** The plan from the same readings, if people had decided so. */
  planUnder(decisions: Decisions): PoolPlan;
}

/**
 * What a sync would do in a pool now, by the same planning and guardrails. Only reads.
 * @param now milliseconds since the epoch.
 * @throws ProviderError, LedgerError
 */
export async function inspectPool(
  { config, store, providerOf, signal }: InspectContext,
  roster: Roster,
  pool: PoolConfig,
  now: number,
): Promise<Inspection> {
  const provider = providerOf(pool);
  const [state, memory] = await Promise.all([
    readPool(provider, pool, store, signal),
    store === null ? noMemory : readLedgerOf(store, pool.id, now),
  ]);
  const { intent: open, repeats } = memory;
  const difference = provider.capabilities.changesTotal ? unexplainedDifference(memory.broken, state) : null;
  const planFor = (decisions: Decisions) => {
    const ended = open === null ? null : endOfDoubt(state, open, decisions, accountHash(pool));
    const intent = (ended === null ? open : null) ?? difference;
    const stage = stageUnder(runStart, intent);
    const left = open === null || ended === null ? decisions : decisionsAfter(open, ended.end, decisions);
    const known = { ...memory, decisions: left };
    const { input, problems } = planInput({
      config,
      pool,
      provider,
      roster,
      memory: known,
      state,
      stage,
      now,
    });
    return { input, problems, plan: withDoubt(planWithoutQuarrels(input, repeats), intent, input) };
  };
  return {
    provider,
    memory,
    ...planFor(memory.decisions),
    planUnder: (decisions) => planFor(decisions).plan,
  };
}

/** Loaded only here: a first `plan` has no ledger to read. */
async function readLedgerOf(store: Store, pool: string, now: number): Promise<PoolMemory> {
  const { readMemory } = await import('./memory.ts');
  return readMemory(store, pool, now);
}
