import type { IsoDate, IsoInstant } from '../dates.ts';

/** One row of the roster that could be read whole: one instructor teaches one cohort. */
export interface RosterRow {
  /** The row's number as the sheet shows it, from 1. */
  readonly row: number;
  /** The tab, where the roster has several; a row's number counts within it. */
  readonly tab?: string | undefined;
  /** Normalized: lower case, no surrounding or non-breaking space, no zero-width characters. */
  readonly email: string;
  readonly name: string | null;
  /** The cohort column, or the first day where the roster has no such column. */
  readonly cohort: string;
  /** First day, inclusive. */
  readonly startsOn: IsoDate;
  /** Last day, inclusive: as the sheet says, else first day + weeks * 7 - 1. */
  readonly endsOn: IsoDate;
  /** Pool ids; null means every pool. */
  readonly pools: readonly string[] | null;
  /** The status column says canceled, withdrawn, cancelled or dropped: the row entitles to nothing. */
  readonly canceled: boolean;
  /** Grantee ids by column header, for the pools whose `grantee` setting names a column. */
  readonly granteeIds: Readonly<Record<string, string>>;
}

/** Something in the roster that could not be read, or that contradicts another row. */
export interface RosterProblem {
  readonly row: number;
  /** The tab, where the roster has several; a row's number counts within it. */
  readonly tab?: string | undefined;
  /** The header of the column at fault. */
  readonly column: string;
  /** The cell as it stands, cut to 100 characters. */
  readonly value: string;
  /** What is wrong, in the words of the person who keeps the sheet. */
  readonly problem: string;
  /** What the row says of the person, as far as it could be read: who is protected is worked out from it. */
  readonly email: string | null;
  readonly name: string | null;
}

/** The roster as it was read once. */
export interface Roster {
  /** Rows to act on, in the order of the sheet. Rows with problems are not among them. */
  readonly rows: readonly RosterRow[];
  /** In the order of the sheet; of the tab with the cohorts' dates first. A conflict names each of its rows in a problem of its own. */
  readonly problems: readonly RosterProblem[];
  /** How many rows below the header were not blank, in all tabs together. Each is in `rows` or has a problem. */
  readonly rowCount: number;
  readonly blankCount: number;
  /** Of the validated content: equal content gives an equal hash, whatever the order of rows. */
  readonly hash: string;
  /** For messages: the file's path, or the tab and the spreadsheet id. */
  readonly location: string;
  readonly readAt: IsoInstant;
}
