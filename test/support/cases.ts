/** How a case of a large table came out. */
export interface CaseResult {
  readonly name: string;
  readonly faults: readonly string[];
}

/**
 * Runs cases, several at a time, and tells how it goes; prints n/n in the end.
 * @returns those that failed.
 */
export async function runCases<T>(
  title: string,
  cases: readonly T[],
  nameOf: (each: T) => string,
  run: (each: T) => Promise<readonly string[]>,
  { atOnce = 2, quiet = false }: { readonly atOnce?: number; readonly quiet?: boolean } = {},
): Promise<CaseResult[]> {
  const waiting = [...cases];
  const failed: CaseResult[] = [];
  let done = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const name = nameOf(next);
      const faults = await run(next).catch((cause: unknown) => [String(cause)]);
      done += 1;
      if (faults.length > 0) {
        failed.push({ name, faults });
        process.stdout.write(`${title}: ${name}: ${faults.join('; ')}\n`);
      }
      if (!quiet && done % 20 === 0) process.stdout.write(`${title}: ${done} of ${cases.length}\n`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  process.stdout.write(`${title}: ${done - failed.length}/${cases.length}\n`);
  return failed;
}

/** The value below which so large a share of the values lies, 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
