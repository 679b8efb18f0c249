import type { LoadedConfig } from '../../config/load.ts';
import type { Store } from '../ledger/store.ts';
import { hasPrivateRedis, usesPrivateRedis } from '../queue/private-folder.ts';
import type { SheetMemory } from '../roster/sheet-memory.ts';
import type { CommandIo } from './io.ts';

export interface LedgerForReading {
  /** null where nothing has been recorded yet, so that looking starts no server. */
  readonly store: Store | null;
  /** What runs have found out about a Google sheet; undefined without a ledger. */
  readonly sheetMemory: SheetMemory | undefined;
  close(): Promise<void>;
}

/** The ledger, for a command that changes nothing. @throws CohortSyncError if Redis can't be reached. */
export async function openLedgerForReading(config: LoadedConfig, io: CommandIo): Promise<LedgerForReading> {
  if (usesPrivateRedis(config) && !hasPrivateRedis(config.redis.dataFolder)) {
    return { store: null, sheetMemory: undefined, close: async () => {} };
  }
  // Loaded only here: a first `plan` needs none of it, and loading it takes longer than all the rest.
  const [{ createLog }, { openRedis }, { sheetMemoryIn }] = await Promise.all([
    import('../log.ts'),
    import('../queue/access.ts'),
    import('../ledger/sheet.ts'),
  ]);
  // That Redis is away is what the command ends with; it needs no log line before.
  const log = createLog({ level: 'error', stream: io.terminal.err, secrets: config.secrets });
  const access = await openRedis(config, { env: io.terminal.env, signal: io.signal, log });
  try {
    const store = { redis: await access.connect('ledger') };
    return { store, sheetMemory: sheetMemoryIn(store, true), close: () => access.close() };
  } catch (cause) {
    await access.close();
    throw cause;
  }
}
