import { z } from 'zod';
import type { AskedCell, SheetMemory } from '../roster/sheet-memory.ts';
import { keys, type Store } from './store.ts';
import { stored } from './stored.ts';

/**
 * How long it is believed (seconds): a chip can be given to a namesake, and a cell another format, without a change in the
 * values by which an unchanged sheet is recognized.
 */
const KEEP_SECONDS = 7 * 86_400;

const cell = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  stored({ serial: z.number(), shown: z.string() }),
]);

const kept = stored({
  hash: z.string(),
  cells: z.array(stored({ table: z.number(), row: z.number(), column: z.number(), cell })),
});

/**
 * What is remembered of the sheet, for all processes that share this ledger.
 *
 * @param looking for a command that changes nothing: it recalls, and keeps nothing.
 */
export function sheetMemoryIn({ redis }: Store, looking = false): SheetMemory {
  return {
    recall: async (hash) => {
      try {
        const json = await redis.get(keys.sheet);
        const known = json === null ? null : kept.parse(JSON.parse(json));
        return known?.hash === hash ? known.cells : null;
      } catch {
        // Of another version, or Redis is away: whoever writes to the ledger next says so.
        return null;
      }
    },
    keep: async (hash: string, cells: readonly AskedCell[]) => {
      if (looking) return;
      await redis.set(keys.sheet, JSON.stringify({ hash, cells }), 'EX', KEEP_SECONDS).catch(() => {});
    },
  };
}
