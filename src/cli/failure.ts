import { ConfigError, EXIT, UsageError } from '../errors.ts';
import { failureOf } from '../runs/preview.ts';
import type { CommandIo } from './io.ts';
import type { CommonOptions } from './program.ts';
import { printJson } from './terminal.ts';

/**
 * Does a command's work. With `--json` whatever goes wrong is a document too: `empty`, the command's document with
 * nothing in it, with `error`. Wrong usage and a wrong configuration have exit codes of their own and no document.
 */
export async function orDocument(
  io: CommandIo,
  options: CommonOptions,
  empty: () => object,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (cause) {
    if (!options.json || cause instanceof UsageError || cause instanceof ConfigError) throw cause;
    await printJson(io.terminal.out, { ...empty(), error: failureOf(cause) });
    return EXIT.failed;
  }
}
