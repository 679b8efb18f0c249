import type { IsoInstant } from '../dates.ts';

/**
 * What every provider offers to the rest of the system. A provider knows its HTTP API and nothing of queues, the
 * ledger or cohorts; between calls it keeps nothing that another process would miss (an access token at most), so that
 * any process can make any call. A process makes one for each pool.
 */

/** A grantee who holds at least one seat now. */
export interface Holder {
  /** As the provider spells it. */
  readonly grantee: string;
  /** The provider's ids of the seats held; more than one is a duplicate. Empty where seats have no ids. */
  readonly seats: readonly string[];
  /** Seats that this grantee takes up: `seats.length`, or 1 where seats have no ids. */
  readonly count: number;
  /** Why the seat can't be taken back for the time being, as the reading shows; absent where it can. */
  readonly locked?: string;
  /** They were asked for a seat and the answer never came: they may hold it or not. */
  readonly unsure?: true;
}

/** What is true at the provider, read at one moment. */
export interface PoolState {
  readonly pool: string;
  /** Seats that are paid for. */
  readonly total: number;
  /** Where the total comes from, for messages: `subscription quantity`, `purchasedSeats of the configuration`. */
  readonly totalFrom: string;
  /** Seats that exist to be assigned. Differs from `total` only while a change of quantity is under way. */
  readonly usable: number;
  /** The provider's own limits on the total. `max: null` is unlimited. */
  readonly limits: { readonly min: number; readonly max: number | null };
  /** In a stable order, one entry a grantee key. */
  readonly holders: readonly Holder[];
  /** Ids of unassigned seats in a stable order; empty where seats have no ids. */
  readonly freeSeats: readonly string[];
  /**
   * Whom the provider can't give a seat that they could use, and why, by key: an invitation that is not accepted, a
   * user who was deactivated. They may hold a seat all the same. Absent where anyone can be given one.
   */
  readonly barred?: ReadonlyMap<string, string>;
  /** Where only users of the provider can be given a seat: their keys, and why nobody else can. */
  readonly users?: { readonly keys: ReadonlySet<string>; readonly whyOthersNot: string };
  /** Where the holders are known by the ledger alone: how that agrees with what the provider counts. */
  readonly account?: Account;
}

/** What the ledger knows of a pool that can't be read, beside the provider's own count. */
export interface Account {
  /** Seats assigned by the provider's last count, and when it told it; null if it never told one. */
  readonly counted: number | null;
  readonly countedAt: IsoInstant | null;
  /** Seats assigned by the ledger, those in doubt not included. */
  readonly known: number;
  /** Seats taken beyond the holders that are named; negative where the provider counts fewer than the ledger. */
  readonly unaccounted: number;
  /** Why nothing may be taken from anyone in this pool; null if it may. */
  readonly keepAll: string | null;
}

/**
 * What an answer tells of the whole pool. Where a number can be read in two ways, `totals` has what each makes of the
 * total, the likelier first: which it is, only somebody who remembers other answers can tell.
 */
export interface SeatCounts {
  readonly assigned: number;
  readonly totals: readonly number[];
}

/** One line of an assignment or unassignment: the grantee, and which seat where seats have ids. */
export interface SeatLine {
  readonly grantee: string;
  readonly seat: string | null;
}

/**
 * What became of one line, as the provider's answer says (rule 9: the next read decides).
 * - `applied`: the provider says it is done. `already`: it was so before, no call was needed.
 * - `refused`: it was not applied, for `reason`. `unknown`: the answer does not tell.
 * - `lapsed`: not applied, since the seat that the line names is no longer there to be given; nobody refused the grantee.
 * - `no-seats`: not applied, since no seat is left, whatever the total says. `quota`: not applied, since the provider
 *   lets no more seats change hands for now. Either holds for everyone else to whom the pool would assign.
 * - `locked`: not taken back, since the provider or its user's own affairs keep the seat with them for now.
 */
export interface LineResult {
  readonly grantee: string;
  readonly outcome:
    | ('applied' | 'already' | 'refused' | 'lapsed' | 'unknown')
    | ('no-seats' | 'quota' | 'locked');
  /** For people; null where applied. */
  readonly reason: string | null;
  /** When a refused line is worth another try (milliseconds since the epoch); absent where nobody can tell. */
  readonly retryAt?: number;
  /** What the answer to this line's request told of the whole pool, where it told anything. */
  readonly counts?: SeatCounts;
}

/** A change of the paid total. Both numbers are absolute; a relative API computes its quantity from them. */
export interface TotalChange {
  readonly observed: number;
  readonly expected: number;
}

/** What the provider said to a change of the total. */
export type TotalAnswer =
  /** It says that it is done; reading decides. */
  | { readonly kind: 'accepted' }
  /** It goes on in the background; follow it by `followChange(reference)`. */
  | { readonly kind: 'pending'; readonly reference: string };

/** One look at a change that goes on in the background. */
export interface ChangeProgress {
  /** `stuck`: ended or halted in a way that neither says done nor failed; a person has to look. */
  readonly status: 'pending' | 'done' | 'failed' | 'stuck';
  /** The provider's own word and message, for people: `retrying`, `failed: card declined`. */
  readonly detail: string;
}

/** Called as the last thing before a changing request leaves; a throw stops it and nothing is sent. */
export type SendGate = () => Promise<void>;

export interface Provider {
  readonly pool: string;
  /** The `provider` setting: `salable`, `zoom`, `securemailmerge`. */
  readonly kind: string;
  readonly capabilities: {
    /** Whether `read` lists who holds a seat. Where not, the ledger is the state. */
    readonly listsHolders: boolean;
    /** Whether `changeTotal` works. Where not, a person buys and drops seats (rule 14). */
    readonly changesTotal: boolean;
    /** Most lines that one `assign` or `unassign` takes. */
    readonly batchSize: number;
    /** Shown with every plan that needs a person to buy: where that is done. */
    readonly buyAt: string | null;
  };

  /**
   * The comparable form of a grantee: two spellings of one grantee have one key.
   * For emails: the roster's normalization.
   */
  keyOf(grantee: string): string;

  /**
   * Reads the pool whole. Answers that don't agree with each other are read again once, and then fail as
   * `contradiction`; a short or strange answer fails as `wrong-answer`: never a smaller pool (rule 1).
   * @throws ProviderError
   */
  read(signal: AbortSignal): Promise<PoolState>;

  /**
   * Assigns seats, at most `batchSize` lines, in one request where the API has a batch. Looks at the seats first and
   * leaves alone any that is no longer as the lines say. Results are in the order of the lines.
   * @throws ProviderError when the request as a whole failed; lines may then have been applied if `effectUnknown`.
   */
  assign(lines: readonly SeatLine[], gate: SendGate, signal: AbortSignal): Promise<readonly LineResult[]>;

  /** The same, for giving seats back to the pool. A grantee who no longer holds the seat is `already`. */
  unassign(lines: readonly SeatLine[], gate: SendGate, signal: AbortSignal): Promise<readonly LineResult[]>;

  /**
   * Changes the paid total. Never resent by anyone without a read in between (rule 4).
   * @throws ProviderError
   */
  changeTotal(change: TotalChange, gate: SendGate, signal: AbortSignal): Promise<TotalAnswer>;

  /** One look at a pending change. @throws ProviderError */
  followChange(reference: string, signal: AbortSignal): Promise<ChangeProgress>;

  /** One line for `check`: reaches the provider and reports what it sees, changing nothing. @throws ProviderError */
  check(signal: AbortSignal): Promise<string>;
}
