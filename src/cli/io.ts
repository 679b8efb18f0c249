import type { Terminal } from './terminal.ts';

/** The world as a command sees it. */
export interface CommandIo {
  readonly terminal: Terminal;
  readonly cwd: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}
