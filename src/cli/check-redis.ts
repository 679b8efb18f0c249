import type { LoadedConfig } from '../../config/load.ts';
import { CohortSyncError } from '../errors.ts';
import { inspectDurability, type TellingRedis } from '../queue/durability.ts';
import { usesPrivateRedis } from '../queue/private-folder.ts';
import { findRedisServer } from '../queue/server-binary.ts';
import { type Check, one } from './check.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';

/** One line for `check`. Where nothing has been recorded yet no server is started: only whether there is one to start. */
export function checkRedis(config: LoadedConfig, io: CommandIo): Promise<Check[]> {
  return one('redis', async () => {
    const { dataFolder } = config.redis;
    const ledger = await openLedgerForReading(config, io);
    try {
      if (ledger.store === null) {
        const binary = findRedisServer(io.terminal.env);
        return `a private one, ${binary}, is started in ${dataFolder} by the first run; nothing is recorded yet`;
      }
      const place = usesPrivateRedis(config) ? `a private one in ${dataFolder}` : 'answers';
      const warnings = await warningsOf(ledger.store.redis);
      return [place, ...warnings.map((warning) => `warning: ${warning}`)].join('; ');
    } finally {
      await ledger.close();
    }
  });
}

/**
 * What may be lost with this Redis.
 * @throws CohortSyncError if it can't keep the record of purchases at all.
 */
export async function warningsOf(redis: TellingRedis): Promise<readonly string[]> {
  const { fatal, warnings } = await inspectDurability(redis);
  if (fatal.length === 0) return warnings;
  throw new CohortSyncError(
    `this Redis can't keep the record of purchases: ${fatal.join('; ')}`,
    'Put that right, set redis.url to another Redis, or leave it out for a private one.',
  );
}
