import { isLoopback } from './fields.ts';
import type { Config, PoolConfig } from './schema.ts';

/**
 * What of a configuration is not on this machine: each pool, and the roster where it is neither here nor in a file.
 * Acting as of another moment is for trying out only: real seats must never be bought or freed by a date that was typed.
 */
export function outsideOf({ pools, roster }: Pick<Config, 'pools' | 'roster'>): string[] {
  const outside = pools.filter((pool) => !isPoolLocal(pool)).map((pool) => `pool ${pool.id}`);
  if (roster.source === 'google-sheets' && !(roster.apiRootUrl && isLocal(roster.apiRootUrl)))
    outside.push('the roster');
  return outside;
}

/** Whether all of a pool's addresses are on this machine. */
function isPoolLocal(pool: PoolConfig): boolean {
  return isLocal(pool.baseUrl) && (pool.provider !== 'zoom' || isLocal(pool.oauthUrl));
}

function isLocal(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}
