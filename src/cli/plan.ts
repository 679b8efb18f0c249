import path from 'node:path';
import { clockStartingAt, systemClock, zonedText } from '../dates.ts';
import { UsageError } from '../errors.ts';
import { loadProviders } from '../providers/registry.ts';
import type { PlanDocument } from '../runs/documents.ts';
import { previewSync } from '../runs/preview.ts';
import { readAhead } from '../runs/read-ahead.ts';
import { planExitCode } from '../runs/verdict.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';
import { parseMoment } from './moment.ts';
import type { CommonOptions } from './program.ts';
import { renderPlan } from './render.ts';
import { poolsNamed, rosterOf, settingsOf } from './settings.ts';
import { painter, print, printJson } from './terminal.ts';

interface PlanOptions extends CommonOptions {
  readonly pool?: readonly string[];
  readonly at?: string;
  /** A file for what is wrong with the roster. */
  readonly problems?: string;
  readonly markdown?: boolean;
}

/** `cohort-sync plan`: what a sync would do and why. Changes nothing, and starts nothing but its own reading. */
export async function plan(io: CommandIo, options: PlanOptions): Promise<number> {
  if (options.json && options.markdown)
    throw new UsageError('--json and --markdown are two ways to print one plan', 'Choose one of them.');
  const config = settingsOf(io, options);
  const pools = poolsNamed(config, options.pool);
  const now = options.at === undefined ? systemClock.now() : parseMoment(options.at, config.timeZone);
  const clock = clockStartingAt(now, systemClock);
  const createProvider = await loadProviders(pools);
  const empty = (): PlanDocument => {
    return { at: zonedText(now, config.timeZone), verdict: 'failed', problems: [], pools: [] };
  };
  return orDocument(io, options, empty, async () => {
    const ledger = await openLedgerForReading(config, io);
    const over = new AbortController();
    const signal = AbortSignal.any([io.signal, over.signal]);
    const providers = new Map(
      pools.map((pool) => [pool.id, readAhead(createProvider(pool, { clock: systemClock }), signal)]),
    );
    const providerOf = (pool: (typeof pools)[number]) =>
      providers.get(pool.id) ?? createProvider(pool, { clock: systemClock });
    try {
      const roster = await rosterOf(config, clock, signal, ledger.sheetMemory);
      const context = { config, store: ledger.store, providerOf, clock: { now: () => now }, signal };
      const document = await previewSync(context, roster, pools);
      if (options.problems !== undefined) {
        const { writeProblems } = await import('./problems-csv.ts');
        await writeProblems(path.resolve(io.cwd, options.problems), document.problems);
      }
      if (options.json) await printJson(io.terminal.out, document);
      else if (options.markdown) {
        const { renderPlanMarkdown } = await import('./render-markdown.ts');
        print(io.terminal.out, renderPlanMarkdown(document));
      } else print(io.terminal.out, renderPlan(document, painter(io.terminal.out, io.terminal.env)));
      return planExitCode(document);
    } finally {
      over.abort();
      await ledger.close();
    }
  });
}
