import { counted } from '../counted.ts';
import { systemClock } from '../dates.ts';
import { CohortSyncError, EXIT, messageOf } from '../errors.ts';
import { loadProviders } from '../providers/registry.ts';
import type { Roster } from '../roster/types.ts';
import type { FailureDocument, ProblemDocument } from '../runs/documents.ts';
import { protections } from '../runs/inputs.ts';
import { checkRedis } from './check-redis.ts';
import { checkSchedule } from './check-schedule.ts';
import type { CommandIo } from './io.ts';
import { problemRows, renderProblems, rowName } from './problem-report.ts';
import type { CommonOptions } from './program.ts';
import { rosterOf, settingsOf } from './settings.ts';
import { type Paint, painter, print, printJson } from './terminal.ts';

/** One line of `check`. */
export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly message: string;
  /** It can be worked with, but somebody should look at it. */
  readonly warning?: true;
}

/** What a look came to, where it may be something to look at. */
interface Said {
  readonly text: string;
  readonly warning: boolean;
}

/**
 * `cohort-sync check`: the configuration, the roster, Redis and each provider, one line each. All are looked at, whatever
 * the others say. Changes nothing.
 * @throws ConfigError if the configuration can't be used: nothing else can be checked then.
 */
export async function check(io: CommandIo, options: CommonOptions): Promise<number> {
  const config = settingsOf(io, options);
  const createProvider = await loadProviders(config.pools);
  const problems: ProblemDocument[] = [];
  const readRoster = async () => {
    const roster = await rosterOf(config, systemClock, io.signal);
    problems.push(...protections(roster, roster.rows).problems);
    return rosterText(roster, config.guardrails.invalidRows);
  };
  const checks = (
    await Promise.all([
      [{ check: 'config', ok: true, message: `${config.file}: ${counted(config.pools.length, 'pool')}` }],
      one('roster', readRoster),
      checkRedis(config, io),
      ...config.pools.map((pool) =>
        one(`pool ${pool.id}`, () => createProvider(pool, { clock: systemClock }).check(io.signal)),
      ),
      checkSchedule(config, io),
    ])
  ).flat();
  if (options.json) await printJson(io.terminal.out, { checks: checks.map(documentOf), ...errorOf(checks) });
  else printChecks(checks, problems, io);
  return checks.every((each) => each.ok) ? EXIT.ok : EXIT.failed;
}

function documentOf({ check, ok, message }: Check): Check {
  return { check, ok, message };
}

/** As every document has it where something failed. */
function errorOf(checks: readonly Check[]): { error?: FailureDocument } {
  const failed = checks.filter(({ ok }) => !ok).map(({ check }) => check);
  if (failed.length === 0) return {};
  return {
    error: {
      message: `${failed.length} of ${counted(checks.length, 'check')} failed: ${failed.join(', ')}`,
      advice: 'Each says in its message what to do.',
    },
  };
}

function printChecks(
  checks: readonly Check[],
  problems: readonly ProblemDocument[],
  { terminal }: CommandIo,
): void {
  const paint = painter(terminal.out, terminal.env);
  for (const each of checks) print(terminal.out, lineOf(each, paint));
  if (problems.length > 0) print(terminal.out, `\n${renderProblems(problems, paint)}`);
}

/** Does one check; a failure is its message, never the end of the others. */
export async function one(name: string, look: () => Promise<string | Said>): Promise<Check[]> {
  try {
    const said = await look();
    if (typeof said === 'string') return [{ check: name, ok: true, message: said }];
    return [{ check: name, ok: true, message: said.text, ...(said.warning ? { warning: true } : {}) }];
  } catch (cause) {
    const message = messageOf(cause);
    const advice =
      cause instanceof CohortSyncError ? `${/[.!?]$/.test(message) ? '' : '.'} ${cause.advice}` : '';
    return [{ check: name, ok: false, message: `${message}${advice}` }];
  }
}

/** @param allowed the largest share of unreadable rows with which removals still pass. */
function rosterText(roster: Roster, allowed: number): Said {
  const { location, rowCount, problems, rows } = roster;
  const people = new Set(rows.map((row) => row.email)).size;
  const read = `${location}: ${counted(rowCount, 'row')}, ${counted(people, 'person', 'people')}`;
  if (rowCount === 0) return { text: `${read}. An empty roster holds every removal.`, warning: true };
  if (problems.length === 0) return { text: read, warning: false };
  const doubtful = problemRows(protections(roster, []).problems);
  const named = doubtful.slice(0, 5).map(({ faults, ...where }) => {
    const list = faults.map(({ column, problem }) => `${column}: ${problem}`).join('; ');
    return `${rowName(where)} (${list})`;
  });
  const more = doubtful.length > named.length ? `, and ${doubtful.length - named.length} more` : '';
  const holds = (rowCount - rows.length) / rowCount > allowed;
  const until = holds
    ? `. That is more than guardrails.invalidRows allows (${Math.round(allowed * 100)}%): until they are mended nobody loses a seat and none is given back`
    : '';
  const text = `${read}; ${counted(doubtful.length, 'row')} could not be believed: ${named.join(', ')}${more}${until}`;
  return { text, warning: holds };
}

function lineOf({ check, ok, message, warning }: Check, paint: Paint): string {
  const mark = !ok ? paint('red', 'failed') : warning ? paint('yellow', 'look  ') : paint('green', 'ok    ');
  return `${mark} ${check}: ${message}`;
}
