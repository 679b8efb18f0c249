import { systemClock } from '../dates.ts';
import { CohortSyncError, EXIT, messageOf } from '../errors.ts';
import { createProvider } from '../providers/registry.ts';
import type { Roster } from '../roster/types.ts';
import { checkRedis } from './check-redis.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';
import { rosterOf, settingsOf } from './settings.ts';
import { type Paint, painter, print, printJson } from './terminal.ts';

/** One line of `check`. */
export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly message: string;
}

/**
 * `cohort-sync check`: the configuration, the roster, Redis and each provider, one line each. All are looked at, whatever
 * the others say. Changes nothing.
 * @throws ConfigError if the configuration can't be used: nothing else can be checked then.
 */
export async function check(io: CommandIo, options: CommonOptions): Promise<number> {
  const config = settingsOf(io, options);
  const checks = (
    await Promise.all([
      [{ check: 'config', ok: true, message: `${config.file}: ${config.pools.length} pools` }],
      one('roster', async () => rosterText(await rosterOf(config, systemClock, io.signal))),
      checkRedis(config, io),
      ...config.pools.map((pool) =>
        one(`pool ${pool.id}`, () => createProvider(pool, { clock: systemClock }).check(io.signal)),
      ),
    ])
  ).flat();
  if (options.json) await printJson(io.terminal.out, { checks });
  else
    for (const each of checks)
      print(io.terminal.out, lineOf(each, painter(io.terminal.out, io.terminal.env)));
  return checks.every((each) => each.ok) ? EXIT.ok : EXIT.failed;
}

/** Does one check; a failure is its message, never the end of the others. */
export async function one(name: string, look: () => Promise<string>): Promise<Check[]> {
  try {
    return [{ check: name, ok: true, message: await look() }];
  } catch (cause) {
    const advice = cause instanceof CohortSyncError ? ` ${cause.advice}` : '';
    return [{ check: name, ok: false, message: `${messageOf(cause)}${advice}` }];
  }
}

function rosterText({ location, rowCount, problems, rows }: Roster): string {
  const people = new Set(rows.map((row) => row.email)).size;
  const read = `${location}: ${rowCount} rows, ${people} people`;
  if (rowCount === 0) return `${read}. An empty roster holds every removal.`;
  if (problems.length === 0) return read;
  const named = problems.slice(0, 5).map(({ row, column, problem }) => `row ${row}, ${column}: ${problem}`);
  const more = problems.length > named.length ? `; and ${problems.length - named.length} more` : '';
  return `${read}; ${problems.length} problems: ${named.join('; ')}${more}`;
}

function lineOf({ check, ok, message }: Check, paint: Paint): string {
  return `${ok ? paint('green', 'ok    ') : paint('red', 'failed')} ${check}: ${message}`;
}
