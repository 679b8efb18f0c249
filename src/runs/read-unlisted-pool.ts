import type { PoolConfig } from '../../config/schema.ts';
import { countedBy, noAccount, readAccount, type SeatAccount, totalOf } from '../ledger/account.ts';
import { readAssignedAt } from '../ledger/assigned-at.ts';
import { type Assignments, countKnown, readAssignments } from '../ledger/assignments.ts';
import type { Store } from '../ledger/store.ts';
import { compareText } from '../planning/demand.ts';
import type { Account, Holder, PoolState, Provider } from '../providers/provider.ts';
import { checkNotMoved } from './moved-pool.ts';
import { saidSeats } from './read-pool.ts';

/**
 * A pool whose provider can't say who has a seat: by what the ledger has of it, with what the provider can tell.
 * @param store null where nothing has been recorded yet.
 * @throws ProviderError; MovedPoolError if the ledger has them at another account.
 */
export async function readUnlistedPool(
  provider: Provider,
  pool: PoolConfig,
  store: Store | null,
  signal: AbortSignal,
): Promise<PoolState> {
  if (store === null) return { ...(await provider.read(signal)), account: accountOf(noAccount, new Map()) };
  const [assignments, { value: account }, assignedAt] = await Promise.all([
    readAssignments(store, pool.id),
    readAccount(store, pool.id),
    readAssignedAt(store, pool.id),
  ]);
  checkNotMoved(pool, assignedAt, assignments.size);
  const told = totalOf(account, saidSeats(pool));
  const known = { holders: holdersOf(assignments), account: accountOf(account, assignments) };
  if (told === null) return { ...(await provider.read(signal)), ...known };
  const seats = { total: told.total, totalFrom: told.from, usable: told.total };
  return { pool: pool.id, ...seats, limits: { min: 0, max: null }, freeSeats: [], ...known };
}

function holdersOf(assignments: Assignments): Holder[] {
  return [...assignments]
    .toSorted(([one], [other]) => compareText(one, other))
    .map(([, { grantee, state }]) => {
      const holder = { grantee, seats: [], count: 1 };
      return state === 'assigned' ? holder : { ...holder, unsure: true };
    });
}

/** How the provider's count and the ledger agree. Those in doubt explain what the provider counts beyond the ledger. */
function accountOf(account: SeatAccount, assignments: Assignments): Account {
  const known = countKnown(assignments);
  const unsure = assignments.size - known;
  const told = countedBy(account);
  const counted = told?.assigned ?? null;
  const difference = counted === null ? 0 : counted - known;
  const unaccounted = difference > 0 ? Math.max(0, difference - unsure) : difference;
  const countedAt = told?.at ?? null;
  return { counted, countedAt, known, unaccounted, keepAll: whyKeepAll(account) };
}

/** A pool that nobody has adopted, and that has more people than the ledger knows, is somebody else's first of all. */
function whyKeepAll({ first, adopted }: SeatAccount): string | null {
  if (adopted !== null || first === null || first.assigned <= first.known) return null;
  return (
    `the provider's first answer counted ${first.assigned} assigned seats where the ledger knew ${first.known}, ` +
    'and the pool was never adopted'
  );
}
