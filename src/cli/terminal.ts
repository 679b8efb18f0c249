import { stripVTControlCharacters, styleText } from 'node:util';

/** A stream that may be a terminal. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  /** Its width in characters. */
  readonly columns?: number | undefined;
};

/** Where a command writes: results to `out`, everything about the doing to `err`. */
export interface Terminal {
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Paint = (style: 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold', text: string) => string;

/**
 * Colors only where a person sees them: on a terminal, unless `NO_COLOR` is set or the terminal is dumb. `FORCE_COLOR`
 * turns them on elsewhere.
 */
export function painter(stream: Output, env: Terminal['env']): Paint {
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0';
  const colored = !env.NO_COLOR && (forced || (stream.isTTY === true && env.TERM !== 'dumb'));
  return (style, text) => (colored ? styleText(style, text, { validateStream: false }) : text);
}

export function print(stream: Output, text: string): void {
  stream.write(`${printable(text)}\n`);
}

/**
 * Without control characters but line breaks, tabs and the colors of `painter`: what a cell of the roster or an answer holds
 * must not move the cursor, clear the screen, set a title or hide the lines that follow.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}(\[(?:1|2|22|31|32|33|36|39)m)?/gu, (found, color = '') =>
    found === '\n' || found === '\t' || (color !== '' && found.startsWith('\u001B')) ? found : color,
  );
}

/**
 * Prints one JSON document and waits until it has left, so that a pipe gets all of it before the process ends. That
 * nobody reads it (any more) is no failure of the command.
 */
export function printJson(stream: Output, document: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(`${JSON.stringify(document, null, 2)}\n`, (cause) =>
      cause && !isClosedPipe(cause) ? reject(cause) : resolve(),
    );
  });
}

/** As with `cohort-sync runs | head -1`: whoever read the output has seen enough. */
export function isClosedPipe(cause: Error): boolean {
  return 'code' in cause && cause.code === 'EPIPE';
}

/** Rows in columns as wide as their longest cell; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
    });
  }
  const padded = (cell: string, index: number) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell));
  return rows
    .map((row) => indent + [...row.slice(0, -1).map(padded), row.at(-1) ?? ''].join('  ').trimEnd())
    .join('\n');
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
