import type { Config } from '../../config/schema.ts';
import type { Entitlement } from '../cohorts/types.ts';
import type { Grantee } from '../ledger/grantees.ts';
import { type Hold, type NamedLine, seenHash } from '../ledger/holds.ts';
import { compareStarts, compareText, type Demand, demandByKey, nextOf } from '../planning/demand.ts';
import { seatsText } from '../planning/guardrails.ts';
import { knownPrice, moneyText } from '../planning/money.ts';
import { type RemovalCount, removalLimitText } from '../planning/removal-limit.ts';
import type { HeldLine, PlanInput, PoolPlan } from '../planning/types.ts';
import { effectOf, effectText, type HoldEffect, people, withApproval } from './hold-effect.ts';
import type { GoneLine, HoldReview } from './review.ts';

/** A cohort that a row of the roster gives, or gave, to a person. */
export type CohortRow = Pick<Entitlement, 'row' | 'cohort' | 'startsOn' | 'endsOn'>;

/** A held line for the person who decides it. */
export interface ViewedLine {
  readonly line: NamedLine;
  /** It does not stand any more as it was held, so that it is not done whatever is decided. */
  readonly isGone: boolean;
  /** How it stands now, if it is gone; worked out when it is asked for. */
  readonly now: () => string;
}

export interface ViewedRemoval extends ViewedLine {
  readonly name: string | null;
  /** The row that last gave the seat. */
  readonly lastRow: CohortRow | null;
  readonly nextCohort: CohortRow | null;
  /** What it would cost to give the seat back; null where that can't be told. */
  readonly undo: string | null;
}

/** What has to be typed before a large decision. */
export interface Confirmation {
  readonly what: 'removals' | 'seats';
  readonly number: number;
}

/** Everything that somebody needs to know who decides a hold. The page and the command line show the same. */
export interface HoldView {
  readonly hold: Hold;
  /** Names exactly what is decided. */
  readonly seen: string;
  /** One sentence; null where the present can't be told. */
  readonly effect: string | null;
  readonly removals: readonly ViewedRemoval[];
  /** What else is held: seats to assign, to buy, to give back. */
  readonly others: readonly ViewedLine[];
  /** The guardrails that hold it, each with its numbers. */
  readonly limits: readonly string[];
  /** Held now, and not part of this decision. */
  readonly fresh: readonly HeldLine[];
  /** The plan without a decision; null where the present can't be told. */
  readonly anyway: PoolPlan | null;
  /** Who keeps their seat whatever is decided. */
  readonly unchanged: readonly string[];
  readonly ifNobodyDecides: string;
  /** Null where one button is enough. */
  readonly confirmation: Confirmation | null;
  /** Why the present can't be told; null if it can. */
  readonly problem: string | null;
}

/** What there is to know of a hold, by what was held and what is true now. Pure. */
export function holdView(config: Config, review: HoldReview): HoldView {
  const { hold, inspection, fresh, problem } = review;
  const present = inspection === null ? null : presentOf(review, inspection);
  const isRemoval = ({ action, grantee }: NamedLine) => action === 'unassign' && grantee !== undefined;
  const gone = new Map(review.gone.map((each) => [each.line.id, each]));
  const shown = hold.lines.map((line) => viewedLine(line, gone.get(line.id)));
  return {
    hold,
    seen: seenHash(hold),
    effect: present === null ? null : effectText(hold.pool, present.effect),
    removals: shown
      .filter(({ line }) => isRemoval(line))
      .map((viewed) => ({ ...viewed, ...(present?.factsOf(viewed.line) ?? noFacts) })),
    others: shown.filter(({ line }) => !isRemoval(line)),
    limits: limitsOf(hold, inspection?.plan.unexplained ?? hold.unexplained ?? null),
    fresh,
    anyway: inspection?.plan ?? null,
    unchanged: present?.unchanged ?? [],
    ifNobodyDecides: ifNobodyDecides(hold),
    confirmation: confirmationFor(config, hold),
    problem,
  };
}

function viewedLine(line: NamedLine, gone: GoneLine | undefined): ViewedLine {
  return { line, isGone: gone !== undefined, now: gone?.now ?? (() => '') };
}

type Facts = Pick<ViewedRemoval, 'name' | 'lastRow' | 'nextCohort' | 'undo'>;

const noFacts: Facts = { name: null, lastRow: null, nextCohort: null, undo: null };

interface Present {
  readonly effect: HoldEffect;
  readonly unchanged: readonly string[];
  factsOf(line: NamedLine): Facts;
}

function presentOf({ hold }: HoldReview, inspection: NonNullable<HoldReview['inspection']>): Present {
  const { input, plan, memory } = inspection;
  const approved = inspection.planUnder(withApproval(memory.decisions, hold));
  const effect = effectOf(plan, approved, input.today);
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const leaving = new Set(
    [...plan.unassign, ...approved.unassign, ...plan.held].map(({ grantee }) => grantee),
  );
  const unmanaged = new Set(plan.unmanaged);
  const holders = input.state.holders.map(({ grantee }) => grantee);
  return {
    effect,
    unchanged: holders
      .filter((grantee) => !leaving.has(grantee) && !unmanaged.has(grantee))
      .sort(compareText),
    factsOf: ({ grantee = '' }) => {
      const key = input.keyOf(grantee);
      const known = memory.grantees.get(key);
      const demand = demands.get(key);
      const email = known?.person ?? input.roster.listed.get(key) ?? grantee;
      return {
        name: memory.people.get(email)?.name ?? null,
        lastRow: lastRowOf(input, known, demand),
        nextCohort: demand === undefined ? null : nextOf(demand, input.today),
        undo: undoText(input, effect),
      };
    },
  };
}

/** The row by which the seat was last given: one that had not ended, else the last that did. */
function lastRowOf(
  { today }: PlanInput,
  known: Grantee | undefined,
  demand: Demand | undefined,
): CohortRow | null {
  const seen = known?.lastSeen.length ? known.lastSeen : (demand?.active ?? []);
  const running = seen.filter((each) => each.to >= today).sort(compareStarts);
  return running[0] ?? seen.toSorted((a, b) => compareText(a.endsOn, b.endsOn)).at(-1) ?? null;
}

function undoText({ policy }: PlanInput, { freeAfter }: HoldEffect): string {
  if (freeAfter > 0) return `costs nothing: ${seatsText(freeAfter)} will be free`;
  const price = knownPrice(policy.seats.price);
  const cost = price === null ? '' : ` for ${moneyText(price.amount, price.currency)} a ${price.per}`;
  if (policy.changesTotal) return `a seat has to be bought again${cost}`;
  return `somebody has to buy a seat again${cost}${policy.buyAt == null ? '' : `, in ${policy.buyAt}`}`;
}

/** Each guardrail once, with what it has counted. */
function limitsOf({ lines }: Hold, unexplained: RemovalCount | null): string[] {
  const byGuardrail = Map.groupBy(lines, ({ guardrail }) => guardrail);
  return [...byGuardrail].map(([guardrail, held]) => {
    const own = guardrail === 'unexplainedRemovals' && unexplained !== null;
    const reasons = own ? [removalLimitText(unexplained)] : [...new Set(held.map(limitReason))];
    return `${guardrail}: ${reasons.slice(0, 2).join('; ')}`;
  });
}

/** A removal that is held for what is suspected of the roster says so behind its own reason. */
function limitReason({ reason }: NamedLine): string {
  return reason.split('; held since ').at(-1) ?? reason;
}

function ifNobodyDecides({ lines }: Hold): string {
  const keep = lines.filter(({ action }) => action === 'unassign').length;
  const wait = lines.some(({ action }) => action === 'increment' || action === 'assign');
  const kept = keep === 0 ? '' : ` ${people(keep)} ${keep === 1 ? 'keeps the seat' : 'keep their seats'}.`;
  const waiting = wait ? ' Who lacks a seat by it waits.' : '';
  return `If nobody decides, nothing of this is done.${kept}${waiting} The rest of the pool goes on. After that the next run holds again what still needs a decision.`;
}

/**
 * What has to be typed before this hold is approved: the number of removals where there are more than the guardrail lets
 * pass, the number of seats where more are bought than it does. By what was held alone, so that it can be checked later.
 */
export function confirmationFor({ guardrails }: Config, hold: Hold): Confirmation | null {
  const removals = hold.lines.filter(({ action, grantee }) => action === 'unassign' && grantee !== undefined);
  const limit = hold.unexplained?.limit ?? guardrails.unexplainedRemovals.count;
  if (removals.length > limit) return { what: 'removals', number: removals.length };
  const seats = hold.lines.reduce(
    (sum, { action, seats: more = 0 }) => (action === 'increment' ? sum + more : sum),
    0,
  );
  return seats > guardrails.seatIncrease ? { what: 'seats', number: seats } : null;
}
