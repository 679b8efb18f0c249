import { CommanderError } from 'commander';
import { CohortSyncError, ConfigError, EXIT, messageOf, UsageError } from '../errors.ts';
import { createProgram } from './program.ts';

/** The process: arguments in, exit code out. Everything else is in the commands. */
async function main(): Promise<number> {
  const signals = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => signals.abort());
  try {
    return await run(signals.signal);
  } catch (cause) {
    return report(cause);
  }
}

async function run(signal: AbortSignal): Promise<number> {
  let code: number = EXIT.ok;
  const terminal = { out: process.stdout, err: process.stderr, env: process.env };
  const program = createProgram({ terminal, cwd: process.cwd(), signal }, (exit) => {
    code = exit;
  });
  await program.parseAsync(process.argv);
  return code;
}

function report(cause: unknown): number {
  // Commander has printed its own message, or the help that was asked for.
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.ok : EXIT.usage;
  process.stderr.write(`cohort-sync: ${messageOf(cause)}\n`);
  if (cause instanceof CohortSyncError) process.stderr.write(`${cause.advice}\n`);
  else if (cause instanceof Error) process.stderr.write(`${cause.stack ?? ''}\n`);
  if (cause instanceof ConfigError) return EXIT.config;
  if (cause instanceof UsageError) return EXIT.usage;
  return EXIT.failed;
}

process.exitCode = await main();
