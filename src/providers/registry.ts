import type { PoolConfig } from '../../config/schema.ts';
import type { ProviderDeps } from './http/client.ts';
import type { Provider } from './provider.ts';

/**
 * The provider that a pool is configured for. Calls nobody.
 * @throws CohortSyncError if its settings can't be used.
 */
export type CreateProvider = (config: PoolConfig, deps: ProviderDeps) => Provider;

/** What makes the providers of these pools. Others aren't loaded: their schemas would slow the start of every command. */
export async function loadProviders(pools: readonly PoolConfig[]): Promise<CreateProvider> {
  const kinds = new Set(pools.map((pool) => pool.provider));
  const salable = kinds.has('salable') ? await import('./salable/provider.ts') : null;
  const zoom = kinds.has('zoom') ? await import('./zoom/provider.ts') : null;
  const mailMerge = kinds.has('securemailmerge') ? await import('./securemailmerge/provider.ts') : null;
  return (config, deps) => {
    switch (config.provider) {
      case 'salable':
        return loaded(salable).createSalable(config, deps);
      case 'zoom':
        return loaded(zoom).createZoom(config, deps);
      case 'securemailmerge':
        return loaded(mailMerge).createSecureMailMerge(config, deps);
    }
  };
}

function loaded<Module>(module: Module | null): Module {
  if (module === null)
    throw new Error("the provider of a pool was asked for that wasn't among those to load");
  return module;
}
