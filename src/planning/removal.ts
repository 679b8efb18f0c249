import { rowName } from '../cohorts/row-name.ts';
import type { Entitlement } from '../cohorts/types.ts';
import { addDays, type IsoDate } from '../dates.ts';
import { compareStarts, compareText, type Demand, nextOf } from './demand.ts';
import { renamesIn } from './renames.ts';
import type { Subject } from './shields.ts';
import type { PlanInput } from './types.ts';

/** Why a grantee who is not entitled today loses the seat, and whether the roster's own dates explain it (rule 6). */
export interface RemovalReason {
  readonly explained: boolean;
  readonly reason: string;
  /** Who the grantee probably is now, where a new row looks like the one that vanished. */
  readonly renamed: string | null;
}

/**
 * Compares the roster with what it last credibly said of a grantee. A removal is explained by cohorts that ended by the
 * dates last seen, or by a row marked canceled. It is not explained by a row that is gone before its cohort's last day is
 * over, nor by dates that were moved so that the seat is lost now.
 */
export function explainerOf(
  { today, policy, ledger }: PlanInput,
  demands: ReadonlyMap<string, Demand>,
  holding: ReadonlySet<string>,
): (subject: Subject) => RemovalReason {
  const soon = addDays(today, policy.seats.keepUnusedDays);
  const renamed = renamesIn(demands, (key) => ledger.known.has(key) && holding.has(key));
  return (subject) => {
    const lastSeen = subject.known?.lastSeen ?? [];
    const counted = lastSeen.filter(
      (each) => !each.canceled && each.to >= today && (each.from <= today || each.startsOn <= soon),
    );
    for (const before of counted.sort(compareStarts)) {
      const surprise = surpriseIn(before, subject.demand);
      if (surprise === null) continue;
      const heir = surprise === VANISHED ? renamed(before, subject.key) : null;
      // Rows of a cohort that is over are deleted in the days for which its seats are still kept, too.
      if (surprise === VANISHED && heir === null && before.endsOn < today) continue;
      return { explained: false, reason: heir === null ? surprise : `renamed to ${heir}`, renamed: heir };
    }
    const reason = ordinaryReason(today, subject.demand, lastSeen);
    if (reason !== null) return { explained: true, reason, renamed: null };
    const gone = subject.demand === undefined && lastSeen.length > 0;
    const why = gone ? VANISHED : 'the roster gives them no seat in this pool';
    return { explained: false, reason: why, renamed: null };
  };
}

const VANISHED = 'row vanished from the roster';

/** How a row that still gave a seat when last seen came to give none; null where that is as it should be. */
function surpriseIn(before: Entitlement, demand: Demand | undefined): string | null {
  const ofCohort = (each: Entitlement) => each.cohort === before.cohort;
  if (demand?.canceled.some(ofCohort)) return null;
  const now = demand?.active.filter(ofCohort).sort(compareStarts) ?? [];
  if (now.some((each) => each.startsOn === before.startsOn && each.endsOn === before.endsOn)) return null;
  const moved = now[0];
  if (moved === undefined) return VANISHED;
  return (
    `dates of cohort ${before.cohort} moved from ${before.startsOn} – ${before.endsOn} ` +
    `to ${moved.startsOn} – ${moved.endsOn}`
  );
}

/** The nearest of the reasons that the dates themselves give: canceled now, ended, not begun, canceled some time. */
function ordinaryReason(
  today: IsoDate,
  demand: Demand | undefined,
  lastSeen: readonly Entitlement[],
): string | null {
  const canceled = [...(demand?.canceled ?? [])].sort(compareStarts);
  const now = canceled.find((each) => each.from <= today && today <= each.to);
  if (now !== undefined) return `${rowName(now)} is marked canceled`;
  // Rows that are still there say how their cohort ended; the ledger answers only for those that were deleted since.
  const present = demand?.active ?? [];
  const deleted = lastSeen.filter((each) => !present.some(({ cohort }) => cohort === each.cohort));
  const ended = lastEnded(today, [...present, ...deleted]);
  if (ended !== null) return `cohort ${ended.cohort} ended ${ended.endsOn}`;
  const next = demand && nextOf(demand, today);
  if (next) return `cohort ${next.cohort} starts ${next.startsOn}: no seat is due before ${next.from}`;
  const other = canceled[0];
  if (other !== undefined) return `${rowName(other)} is marked canceled`;
  const before = deleted.filter((each) => each.canceled).sort(compareStarts)[0];
  return before === undefined ? null : `canceled in cohort ${before.cohort}, and the row deleted since`;
}

function lastEnded(today: IsoDate, entitlements: readonly Entitlement[]): Entitlement | null {
  let last: Entitlement | null = null;
  for (const each of entitlements) {
    if (each.canceled || each.endsOn >= today) continue;
    const order =
      last === null ? 1 : compareText(each.endsOn, last.endsOn) || compareText(each.cohort, last.cohort);
    if (order > 0) last = each;
  }
  return last;
}
