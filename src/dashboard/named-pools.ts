import type { Config, PoolConfig } from '../../config/schema.ts';
import { HttpProblem } from './problem.ts';

/** The pools of these names; all if none is named. @throws HttpProblem if there is no such pool. */
export function poolsNamed(config: Config, names: readonly string[]): readonly PoolConfig[] {
  const known = config.pools.map((pool) => pool.id);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const message = `there is no pool ${unknown.join(', ')}`;
    throw new HttpProblem(400, message, `The configuration has ${known.join(', ')}.`);
  }
  return names.length === 0 ? config.pools : config.pools.filter((pool) => names.includes(pool.id));
}
