import { CommanderError } from 'commander';
import { CohortSyncError, ConfigError, EXIT, messageOf, UsageError } from '../errors.ts';
import { createProgram } from './program.ts';
import { isClosedPipe } from './terminal.ts';

/** Runs the command that the process was started with. Resolves to its exit code. */
export async function runProcess(): Promise<number> {
  const signals = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => signals.abort());
  tolerateClosedPipes();
  // Node would print such an error with all its fields, and one of them may hold a password.
  process.on('uncaughtException', (cause) => process.exit(report(cause)));
  try {
    return await run(signals.signal);
  } catch (cause) {
    return report(signals.signal.aborted && isAbort(cause) ? interrupted() : cause);
  }
}

async function run(signal: AbortSignal): Promise<number> {
  let code: number = EXIT.ok;
  const terminal = { out: process.stdout, err: process.stderr, env: process.env };
  const exit = (told: number) => {
    code = told;
  };
  const io = { terminal, cwd: process.cwd(), signal };
  await createProgram(io, exit, process.argv[2]).parseAsync(process.argv);
  return code;
}

function isAbort(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'AbortError';
}

function interrupted(): CohortSyncError {
  return new CohortSyncError('interrupted', 'See what has been done with: cohort-sync runs');
}

/** Says what went wrong, and answers the exit code for it. */
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

/** The command goes on where nobody reads what it prints. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (cause) => {
      if (!isClosedPipe(cause)) throw cause;
    });
  }
}
