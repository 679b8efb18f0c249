import type { PoolConfig } from '../../config/schema.ts';
import { CohortSyncError } from '../errors.ts';
import type { ProviderDeps } from './http/client.ts';
import type { Provider } from './provider.ts';
import { createSalable } from './salable/provider.ts';
import { createZoom } from './zoom/provider.ts';

/**
 * The provider that a pool is configured for. Calls nobody.
 * @throws CohortSyncError if the provider is not supported yet, or its settings can't be used.
 */
export function createProvider(config: PoolConfig, deps: ProviderDeps): Provider {
  switch (config.provider) {
    case 'salable':
      return createSalable(config, deps);
    case 'zoom':
      return createZoom(config, deps);
    case 'securemailmerge':
      throw new CohortSyncError(
        `Pool ${config.id}: the provider \`${config.provider}\` is not supported yet`,
        'Take the pool out of the configuration; this version works with `salable` only.',
      );
  }
}
