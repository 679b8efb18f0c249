import { accountHash } from '../config/pools.ts';
import type { PoolConfig } from '../config/schema.ts';
import { CohortSyncError } from '../src/errors.ts';
import type { Fence } from '../src/ledger/fence.ts';
import { type Intent, readIntent } from '../src/ledger/intents.ts';
import { readManager, takeAccount } from '../src/ledger/managers.ts';
import type { JobContext } from './context.ts';

/** The pool has got another id while a change of its seats is open under the old one. */
export class RenamedPoolError extends CohortSyncError {
  readonly pool: string;
  readonly formerly: string;

  constructor(pool: string, { pool: formerly, run, action, observed, expected, detail }: Intent) {
    const said = detail === null ? '' : ` (${detail})`;
    super(
      `Pool ${pool}: its account was managed as pool ${formerly} until now, where the ${action} from ${observed} to ${expected} seats of run ${run} is still open${said}. Nothing was read or changed: the seats could be bought twice.`,
      `Give the pool its old id ${formerly} back and run \`cohort-sync sync\`, which settles it; \`cohort-sync show ${run}\` tells more, and what stays in doubt is decided by \`cohort-sync approve\`. Then rename the pool.`,
    );
    this.pool = pool;
    this.formerly = formerly;
  }
}

/**
 * Makes the pool the one that manages its account (rule 4: a purchase that is open under another id is not made again).
 * @throws RenamedPoolError
 */
export async function manageAccount(
  { store, clock }: JobContext,
  fence: Fence,
  pool: PoolConfig,
): Promise<void> {
  const account = accountHash(pool);
  const before = await readManager(store, account);
  if (before === pool.id) return;
  const open = before === null ? null : await readIntent(store, before);
  if (open !== null) throw new RenamedPoolError(pool.id, open);
  await takeAccount(store, fence, account, before, clock.now());
}
