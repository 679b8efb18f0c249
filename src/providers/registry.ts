import type { PoolConfig } from '../../config/schema.ts';
import type { ProviderDeps } from './http/client.ts';
import type { Provider } from './provider.ts';
import { createSalable } from './salable/provider.ts';
import { createSecureMailMerge } from './securemailmerge/provider.ts';
import { createZoom } from './zoom/provider.ts';

/**
 * The provider that a pool is configured for. Calls nobody.
 * @throws CohortSyncError if its settings can't be used.
 */
export function createProvider(config: PoolConfig, deps: ProviderDeps): Provider {
  switch (config.provider) {
    case 'salable':
      return createSalable(config, deps);
    case 'zoom':
      return createZoom(config, deps);
    case 'securemailmerge':
      return createSecureMailMerge(config, deps);
  }
}
