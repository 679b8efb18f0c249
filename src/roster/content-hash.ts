import { createHash } from 'node:crypto';
import type { RowReading } from './read-row.ts';

/**
 * SHA-256 of what the rows say. Row numbers are left out, so that sorting the sheet changes nothing.
 */
export function hashOf(readings: readonly RowReading[]): string {
  const hash = createHash('sha256');
  for (const line of readings.map(lineOf).sort()) hash.update(line).update('\n');
  return hash.digest('hex');
}

function lineOf({ row, problems }: RowReading): string {
  if (problems) {
    return JSON.stringify(problems.map((fault) => [fault.column, fault.value, fault.email, fault.name]));
  }
  const granteeIds = Object.entries(row.granteeIds).sort();
  const pools = row.pools?.toSorted() ?? null;
  const { email, name, cohort, startsOn, endsOn, canceled } = row;
  return JSON.stringify([email, name, cohort, startsOn, endsOn, pools, canceled, granteeIds]);
}
