import { addDays, type IsoDate } from '../dates.ts';
import { costOf } from './cost.ts';
import type { SeatPrice } from './terms.ts';

/** A change or a reading, in the order of time. Totals are absolute; the use is, where it was read, else it moves. */
export interface PastPoint {
  readonly date: IsoDate;
  readonly total?: number;
  readonly assigned?: { readonly kind: 'read' | 'moved'; readonly seats: number };
  /** What the total was before this change, which tells of days before the first reading. */
  readonly totalBefore?: number;
}

export interface PastReport {
  /** The first and the last day that are counted; null where nothing is known. */
  readonly from: IsoDate | null;
  readonly to: IsoDate | null;
  /** Seats times days. */
  readonly seatDays: { readonly paid: number; readonly used: number; readonly idle: number };
  readonly peak: number;
  /** Seat-days if the peak had been held all the time. */
  readonly atPeak: number;
  /** What the seats cost and what holding the peak would have, in prices of a seat for a period; null without a price. */
  readonly cost: { readonly paid: number; readonly atPeak: number } | null;
}

/**
 * What became of a pool's seats from the first point to `until`: each evening's total and use, as the ledger knows them.
 * A total that somebody changed elsewhere counts from the day on which it was first read.
 */
export function pastOf(points: readonly PastPoint[], until: IsoDate, price: SeatPrice | null): PastReport {
  const first = points[0];
  if (first === undefined || first.date > until) return nothingKnown;
  const totals: number[] = [];
  let used = 0;
  let usedDays = 0;
  let total = first.total ?? first.totalBefore ?? 0;
  let next = 0;
  for (let date = first.date; date <= until; date = addDays(date, 1)) {
    for (let point = points[next]; point !== undefined && point.date <= date; point = points[++next]) {
      total = point.total ?? total;
      if (point.assigned?.kind === 'read') used = point.assigned.seats;
      else if (point.assigned !== undefined) used = Math.max(0, used + point.assigned.seats);
    }
    totals.push(total);
    usedDays += Math.min(used, total);
  }
  const paid = totals.reduce((sum, seats) => sum + seats, 0);
  const peak = Math.max(...totals);
  const held = { from: first.date, totals: totals.map(() => peak) };
  return {
    from: first.date,
    to: until,
    seatDays: { paid, used: usedDays, idle: paid - usedDays },
    peak,
    atPeak: peak * totals.length,
    cost:
      price === null
        ? null
        : { paid: costOf(price, { from: first.date, totals }), atPeak: costOf(price, held) },
  };
}

const nothingKnown: PastReport = {
  from: null,
  to: null,
  seatDays: { paid: 0, used: 0, idle: 0 },
  peak: 0,
  atPeak: 0,
  cost: null,
};
