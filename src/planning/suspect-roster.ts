import type { Entitlement } from '../cohorts/types.ts';
import { addDays, type IsoDate } from '../dates.ts';

/** What is kept of the last roster that was believed, of one pool: the entitlements that had not ended. */
export interface RosterSummary {
  readonly entries: readonly {
    readonly person: string;
    readonly grantee: string;
    readonly cohort: string;
    readonly startsOn: IsoDate;
    readonly to: IsoDate;
  }[];
}

/** A reading is compared only with one of at least so many rows; with fewer, each row is a person's own decision. */
const FEWEST = 5;

/** More than this share of rows gone before their time is a cut sheet rather than so many decisions. */
const GONE_SHARE = 0.5;

/** This share of rows with other dates is a slip over a whole column. */
const MOVED_SHARE = 0.8;

/**
 * Why a reading may take nothing away when it is held against the last one that was believed: too many rows are gone
 * before their cohort's end, or nearly all dates have moved (rule 1). Rows of cohorts that have ended are left out, since
 * people delete those, in the days for which the seats are still kept, too. Null where there is nothing to suspect.
 * @param keepDaysAfter for how many days after its last day the seats of a cohort are kept.
 * @param holds whether a grantee has a seat now.
 */
export function suspectRoster(
  last: RosterSummary | null,
  entitlements: readonly Entitlement[],
  today: IsoDate,
  keepDaysAfter: number,
  holds: (grantee: string) => boolean,
): string | null {
  const keptOfOpen = addDays(today, keepDaysAfter);
  // Whoever lost the seat since then lost it by a decision: their rows are not missed.
  const open = (last?.entries ?? []).filter(
    (entry) => entry.to >= keptOfOpen && (entry.startsOn > today || holds(entry.grantee)),
  );
  if (open.length < FEWEST) return null;
  const rows = new Map(entitlements.map((each) => [nameOf(each), each]));
  const gone = open.filter((entry) => !rows.has(nameOf(entry))).length;
  if (gone > open.length * GONE_SHARE) {
    return `${gone} of the ${open.length} rows whose cohorts have not ended are gone since the last reading: is the sheet cut, or another one?`;
  }
  const there = open.length - gone;
  const moved = open.filter((entry) => {
    const row = rows.get(nameOf(entry));
    return row !== undefined && !row.canceled && row.startsOn !== entry.startsOn;
  }).length;
  if (there >= FEWEST && moved >= there * MOVED_SHARE) {
    return `the start dates of ${moved} of ${there} rows have moved since the last reading: was a whole column changed, or its format?`;
  }
  return null;
}

/** The summary of a reading that was believed. */
export function summarize(entitlements: readonly Entitlement[], today: IsoDate): RosterSummary {
  const entries = entitlements
    .filter((each) => !each.canceled && each.to >= today)
    .map(({ person, grantee, cohort, startsOn, to }) => ({ person, grantee, cohort, startsOn, to }));
  return { entries };
}

function nameOf({ person, cohort }: { readonly person: string; readonly cohort: string }): string {
  return `${person} ${cohort}`;
}
