import { z } from 'zod';
import { fromInstant, type IsoInstant } from '../dates.ts';
import { keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/**
 * One entry of the ledger of changes (rule 16). Every call that changes something has one before (`started`) and one
 * after. `from` and `to` are seat totals for changes of quantity, and the seat's state for people.
 */
export const auditEntry = stored({
  at: z.string(),
  run: z.string(),
  pool: z.string(),
  action: z.enum(['unassign', 'increment', 'assign', 'decrement', 'drift', 'approve', 'reject']),
  grantee: z.string().nullable(),
  from: z.union([z.string(), z.number(), z.null()]),
  to: z.union([z.string(), z.number(), z.null()]),
  /**
   * `started`: about to be asked for. `applied`: confirmed by the provider's answer or by reading. `refused`: the provider said no.
   * `unknown`: asked for, but the answer did not come. `not-sent`, `not-applied`: certainly without effect. `in-doubt`: a person has to look.
   * `observed`: changed without us. `decided`: a person approved or rejected what was held.
   */
  outcome: z.enum([
    'started',
    'applied',
    'refused',
    'unknown',
    'not-sent',
    'not-applied',
    'in-doubt',
    'observed',
    'decided',
  ]),
  reason: z.string(),
});

export type AuditEntry = z.infer<typeof auditEntry>;

/** The write that appends one entry. Entries are never changed or removed. */
export function auditWrite(entry: AuditEntry): Write {
  return { command: 'XADD', key: keys.audit, args: ['*', 'entry', JSON.stringify(entry)] };
}

/** All entries from a moment on, oldest first, a page at a time. */
export async function* readAudit(store: Store, since: IsoInstant | null): AsyncGenerator<AuditEntry> {
  const PAGE = 1000;
  const from = since === null ? null : fromInstant(since);
  let after = '-';
  for (;;) {
    const page = await readLedger(() => store.redis.xrange(keys.audit, after, '+', 'COUNT', PAGE));
    for (const [, fields] of page) {
      const entry = auditEntry.parse(JSON.parse(fields[1] ?? 'null'));
      // As moments, not as text: one has fractions of a second, the other may not.
      if (from === null || fromInstant(entry.at) >= from) yield entry;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = `(${last[0]}`;
  }
}

/** Of the audit, how much is searched for what concerns one person. */
const SEARCHED = 50_000;

/** The latest entry on what became of a change that fits, `started` ones and decisions aside; null if there is none among the last 50,000. */
export async function lastEntryOf(
  store: Store,
  fits: (entry: AuditEntry) => boolean,
): Promise<AuditEntry | null> {
  for await (const entry of latestFirst(store)) {
    if (entry.outcome !== 'started' && entry.outcome !== 'decided' && fits(entry)) return entry;
  }
  return null;
}

/** The entries that fit among the last 50,000, the latest first, `most` at most. */
export async function entriesOf(
  store: Store,
  fits: (entry: AuditEntry) => boolean,
  most: number,
): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for await (const entry of latestFirst(store)) {
    if (fits(entry)) found.push(entry);
    if (found.length === most) break;
  }
  return found;
}

async function* latestFirst(store: Store): AsyncGenerator<AuditEntry> {
  const PAGE = 1000;
  let before = '+';
  for (let searched = 0; searched < SEARCHED; searched += PAGE) {
    const page = await readLedger(() => store.redis.xrevrange(keys.audit, before, '-', 'COUNT', PAGE));
    for (const [, fields] of page) yield auditEntry.parse(JSON.parse(fields[1] ?? 'null'));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    before = `(${last[0]}`;
  }
}
