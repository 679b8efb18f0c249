import type { PoolConfig } from '../../config/schema.ts';
import type { Store } from '../ledger/store.ts';
import type { PoolState, Provider } from '../providers/provider.ts';

/**
 * The pool as far as it can be known: read at the provider where that can be done; elsewhere by what the ledger has of
 * it, with what the provider can tell.
 * @param store null where nothing has been recorded yet.
 * @throws ProviderError
 */
export async function readPool(
  provider: Provider,
  pool: PoolConfig,
  store: Store | null,
  signal: AbortSignal,
): Promise<PoolState> {
  if (provider.capabilities.listsHolders) return provider.read(signal);
  // Loaded only here: most pools can be read.
  const { readUnlistedPool } = await import('./read-unlisted-pool.ts');
  return readUnlistedPool(provider, pool, store, signal);
}

/** The total that a person has entered; null where the configuration has none. */
export function saidSeats(pool: PoolConfig): number | null {
  return 'purchasedSeats' in pool ? pool.purchasedSeats : null;
}
