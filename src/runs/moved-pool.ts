import { accountHash } from '../../config/pools.ts';
import type { PoolConfig } from '../../config/schema.ts';
import { counted } from '../counted.ts';
import { CohortSyncError } from '../errors.ts';

/** The pool has got another account, and only the ledger knows who was assigned at the one before. */
export class MovedPoolError extends CohortSyncError {
  readonly pool: string;

  constructor(pool: string, people: number) {
    super(
      `Pool ${pool}: the configuration has another account for it than the one at which the ledger has ${counted(people, 'person', 'people')} assigned, and this provider can't list who is. Nothing was read or changed: all of them would count as having a seat at an account that may never have heard of them.`,
      `Put the former account of ${pool} back (its baseUrl and subscription). If the pool has moved, give it another id: nobody counts as assigned there then, and \`cohort-sync adopt\` takes a list of who is.`,
    );
    this.pool = pool;
  }
}

/**
 * @param before the account of those who are assigned by the ledger, as a hash; null where none was noted.
 * @param people how many they are.
 * @throws MovedPoolError if they are assigned at another account than the pool has now.
 */
export function checkNotMoved(pool: PoolConfig, before: string | null, people: number): void {
  if (before !== null && people > 0 && before !== accountHash(pool))
    throw new MovedPoolError(pool.id, people);
}
