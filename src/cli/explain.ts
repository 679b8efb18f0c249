import { rowName } from '../cohorts/row-name.ts';
import { systemClock } from '../dates.ts';
import { normalizeEmail } from '../emails.ts';
import { EXIT, UsageError } from '../errors.ts';
import { loadProviders } from '../providers/registry.ts';
import { type ExplainDocument, explainPerson } from '../runs/explain.ts';
import { STANDS } from '../runs/standing.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';
import type { CommonOptions } from './program.ts';
import { rosterOf, settingsOf } from './settings.ts';
import { type Paint, painter, print, printJson } from './terminal.ts';

/** `cohort-sync explain EMAIL`: why this person has, keeps, lacks or loses a seat, in each pool. Changes nothing. */
export async function explain(
  io: CommandIo,
  options: CommonOptions,
  args: readonly string[],
): Promise<number> {
  const config = settingsOf(io, options);
  const person = normalizeEmail(args[0] ?? '');
  if (!person.includes('@')) {
    throw new UsageError(
      `${args[0]} is not an email address`,
      'Give the address as the roster has it: cohort-sync explain ann@example.org',
    );
  }
  return orDocument(
    io,
    options,
    () => ({ person, pools: [] }),
    async () => {
      const ledger = await openLedgerForReading(config, io);
      try {
        const createProvider = await loadProviders(config.pools);
        const document = await explainPerson(
          {
            config,
            store: ledger.store,
            providerOf: (pool) => createProvider(pool, { clock: systemClock }),
            roster: await rosterOf(config, systemClock, io.signal, ledger.sheetMemory),
            now: systemClock.now(),
            signal: io.signal,
          },
          person,
        );
        if (options.json) await printJson(io.terminal.out, document);
        else print(io.terminal.out, render(document, painter(io.terminal.out, io.terminal.env)));
        const failed = document.pools.filter((pool) => pool.error !== undefined).length;
        return failed === 0 ? EXIT.ok : failed === document.pools.length ? EXIT.failed : EXIT.partial;
      } finally {
        await ledger.close();
      }
    },
  );
}

function render({ person, pools }: ExplainDocument, paint: Paint): string {
  const parts = pools.map((pool) => {
    const lines = [
      `${paint('bold', pool.pool)}: ${person} ${STANDS[pool.state]}: ${pool.reason}`,
      `  decided by: ${pool.rule}`,
      ...pool.rows.map((row) => `  ${rowName(row)}: cohort ${row.cohort}, ${row.startsOn} to ${row.endsOn}`),
    ];
    if (pool.lastAnswer !== null) lines.push(`  last answer: ${pool.lastAnswer}`);
    if (pool.nextTry !== null) lines.push(`  next try: ${pool.nextTry}`);
    return lines.join('\n');
  });
  return parts.join('\n\n');
}
