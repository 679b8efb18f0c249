import type { Action, Decisions, HeldLine, PlanInput } from './types.ts';

/** Names the hold of a change of seats that reading could not settle. */
export const PURCHASE_IN_DOUBT = 'purchaseInDoubt';

/** Goes behind the reason of such a hold that a person has decided against: it names the same change as without it. */
export const REJECTED_AND_OPEN =
  '; it was rejected and is still open, so that no seat is bought or given back. To decide otherwise: cohort-sync approve RUN, of a run that says this';

/**
 * The name by which a held line is recognized in a later plan. People's lines carry their reason, so that a decision
 * stands only for as long as the reason does; changes of quantity carry their guardrail, since their numbers move. A
 * change in doubt carries both: its reason says which change it is, and what was decided of one says nothing of the next.
 */
export function heldLineId(line: NamelessLine, keyOf: (grantee: string) => string): string {
  if (line.grantee !== undefined) return personLineId(line.action, keyOf(line.grantee), line.reason);
  const quantity = `${quantityOf(line.action)}${line.guardrail}`;
  if (line.guardrail !== PURCHASE_IN_DOUBT) return quantity;
  return `${quantity}: ${line.reason.replace(REJECTED_AND_OPEN, '')}`;
}

/** How the names of all held changes of a quantity begin. */
const quantityOf = (action: Action) => `${action} seats `;

/** The approvals by which a quantity may be changed: whichever let it pass, all are used up when it was. */
export function quantityApprovals({ approved }: Decisions, action: Action): string[] {
  return [...approved.keys()].filter((id) => id.startsWith(quantityOf(action)));
}

/** What of a held line names it; also as a document has it. */
type NamelessLine = Pick<HeldLine, 'action' | 'reason' | 'guardrail'> & {
  readonly grantee?: string | undefined;
};

export function personLineId(action: Action, key: string, reason: string): string {
  return `${action} ${key} ${reason}`;
}

/** Whether a person approved this line as it is. */
export function isApproved({ decisions, keyOf }: PlanInput, line: HeldLine): boolean {
  const seen = decisions.approved.get(heldLineId(line, keyOf));
  return seen !== undefined && (seen === null || (line.seats ?? 0) <= seen);
}

/** Whether a person decided against this line; of a change of quantity, against as many seats. */
export function isRejected({ decisions, keyOf }: PlanInput, line: HeldLine): boolean {
  const seen = decisions.rejected.get(heldLineId(line, keyOf));
  return seen !== undefined && (seen === null || (line.seats ?? 0) <= seen);
}

/** Whether this line is part of the open hold. */
export function isPending({ decisions, keyOf }: PlanInput, line: HeldLine): boolean {
  return decisions.pending.has(heldLineId(line, keyOf));
}

/** How many seats of a held change of quantity a person approved: never more than were seen. */
export function approvedSeats(decisions: Decisions, line: HeldLine): number {
  const seen = decisions.approved.get(heldLineId(line, (grantee) => grantee));
  return seen === undefined || seen === null ? 0 : Math.min(seen, line.seats ?? 0);
}
