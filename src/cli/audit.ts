import { stringify } from 'csv-stringify/sync';
import { toInstant } from '../dates.ts';
import { CohortSyncError, EXIT, UsageError } from '../errors.ts';
import { type AuditEntry, readAudit } from '../ledger/audit.ts';
import { failureOf } from '../runs/preview.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';
import { parseMoment } from './moment.ts';
import type { CommonOptions } from './program.ts';
import { settingsOf } from './settings.ts';
import { print } from './terminal.ts';

const COLUMNS = ['at', 'run', 'pool', 'action', 'grantee', 'from', 'to', 'outcome', 'reason'] as const;

/** `cohort-sync audit`: the ledger of changes, oldest first, one entry a line. */
export async function audit(
  io: CommandIo,
  options: CommonOptions & { readonly since?: string; readonly format?: string },
): Promise<number> {
  const config = settingsOf(io, options);
  const { format = 'jsonl' } = options;
  if (format !== 'jsonl' && format !== 'csv') {
    throw new UsageError(`--format ${format} is not known`, 'Choose jsonl or csv.');
  }
  const since =
    options.since === undefined ? null : toInstant(parseMoment(options.since, config.timeZone, '--since'));
  const line = format === 'csv' ? csvLine : jsonLine;
  try {
    const ledger = await openLedgerForReading(config, io);
    try {
      if (format === 'csv') print(io.terminal.out, COLUMNS.join(','));
      if (ledger.store === null) return EXIT.ok;
      for await (const entry of readAudit(ledger.store, since)) print(io.terminal.out, line(entry));
      return EXIT.ok;
    } finally {
      await ledger.close();
    }
  } catch (cause) {
    if (!(cause instanceof CohortSyncError) || !options.json) throw cause;
    print(io.terminal.out, JSON.stringify({ error: failureOf(cause) }));
    return EXIT.failed;
  }
}

function jsonLine(entry: AuditEntry): string {
  return JSON.stringify(entry);
}

/** Cells that a spreadsheet would take for a formula are quoted out of it. */
function csvLine(entry: AuditEntry): string {
  return stringify([COLUMNS.map((column) => entry[column])], { escape_formulas: true }).trimEnd();
}
