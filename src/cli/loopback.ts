import { isLoopback } from '../../config/fields.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { PoolConfig } from '../../config/pools.ts';
import { UsageError } from '../errors.ts';

/** Whether all of a pool's addresses are on this machine. */
function isPoolLocal(pool: PoolConfig): boolean {
  return isLocal(pool.baseUrl) && (pool.provider !== 'zoom' || isLocal(pool.oauthUrl));
}

function isLocal(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}

/**
 * Acting as of another moment is for trying out only: real seats must never be bought or freed by a date that was typed.
 * @throws UsageError unless every pool is on this machine and the roster is there or in a file.
 */
export function refuseOutside(config: LoadedConfig, option: string): void {
  const outside = config.pools.filter((pool) => !isPoolLocal(pool)).map((pool) => `pool ${pool.id}`);
  const { roster } = config;
  if (roster.source === 'google-sheets' && !(roster.apiRootUrl && isLocal(roster.apiRootUrl)))
    outside.push('the roster');
  if (outside.length === 0) return;
  throw new UsageError(
    `${option} is for trying out, and ${outside.join(', ')} ${outside.length === 1 ? 'is' : 'are'} real`,
    'Use it with `cohort-sync plan`, which changes nothing, or with pools of `cohort-sync sandbox`.',
  );
}
