import type { Config, PoolConfig } from '../config/schema.ts';
import { toInstant } from '../src/dates.ts';
import type { LineOutcome, Work } from '../src/ledger/stages.ts';
import type { Provider } from '../src/providers/provider.ts';
import { granteeColumn, policyOf } from '../src/runs/inputs.ts';
import { saidSeats } from '../src/runs/read-pool.ts';
import { shortHash } from '../src/short-hash.ts';
import type { JobContext } from './context.ts';
import { RETRY } from './policy.ts';

/**
 * By which settings a stage's work was planned. It may wait for long, and an operator who stops the processes, edits the
 * configuration and starts them again means what is done from then on: whom to protect, how many seats to buy at most.
 */

/** Of work that is only there to settle a change that is open: no settings ever send it. */
export const SETTLES_ONLY = 'none';

/**
 * Names the settings that planning goes by, and tells nothing of them: the same for equal configurations, however they are
 * written, and whatever the pool's keys are.
 */
export function settingsHash(config: Config, pool: PoolConfig, provider: Provider): string {
  const { timeZone, cohorts, guardrails } = config;
  const createUsers = 'createUsers' in pool && pool.createUsers;
  const own = { grantee: granteeColumn(pool), purchasedSeats: saidSeats(pool), createUsers };
  const settings = { timeZone, cohorts, guardrails, policy: policyOf(pool, provider), ...own };
  return shortHash(JSON.stringify(settings, inOrder));
}

/** The fields of each object by their names. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** What becomes of a stage's work that was planned by other settings than this process has; null where it may be done. */
export function outdatedWork(
  { config, clock }: JobContext,
  pool: PoolConfig,
  provider: Provider,
  { settings }: Work,
): LineOutcome | null {
  // An older version set it out.
  if (settings === undefined || settings === settingsHash(config, pool, provider)) return null;
  const reason =
    settings === SETTLES_ONLY
      ? 'the change of seats that was open is settled: what is needed now is worked out anew'
      : 'this was planned by other settings than those of the process that took it up: give all processes one configuration';
  return { outcome: 'lapsed', reason, retryAt: toInstant(clock.now() + RETRY.later.delay) };
}
