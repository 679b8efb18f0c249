import { realpathSync } from 'node:fs';
import path from 'node:path';
import { outsideOf } from '../config/loopback.ts';
import { accountHash } from '../config/pools.ts';
import { placeOfRoster } from '../config/roster.ts';
import type { Config, PoolConfig, RosterConfig } from '../config/schema.ts';
import { toInstant } from '../src/dates.ts';
import { CohortSyncError } from '../src/errors.ts';
import type { RunHead, RunPurpose } from '../src/ledger/runs.ts';
import type { LineOutcome } from '../src/ledger/stages.ts';
import { shortHash } from '../src/short-hash.ts';
import type { JobContext } from './context.ts';

/**
 * Whose run it is. Jobs are taken by any process that shares the Redis, so each looks first whether it is configured for
 * the same roster and accounts as the process that started the run: people of one roster must never be taken for the
 * people of another, and seats never be bought at another account than was meant.
 */

/** This process must not work on the run: nothing was read or changed. */
export class PurposeError extends CohortSyncError {}

/** What a run of these pools is for, by this configuration. */
export function purposeOf(config: Config, pools: readonly string[]): RunPurpose {
  const accounts = config.pools
    .filter(({ id }) => pools.includes(id))
    .map((pool): [string, string] => [pool.id, accountHash(pool)]);
  return { roster: rosterHash(config.roster), accounts: Object.fromEntries(accounts) };
}

/** @throws PurposeError unless this process may read the roster for the run. */
export function checkRoster(context: JobContext, head: RunHead): void {
  checkMoment(context, head);
  const { purpose } = head;
  if (purpose === undefined || purpose.roster === rosterHash(context.config.roster)) return;
  throw new PurposeError(
    `Run ${head.run} was started for another roster than the one that the process is configured for which took it up. No roster was read and nothing was changed in ${head.pools.join(', ')}.`,
    ONE_REDIS,
  );
}

/** @throws PurposeError unless this process may work on the pool for the run. */
export function checkPool(context: JobContext, head: RunHead, pool: PoolConfig): void {
  checkMoment(context, head);
  const { purpose } = head;
  if (purpose === undefined) return;
  // A pool that its trigger did not know is nobody's.
  const what =
    purpose.accounts[pool.id] !== accountHash(pool)
      ? 'another account than the one that this pool has'
      : purpose.roster !== rosterHash(context.config.roster)
        ? 'another roster than the one that stands'
        : null;
  if (what === null) return;
  throw new PurposeError(
    `Pool ${pool.id}: run ${head.run} was started for ${what} in the configuration of the process that took it up. Nothing more was read or changed.`,
    ONE_REDIS,
  );
}

/** What becomes of a stage's work that this process must not do; null where it may do it. */
export function foreignWork(context: JobContext, head: RunHead, pool: PoolConfig): LineOutcome | null {
  try {
    checkPool(context, head, pool);
    return null;
  } catch (cause) {
    if (!(cause instanceof PurposeError)) throw cause;
    return { outcome: 'refused', reason: `${cause.message} ${cause.advice}`, retryAt: null };
  }
}

const ONE_REDIS =
  'Two configurations must not share one Redis: give each its own redis.url, or its own database in it (redis://HOST:6379/1). If the configuration was edited while the run was under way, restart every process with the new one; then run `cohort-sync sync`.';

/** The trigger has looked at its own configuration; what counts is that of the process that would change something. */
function checkMoment({ config, clock }: JobContext, { run, clockOffset }: RunHead): void {
  const outside = clockOffset === 0 ? [] : outsideOf(config);
  if (outside.length === 0) return;
  const moment = toInstant(clock.now() + clockOffset);
  throw new PurposeError(
    `Run ${run} was started with --at and acts as of ${moment}, which is for trying out, and ${outside.join(', ')} of the process that took it up ${outside.length === 1 ? 'is' : 'are'} real. Nothing was read or changed.`,
    'Try out with a Redis of its own: another redis.url, or another database in it (redis://HOST:6379/1).',
  );
}

/** The same by whatever way its folder is reached. The file itself may be a link that is put anew with each roster. */
function rosterHash(roster: RosterConfig): string {
  if (roster.source === 'google-sheets') return shortHash(placeOfRoster(roster));
  const { dir, base } = path.parse(path.resolve(roster.path));
  return shortHash(placeOfRoster({ ...roster, path: path.join(realFolder(dir), base) }));
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
