import type { Entitlement } from '../cohorts/types.ts';
import { addDays, type IsoDate } from '../dates.ts';
import { compareText, type Demand, nextOf } from './demand.ts';
import type { KnownGrantee } from './types.ts';

/** Why a grantee who is not entitled today loses the seat, and whether the roster's own dates explain it (rule 6). */
export interface RemovalReason {
  readonly explained: boolean;
  readonly reason: string;
}

/**
 * Compares the roster with what it last credibly said of this grantee. A removal is explained by cohorts that ended by
 * the dates last seen, or by a row marked canceled. It is not explained by a row that is gone before its cohort's end,
 * nor by dates that were moved so that the seat is lost now.
 */
export function explainRemoval(
  today: IsoDate,
  keepUnusedDays: number,
  demand: Demand | undefined,
  known: KnownGrantee | undefined,
): RemovalReason {
  const soon = addDays(today, keepUnusedDays);
  for (const before of known?.lastSeen ?? []) {
    const counted =
      !before.canceled && before.to >= today && (before.from <= today || before.startsOn <= soon);
    if (!counted) continue;
    const surprise = surpriseIn(before, demand);
    if (surprise !== null) return { explained: false, reason: surprise };
  }
  const reason = ordinaryReason(today, demand, known);
  if (reason !== null) return { explained: true, reason };
  return demand === undefined && (known?.lastSeen.length ?? 0) > 0
    ? { explained: false, reason: 'row vanished from the roster' }
    : { explained: false, reason: 'the roster gives them no seat in this pool' };
}

/** How a row that still gave a seat when last seen came to give none; null where that is as it should be. */
function surpriseIn(before: Entitlement, demand: Demand | undefined): string | null {
  if (demand?.canceled.some((each) => each.cohort === before.cohort)) return null;
  const now = demand?.active.find((each) => each.cohort === before.cohort);
  if (now === undefined) return 'row vanished from the roster';
  if (now.startsOn === before.startsOn && now.endsOn === before.endsOn) return null;
  return (
    `dates of cohort ${before.cohort} moved from ${before.startsOn} – ${before.endsOn} ` +
    `to ${now.startsOn} – ${now.endsOn}`
  );
}

function ordinaryReason(
  today: IsoDate,
  demand: Demand | undefined,
  known: KnownGrantee | undefined,
): string | null {
  const canceled = demand?.canceled.at(-1);
  if (canceled !== undefined && demand?.active.length === 0) {
    return `row ${canceled.row} is marked canceled`;
  }
  const ended = lastEnded(today, [...(demand?.active ?? []), ...(known?.lastSeen ?? [])]);
  if (ended !== null) return `cohort ${ended.cohort} ended ${ended.endsOn}`;
  const next = demand && nextOf(demand, today);
  if (next) return `cohort ${next.cohort} starts ${next.startsOn}: no seat is due before ${next.from}`;
  return canceled === undefined ? null : `row ${canceled.row} is marked canceled`;
}

function lastEnded(today: IsoDate, entitlements: readonly Entitlement[]): Entitlement | null {
  let last: Entitlement | null = null;
  for (const each of entitlements) {
    if (each.canceled || each.to >= today) continue;
    const order =
      last === null ? 1 : compareText(each.endsOn, last.endsOn) || compareText(each.cohort, last.cohort);
    if (order > 0) last = each;
  }
  return last;
}
