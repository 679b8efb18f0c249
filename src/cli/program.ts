import { Command, Option } from 'commander';
import type { InitOptions } from './init.ts';
import type { CommandIo } from './io.ts';
import { readVersion } from './version.ts';

/** What every command can be given. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

type Run<Options> = (
  io: CommandIo,
  options: Options & CommonOptions,
  args: readonly string[],
) => Promise<number>;

/**
 * The commands with their options and help. The code of a command is loaded when it is run, so that each starts fast.
 * @param exit is told the exit code of the command that ran.
 * @param asked the first word of the command line: where it is a command, the others are left out.
 */
export function createProgram(io: CommandIo, exit: (code: number) => void, asked?: string): Command {
  const program = new Command('cohort-sync')
    .description('Keeps paid license seats in step with a teaching roster.')
    .exitOverride()
    .version(readVersion(), '-V, --version', 'print the version')
    .configureOutput({
      writeOut: (text) => io.terminal.out.write(text),
      writeErr: (text) => io.terminal.err.write(text),
    })
    .addHelpText('after', EXIT_CODES);

  function command<Options>(
    usage: string,
    description: string,
    example: string,
    load: () => Promise<Run<Options>>,
  ): Command {
    return program
      .command(usage)
      .description(description)
      .exitOverride()
      .option(
        '--config <path>',
        'the configuration file (default: cohort-sync.yaml in the working directory)',
      )
      .option('--json', 'print one JSON document on standard output')
      .addHelpText('after', `\nExample:\n  $ ${example}\n`)
      .action(async (...given: unknown[]) => {
        const self = given.at(-1);
        if (!(self instanceof Command)) throw new Error('commander passed no command');
        const run = await load();
        exit(await run(io, self.opts<Options & CommonOptions>(), self.args));
      });
  }

  const pools = () => new Option('--pool <id...>', 'only these pools');
  const at = () =>
    new Option('--at <date-time>', 'as of this moment: ISO 8601, in the configured zone if it has no offset');

  const commands: Readonly<Record<string, () => Command>> = {
    init: () =>
      command<InitOptions>(
        'init',
        'writes a commented configuration and a sample roster; overwrites nothing',
        'cohort-sync init --roster instructors.xlsx',
        async () => (await import('./init.ts')).init,
      )
        .option('--roster <file>', 'a CSV or XLSX roster that you have: its columns are filled in')
        .option('--spreadsheet <id>', 'a Google spreadsheet that you have, by its id or its address')
        .option('--credentials <file>', "the service account's key file, for --spreadsheet")
        .option('--time-zone <zone>', "the zone of the cohorts' days (default: this machine's)")
        .option('--sandbox [url]', 'fill in a running sandbox in place of the providers'),
    check: () =>
      command(
        'check',
        'validates the configuration, reads the roster, reaches each provider and Redis; changes nothing',
        'cohort-sync check',
        async () => (await import('./check.ts')).check,
      ),
    plan: () =>
      command<{ pool?: string[]; at?: string; problems?: string; markdown?: boolean }>(
        'plan',
        'prints what a sync would do and why; changes nothing',
        'cohort-sync plan --pool salable-teaching --at 2026-11-24',
        async () => (await import('./plan.ts')).plan,
      )
        .addOption(pools())
        .addOption(at())
        .option('--markdown', 'print it as Markdown, for a ticket or a chat')
        .option('--problems <file.csv>', 'write what is wrong with the roster to this file, row by row'),
    sync: () =>
      command<{ pool?: string[]; at?: string; wait?: boolean }>(
        'sync',
        'starts a run, or joins the one that is under way',
        'cohort-sync sync --wait',
        async () => (await import('./sync.ts')).sync,
      )
        .addOption(pools())
        .addOption(at())
        .option('--wait', 'work on it here too, show progress, and print the result'),
    runs: () =>
      command<{ last?: string }>(
        'runs',
        'lists past and present runs, newest first',
        'cohort-sync runs --last 5',
        async () => (await import('./runs.ts')).runs,
      ).option('--last <count>', 'how many', '20'),
    show: () =>
      command(
        'show <run>',
        'shows one run in full: what was done, what is left, and why',
        'cohort-sync show r-20261122-060000-k3f9',
        async () => (await import('./runs.ts')).show,
      ),
    approve: () =>
      command<{ yes?: boolean; wait?: boolean; note?: string }>(
        'approve <run>',
        'approves what a run holds, after showing it, and starts a run of those pools',
        'cohort-sync approve r-20261122-060000-k3f9 --yes --wait',
        async () => (await import('./approve.ts')).approve,
      )
        .option('--yes', 'do not ask')
        .option('--wait', 'work on the run here too, show progress, and print the result')
        .option('--note <text>', 'why, for the record'),
    reject: () =>
      command<{ yes?: boolean; note?: string }>(
        'reject <run>',
        'decides against what a run holds: it is not asked again while it stays as it is',
        'cohort-sync reject r-20261122-060000-k3f9 --note "on leave, back in March"',
        async () => (await import('./approve.ts')).reject,
      )
        .option('--yes', 'do not ask')
        .option('--note <text>', 'why, for the record'),
    explain: () =>
      command(
        'explain <email>',
        'why this person has, keeps, lacks or loses a seat, in each pool; changes nothing',
        'cohort-sync explain ann@example.org',
        async () => (await import('./explain.ts')).explain,
      ),
    forecast: () =>
      command<{ pool?: string[]; at?: string; weeks?: string; past?: boolean; since?: string }>(
        'forecast',
        'seats needed on each coming day, what is missing and when to buy it; or what became of the seats',
        'cohort-sync forecast --weeks 12',
        async () => (await import('./forecast.ts')).forecast,
      )
        .addOption(pools())
        .addOption(at())
        .option('--weeks <count>', 'how far to look', '8')
        .option('--past', 'seats paid, used and idle so far, and what holding the peak would have cost')
        .option('--since <date-time>', 'with --past: from this moment on'),
    audit: () =>
      command<{ since?: string; format?: string }>(
        'audit',
        'the ledger of changes, oldest first, one entry a line',
        'cohort-sync audit --since 2026-11-01 --format csv',
        async () => (await import('./audit.ts')).audit,
      )
        .option('--since <date-time>', 'from this moment on')
        .option('--format <format>', 'jsonl or csv', 'jsonl'),
    adopt: () =>
      command<{ pool?: string; from?: string; yes?: boolean }>(
        'adopt',
        'takes an exported list into the ledger as the assignments of a pool that can not be read',
        'cohort-sync adopt --pool mail-merge --from export.csv',
        async () => (await import('./adopt.ts')).adopt,
      )
        .requiredOption('--pool <id>', 'the pool')
        .requiredOption('--from <file>', "a CSV file with a column named like the roster's email column")
        .option('--yes', 'do not ask'),
    serve: () =>
      command<{ only?: string }>(
        'serve',
        'the unattended service: runs by schedule, workers, HTTP API; until SIGTERM, and anew at SIGHUP',
        'cohort-sync serve --only worker',
        async () => (await import('./serve.ts')).serve,
      ).option('--only <parts>', 'only some of worker, schedule and http, comma-separated'),
    sandbox: () =>
      command<{ host?: string; port?: string; folder?: string }>(
        'sandbox',
        'serves stand-ins for the providers and the sheet, to try everything without an account',
        'cohort-sync sandbox --port 8090',
        async () => (await import('./sandbox.ts')).sandbox,
      ).option('--port <port>', 'the port on 127.0.0.1; 0 takes a free one', '8090'),
  };
  const one = Object.entries(commands).filter(([name]) => name === asked);
  for (const [, add] of one.length > 0 ? one : Object.entries(commands)) add();
  return program;
}

const EXIT_CODES = `
Exit codes: 0 done, or nothing to do; 1 failed; 2 changes pending (plan only); 3 held for approval or waiting for
seats; 4 done, but some people or pools failed; 64 wrong usage; 78 wrong configuration.
`;
