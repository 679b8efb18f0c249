import { accountWrite, answersOf, answerWrite, type SeatAccount, withAnswer } from '../src/ledger/account.ts';
import type { Assignment } from '../src/ledger/assignments.ts';
import { auditWrite } from '../src/ledger/audit.ts';
import type { Write } from '../src/ledger/store.ts';
import type { SeatCounts } from '../src/providers/provider.ts';

/** An assignment as it is from now on; null is none. */
export type Change = readonly [key: string, assignment: Assignment | null];

export interface Heard {
  readonly pool: string;
  readonly run: string;
  readonly at: string;
  readonly action: 'assign' | 'unassign';
  /** `purchasedSeats` of the configuration. */
  readonly said: number | null;
  readonly counts: SeatCounts;
  readonly account: SeatAccount;
  /** The assignments as they were while the answer was waited for, and what it changes of them. */
  readonly marks: ReadonlyMap<string, Assignment>;
  readonly changes: readonly Change[];
  /** Whom it was asked for, and how those stood who were not in doubt before. */
  readonly asked: ReadonlySet<string>;
  readonly before: ReadonlyMap<string, Assignment | null>;
}

/**
 * Holds an answer's counts against the ledger. `dropped`: of those in doubt, who by these counts were not given a seat.
 * A difference that the last answer had not shown already goes into the audit as drift, with both numbers.
 */
export function heard(told: Heard): { value: SeatAccount; writes: Write[]; dropped: Change[] } {
  const { pool, run, at, action, said, counts, account, marks } = told;
  const after = new Map(marks);
  for (const [key, value] of told.changes) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  const dropped = notGiven(told, after);
  for (const [key] of dropped) after.delete(key);
  const before = knownBefore(told);
  const known = countAssigned(after.values());
  const unsure = after.size - known;
  const next = withAnswer(account, counts, { at, run, action, before, known, said }, unsure);
  const writes = [accountWrite(pool, next.account), answerWrite(pool, next.answer)];
  const drift = driftOf(told, { before, known, unsure });
  return { value: next.account, writes: drift === null ? writes : [...writes, drift], dropped };
}

/**
 * Those in doubt since the last answer who can't have been given a seat: the count has grown by no more than by this
 * answer's own lines. Nobody is dropped where one of those was in doubt for longer, and so may have been counted before.
 */
function notGiven(told: Heard, after: ReadonlyMap<string, Assignment>): Change[] {
  const { answer } = told.account;
  if (told.action !== 'assign') return [];
  const fresh = ({ state, after: since }: Assignment) =>
    state === 'assigning' && since === answersOf(told.account);
  // A first answer that counts nobody beyond the ledger leaves nobody else who could have been given a seat.
  const countedBefore = answer?.assigned ?? knownBefore(told);
  const asked = [...told.asked].flatMap((key) => told.marks.get(key) ?? []);
  if (!asked.every(fresh)) return [];
  const given = told.changes.filter(([, value]) => value?.state === 'assigned').length;
  if (told.counts.assigned !== countedBefore + given) return [];
  return [...after].filter(([key, mark]) => !told.asked.has(key) && fresh(mark)).map(([key]) => [key, null]);
}

function driftOf(
  { pool, run, at, counts, account }: Heard,
  { before, known, unsure }: { readonly before: number; readonly known: number; readonly unsure: number },
): Write | null {
  const difference = counts.assigned - known;
  // Of those in doubt any number may be counted.
  if (difference >= 0 && difference <= unsure) return null;
  const { answer, adopted } = account;
  const isNew = answer === null || adopted?.after === answer.n || difference !== answer.assigned - before;
  if (!isNew) return null;
  const reason = `the provider counts ${counts.assigned} assigned seats, the ledger ${known}`;
  const entry = { at, run, pool, action: 'drift', grantee: null, outcome: 'observed', reason } as const;
  return auditWrite({ ...entry, from: known, to: counts.assigned });
}

/** Assigned for certain before this was asked. */
function knownBefore({ marks, before }: Heard): number {
  const restored = [...before].flatMap(([, value]) => value ?? []);
  return countAssigned(marks.values()) + countAssigned(restored);
}

function countAssigned(assignments: Iterable<Assignment>): number {
  return [...assignments].filter(({ state }) => state === 'assigned').length;
}
