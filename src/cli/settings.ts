import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import type { PoolConfig } from '../../config/schema.ts';
import type { Clock } from '../dates.ts';
import { UsageError } from '../errors.ts';
import { readRoster } from '../roster/read-roster.ts';
import type { SheetMemory } from '../roster/sheet-memory.ts';
import type { Roster } from '../roster/types.ts';
import { granteeColumn } from '../runs/inputs.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';

/** The configuration of this command. @throws ConfigError */
export function settingsOf(io: CommandIo, options: CommonOptions): LoadedConfig {
  return loadConfig({ path: options.config, cwd: io.cwd, env: io.terminal.env });
}

/** The pools that `--pool` names, in the order of the configuration; all if it names none. @throws UsageError */
export function poolsNamed(
  config: LoadedConfig,
  names: readonly string[] | undefined,
): readonly PoolConfig[] {
  if (names === undefined) return config.pools;
  const known = config.pools.map((pool) => pool.id);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      `there is no pool ${unknown.join(', ')}`,
      `The configuration has ${known.join(', ')}.`,
    );
  }
  return config.pools.filter((pool) => names.includes(pool.id));
}

/**
 * Reads the roster as the configuration says.
 * @param memory by which an unchanged Google sheet is recognized.
 * @throws RosterError
 */
export function rosterOf(
  config: LoadedConfig,
  clock: Clock,
  signal: AbortSignal,
  memory?: SheetMemory,
): Promise<Roster> {
  return readRoster(config.roster, {
    pools: config.pools.map((pool) => pool.id),
    extraColumns: config.pools.map(granteeColumn).filter((column) => column !== 'email'),
    weeks: config.cohorts.weeks,
    clock,
    signal,
    memory,
  });
}
