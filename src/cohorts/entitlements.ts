import { addDays, type IsoDate } from '../dates.ts';
import type { RosterRow } from '../roster/types.ts';
import { rowName } from './row-name.ts';
import type { Entitlement, Freeze } from './types.ts';

/** The settings that turn a cohort's dates into the dates on which its seats are due. */
export interface WindowPolicy {
  /** A seat is due from this many days before the first day. */
  readonly assignDaysBefore: number;
  /** And kept until the end of this many days after the last day. */
  readonly keepDaysAfter: number;
}

/** Which rows of the roster concern a pool, and who their people are to its provider. */
export interface PoolRows {
  readonly pool: string;
  /** `email`, or the header of the column that holds the provider's id of a person. */
  readonly grantee: string;
}

/** A row that names a person for a pool but not who they are to its provider. */
export interface MissingGrantee {
  readonly row: number;
  readonly tab: string | undefined;
  readonly person: string;
  readonly column: string;
}

export interface PoolEntitlements {
  readonly entitlements: readonly Entitlement[];
  readonly missing: readonly MissingGrantee[];
}

/**
 * Who is entitled to a seat of one pool, and when: one entitlement a row, canceled rows included.
 * Days are counted on the calendar of the configured zone, so a cohort over a change of daylight saving is as long as
 * any other. Rows of one cohort share their dates, so the arithmetic is done once a distinct date.
 */
export function entitlementsFor(
  rows: readonly RosterRow[],
  pool: PoolRows,
  policy: WindowPolicy,
): PoolEntitlements {
  const from = memoized((date) => addDays(date, -policy.assignDaysBefore));
  const to = memoized((date) => addDays(date, policy.keepDaysAfter));
  const entitlements: Entitlement[] = [];
  const missing: MissingGrantee[] = [];
  for (const row of rows) {
    if (row.pools !== null && !row.pools.includes(pool.pool)) continue;
    const grantee = pool.grantee === 'email' ? row.email : row.granteeIds[pool.grantee]?.trim();
    if (!grantee) {
      if (!row.canceled)
        missing.push({ row: row.row, tab: row.tab, person: row.email, column: pool.grantee });
      continue;
    }
    entitlements.push({
      person: row.email,
      name: row.name,
      grantee,
      cohort: row.cohort,
      startsOn: row.startsOn,
      endsOn: row.endsOn,
      from: from(row.startsOn),
      to: to(row.endsOn),
      row: row.row,
      ...(row.tab === undefined ? {} : { tab: row.tab }),
      canceled: row.canceled,
    });
  }
  return { entitlements, missing };
}

/** The people whom rows without a grantee protect: they keep what they have. */
export function freezesOf(missing: readonly MissingGrantee[]): Freeze[] {
  return missing.map(({ row, tab, person, column }) => ({
    person,
    reason: `${rowName({ row, tab })} has no ${column}`,
  }));
}

function memoized(compute: (date: IsoDate) => IsoDate): (date: IsoDate) => IsoDate {
  const known = new Map<IsoDate, IsoDate>();
  return (date) => {
    let value = known.get(date);
    if (value === undefined) {
      value = compute(date);
      known.set(date, value);
    }
    return value;
  };
}
