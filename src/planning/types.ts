import type { Entitlement, Freeze } from '../cohorts/types.ts';
import type { IsoDate } from '../dates.ts';
import type { PoolState } from '../providers/provider.ts';
import type { Shortage } from './by-hand.ts';
import type { RemovalCount } from './removal-limit.ts';
import type { SeatPrice } from './terms.ts';

/** `failed` and `waiting` come of doing, not of planning alone, except where a pool can't buy. */
export type Verdict = 'in-sync' | 'changes' | 'held' | 'waiting' | 'failed';

export type Action = 'unassign' | 'increment' | 'assign' | 'decrement';

/** A line of the plan: one grantee, with the reason in words. */
export interface PlanLine {
  readonly grantee: string;
  readonly reason: string;
}

export interface UnassignLine extends PlanLine {
  /** Whether the roster's own dates explain it (rule 6). */
  readonly explained: boolean;
  /** Present where the grantee holds several seats and keeps one. */
  readonly keepsOne?: true;
  /** Present where a person approved it: it does not count against the guardrail. */
  readonly approved?: true;
}

/** A part of the plan that waits for a person's approval. `seats` instead of a grantee for changes of quantity. */
export interface HeldLine {
  readonly action: Action;
  readonly grantee?: string;
  readonly seats?: number;
  /** For a removal that is probably a change of address: who the grantee probably is now. */
  readonly renamed?: string;
  readonly reason: string;
  readonly guardrail: string;
  /** What the held seats cost for a period; present for changes of quantity in a pool whose price is known. */
  readonly money?: Money;
}

/** An amount for each billing period. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
  readonly per: SeatPrice['per'];
}

/** What a pool costs, where its price is known. */
export interface PlanMoney {
  readonly currency: string;
  readonly per: SeatPrice['per'];
  /** The seats that are paid for now, for a period. */
  readonly paid: number;
  /** By how much this plan changes that; negative where it saves. */
  readonly change: number;
  /** What this plan is charged for the period that goes on; negative is a credit. */
  readonly dueNow: number;
}

/** What one pool needs. The public JSON of `plan` is made of this. */
export interface PoolPlan {
  readonly pool: string;
  readonly provider: string;
  readonly verdict: Verdict;
  readonly seats: {
    readonly total: number;
    readonly assigned: number;
    readonly target: number;
    /** Who says so, where a person buys the seats. */
    readonly from?: string;
  };
  readonly unassign: readonly UnassignLine[];
  readonly increment: number;
  readonly decrement: number;
  /** In the order in which seats are given out: the cohort that starts first comes first. */
  readonly assign: readonly PlanLine[];
  readonly held: readonly HeldLine[];
  readonly waiting: readonly PlanLine[];
  readonly kept: readonly PlanLine[];
  /** Due a seat today, and known to the provider in a way that they could not use one, or not at all. */
  readonly barred: readonly PlanLine[];
  /** Grantees that the system does not know, or that `protect` names. Counted and left alone. */
  readonly unmanaged: readonly string[];
  /** Why the quantity changes, or what a person has to do about it. */
  readonly notes: readonly string[];
  /** Present where the price of a seat is known. */
  readonly money?: PlanMoney;
  /** The removals that nothing explains, against their limit. */
  readonly unexplained: RemovalCount;
  /** Names (`heldLineId`) of lines that a person decided against and that the plan would still have. */
  readonly rejected: readonly string[];
  /** Names of lines that the plan has since a person approved them. */
  readonly approved: readonly string[];
  /** Whether a person still has to decide, or has decided against, something for what is suspected of a reading: such a
   * reading does not become the one that later ones are held against. */
  readonly unsettled: { readonly roster: boolean; readonly drift: boolean };
}

/** The settings of one pool that planning needs. */
export interface PoolPolicy {
  readonly pool: string;
  readonly provider: string;
  readonly changesTotal: boolean;
  /** Where a person buys seats; absent or null where that is not known or not needed. */
  readonly buyAt?: string | null;
  readonly seats: {
    readonly min: number;
    readonly max: number | null;
    readonly spare: number;
    /** From today to a cohort's first day, inclusive. */
    readonly keepUnusedDays: number;
    /** Days before it has to count that a change of seats is decided; absent where the configuration does not say. */
    readonly leadDays?: number;
    /** Days until the schedule next runs this pool; absent where it does not run soon. */
    readonly nextRunInDays?: number;
    /** Absent or null where nothing is known of it. */
    readonly price?: SeatPrice | null;
  };
  /** Grantees, with `*` for any run of characters. */
  readonly protect: readonly string[];
}

export interface Guardrails {
  readonly unexplainedRemovals: { readonly count: number; readonly share: number };
  readonly seatIncrease: number;
  readonly seatsPerDay: number;
  readonly invalidRows: number;
  readonly drift: { readonly count: number; readonly share: number };
}

/** What the ledger knows of one grantee of a pool. Keys are the provider's `keyOf`. */
export interface KnownGrantee {
  readonly grantee: string;
  /** The person's email, where the roster has ever told it. */
  readonly person: string | null;
  /** Entitlements as the roster last credibly gave them, canceled ones included; empty if it gave none for this pool. */
  readonly lastSeen: readonly Entitlement[];
  /** We assigned a seat and have not taken it back since. */
  readonly assignedByUs: boolean;
}

/** What the ledger knows that bears on one pool's plan. */
export interface LedgerView {
  /** By grantee key: everyone whom the roster has ever listed or whom we have assigned. */
  readonly known: ReadonlyMap<string, KnownGrantee>;
  /** Seats bought in this pool within the last 24 hours, open intents included. */
  readonly boughtToday: number;
  /** Seats assigned at the end of the last run, by whomever; null if none has ended. */
  readonly assignedBefore: number | null;
  /** Unexplained removals done in this pool within the last 24 hours, approved ones not counted. */
  readonly unexplainedToday: number;
}

/**
 * What people have decided of held lines (rule 8). Lines are named by `heldLineId`: a line whose reason has changed since
 * is another line, that nobody has seen.
 */
export interface Decisions {
  /** By line; for changes of quantity the most seats that were seen, else null. */
  readonly approved: ReadonlyMap<string, number | null>;
  readonly rejected: ReadonlyMap<string, number | null>;
  /** Lines of the hold that is open: they stay held until they are decided, even if a limit would let them pass now. */
  readonly pending: ReadonlySet<string>;
}

export const noDecisions: Decisions = { approved: new Map(), rejected: new Map(), pending: new Set() };

/** How the roster's reading bears on the plan. */
export interface RosterView {
  /** Of this pool, canceled ones included, any order. */
  readonly entitlements: readonly Entitlement[];
  /** People whom doubtful rows protect, any order. */
  readonly frozen: readonly Freeze[];
  /** Every person on the roster, of whatever pool: they are known (rule 5). By grantee key, the email. */
  readonly listed: ReadonlyMap<string, string>;
  /** Unreadable rows over all rows, 0 to 1. */
  readonly invalidShare: number;
  /** Why the roster as a whole is doubtful, so that nothing may be taken away by it; null if it is not. */
  readonly doubt: string | null;
  /** Why this reading may take nothing away, although there is nothing wrong with it in itself; null if it may. */
  readonly suspicion: string | null;
}

/** What has happened in the run so far; at its start, nothing. */
export interface StageView {
  /** Removals are still to come: their seats count as free. After that stage those left over are waited for. */
  readonly removalsDone: boolean;
  /** Seats have been bought, or could not be: who still lacks one waits. */
  readonly purchaseDone: boolean;
  /** Why seats could not be bought; null if they were, or if none were needed. */
  readonly purchaseProblem: string | null;
  /** The quantity was changed in this run: it is not changed again (rule 3). */
  readonly totalChanged: boolean;
  /** Grantee keys whose assignment or removal failed in this run: not tried again in it. */
  readonly failed: ReadonlySet<string>;
  /** Grantee keys whose seats the provider would not give back in this run, and why. */
  readonly locked: ReadonlyMap<string, string>;
  /** The provider has refused to give anyone another seat, in this run or in one before; null if it has not. */
  readonly shortage: Shortage | null;
  /** Managed holders at the start of the run, for shares; null at the start itself. */
  readonly managedAtStart: number | null;
  /** Seats assigned at the start of the run, by whomever; null at the start itself. */
  readonly assignedAtStart: number | null;
}

/** The stage of a run that has done nothing yet, which is what `plan` shows. */
export const runStart: StageView = {
  removalsDone: false,
  purchaseDone: false,
  purchaseProblem: null,
  totalChanged: false,
  failed: new Set(),
  locked: new Map(),
  shortage: null,
  managedAtStart: null,
  assignedAtStart: null,
};

export interface PlanInput {
  /** The local date of the run in the configured zone. */
  readonly today: IsoDate;
  readonly policy: PoolPolicy;
  readonly guardrails: Guardrails;
  readonly state: PoolState;
  readonly roster: RosterView;
  readonly ledger: LedgerView;
  readonly stage: StageView;
  readonly decisions: Decisions;
  readonly keyOf: (grantee: string) => string;
}
