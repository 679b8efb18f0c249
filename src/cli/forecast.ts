import { clockStartingAt, systemClock, toInstant } from '../dates.ts';
import { EXIT, UsageError } from '../errors.ts';
import { loadProviders } from '../providers/registry.ts';
import { FORECAST_WEEKS, type ForecastDocument, forecastPools } from '../runs/forecast.ts';
import { readPast } from '../runs/past.ts';
import { orDocument } from './failure.ts';
import type { CommandIo } from './io.ts';
import { openLedgerForReading } from './ledger.ts';
import { parseMoment } from './moment.ts';
import type { CommonOptions } from './program.ts';
import { renderForecast, renderPast } from './render-forecast.ts';
import { poolsNamed, rosterOf, settingsOf } from './settings.ts';
import { painter, print, printJson } from './terminal.ts';

interface ForecastOptions extends CommonOptions {
  readonly pool?: readonly string[];
  readonly at?: string;
  readonly weeks?: string;
  readonly past?: boolean;
  readonly since?: string;
}

/** `cohort-sync forecast`: seats needed on each coming day, or with `--past` what became of them. Changes nothing. */
export async function forecast(io: CommandIo, options: ForecastOptions): Promise<number> {
  const config = settingsOf(io, options);
  const pools = poolsNamed(config, options.pool);
  const weeks = weeksOf(options.weeks);
  if (options.since !== undefined && !options.past)
    throw new UsageError('--since is for --past', 'A forecast begins today; --at sets another day.');
  const moment = (text: string) => parseMoment(text, config.timeZone);
  const clock = options.at === undefined ? systemClock : clockStartingAt(moment(options.at), systemClock);
  const paint = painter(io.terminal.out, io.terminal.env);
  return orDocument(
    io,
    options,
    () => ({ pools: [] }),
    async () => {
      const ledger = await openLedgerForReading(config, io);
      const { store } = ledger;
      try {
        if (options.past) {
          const since = options.since === undefined ? null : toInstant(moment(options.since));
          const past = await readPast(store, config, pools, { since, now: clock.now() });
          if (options.json) await printJson(io.terminal.out, past);
          else print(io.terminal.out, renderPast(past, paint));
          return EXIT.ok;
        }
        const createProvider = await loadProviders(pools);
        const providerOf = (pool: (typeof pools)[number]) => createProvider(pool, { clock: systemClock });
        const roster = await rosterOf(config, clock, io.signal, ledger.sheetMemory);
        const context = { config, store, providerOf, clock, signal: io.signal };
        const document = await forecastPools(context, roster, pools, weeks);
        if (options.json) await printJson(io.terminal.out, document);
        else print(io.terminal.out, renderForecast(document, paint));
        return exitCode(document);
      } finally {
        await ledger.close();
      }
    },
  );
}

function weeksOf(text = String(FORECAST_WEEKS.usual)): number {
  const weeks = Number(text);
  if (Number.isInteger(weeks) && weeks >= 1 && weeks <= FORECAST_WEEKS.most) return weeks;
  throw new UsageError(
    `--weeks ${text} is not a number of weeks`,
    `Give a whole number from 1 to ${FORECAST_WEEKS.most}.`,
  );
}

/** A forecast is no verdict: only a pool that could not be read counts. */
function exitCode({ pools }: ForecastDocument): number {
  const failed = pools.filter((pool) => pool.error !== undefined).length;
  if (failed === 0) return EXIT.ok;
  return failed === pools.length ? EXIT.failed : EXIT.partial;
}
