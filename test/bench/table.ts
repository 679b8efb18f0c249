/** One line of the result. */
export interface Line {
  readonly what: string;
  readonly measured: string;
  /** Empty where the figure is for information. */
  readonly limit: string;
  readonly pass: boolean | null;
}

/** A figure that has to stay at or below a limit. */
export function atMost(what: string, value: number, limit: number, unit = ''): Line {
  return { what, measured: text(value, unit), limit: `at most ${text(limit, unit)}`, pass: value <= limit };
}

/** A figure that has to reach a limit. */
export function atLeast(what: string, value: number, limit: number, unit = ''): Line {
  return { what, measured: text(value, unit), limit: `at least ${text(limit, unit)}`, pass: value >= limit };
}

export function information(what: string, value: number, unit = ''): Line {
  return { what, measured: text(value, unit), limit: '', pass: null };
}

function text(value: number, unit: string): string {
  const digits = Number.isInteger(value) ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`;
}

export function renderLines(lines: readonly Line[]): string {
  const rows = lines.map(({ what, measured, limit, pass }) => [
    pass === null ? '' : pass ? 'pass' : 'FAIL',
    what,
    measured,
    limit,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}
