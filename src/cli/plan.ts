import { clockStartingAt, systemClock, zonedText } from '../dates.ts';
import { CohortSyncError, EXIT } from '../errors.ts';
import { createProvider } from '../providers/registry.ts';
import type { PlanDocument } from '../runs/documents.ts';
import { failureOf, previewSync } from '../runs/preview.ts';
import { planExitCode } from '../runs/verdict.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';
import { parseMoment } from './moment.ts';
import type { CommonOptions } from './program.ts';
import { renderPlan } from './render.ts';
import { poolsNamed, rosterOf, settingsOf } from './settings.ts';
import { painter, print, printJson } from './terminal.ts';

/** `cohort-sync plan`: what a sync would do and why. Changes nothing, and starts nothing but its own reading. */
export async function plan(
  io: CommandIo,
  options: CommonOptions & { readonly pool?: readonly string[]; readonly at?: string },
): Promise<number> {
  const config = settingsOf(io, options);
  const pools = poolsNamed(config, options.pool);
  const clock =
    options.at === undefined
      ? systemClock
      : clockStartingAt(parseMoment(options.at, config.timeZone), systemClock);
  const providerOf = (pool: (typeof pools)[number]) => createProvider(pool, { clock: systemClock });
  let document: PlanDocument & { readonly error?: unknown };
  let code: number;
  const ledger = await openLedgerForReading(config, io).catch((cause: unknown) => ({ cause }));
  try {
    if ('cause' in ledger) throw ledger.cause;
    const roster = await rosterOf(config, clock, io.signal);
    document = await previewSync(
      { config, store: ledger.store, providerOf, clock, signal: io.signal },
      roster,
      pools,
    );
    code = planExitCode(document);
  } catch (cause) {
    if (!(cause instanceof CohortSyncError) || !options.json) throw cause;
    const at = zonedText(clock.now(), config.timeZone);
    document = { at, verdict: 'failed', problems: [], pools: [], error: failureOf(cause) };
    code = EXIT.failed;
  } finally {
    if (!('cause' in ledger)) await ledger.close();
  }
  if (options.json) await printJson(io.terminal.out, document);
  else print(io.terminal.out, renderPlan(document, painter(io.terminal.out, io.terminal.env)));
  return code;
}
