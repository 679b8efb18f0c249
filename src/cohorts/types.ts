import type { IsoDate } from '../dates.ts';

/**
 * Terminology. A cohort is a run of a course. An instructor is a person, known by a normalized email. A pool is one
 * subscription at one provider: a number of seats, some of them assigned. A seat is assigned to a grantee: the person in
 * the provider's own terms (an email, a user id). An entitlement is a person's right to a seat in a pool from one date
 * to another, with the row that gives it.
 */
export interface Entitlement {
  readonly person: string;
  readonly name: string | null;
  /** In the provider's own terms. */
  readonly grantee: string;
  readonly cohort: string;
  /** The cohort's first and last day. */
  readonly startsOn: IsoDate;
  readonly endsOn: IsoDate;
  /** The first and the last day, both inclusive, on which the seat is due. */
  readonly from: IsoDate;
  readonly to: IsoDate;
  readonly row: number;
  /** The tab of the row, where the roster has several. */
  readonly tab?: string | undefined;
  /** The row is marked canceled: it gives no seat, but it explains why one is taken away. */
  readonly canceled: boolean;
}

/** A person whom a doubtful row protects: keeps what they have, gains nothing by that row. */
export interface Freeze {
  readonly person: string;
  /** As `row 7 is unreadable`. */
  readonly reason: string;
}
