import { z } from 'zod';
import type { SeatCounts } from '../providers/provider.ts';
import { type Expectation, keys, readLedger, type Store, type Write } from './store.ts';
import { stored } from './stored.ts';

/** The counts of one answer of a provider that can't be read otherwise, and how the ledger stood before and after. */
const answered = stored({
  /** The first answer of the pool is 1. */
  n: z.number(),
  at: z.string(),
  run: z.string(),
  action: z.enum(['assign', 'unassign']),
  /** Seats assigned, by the provider's count. */
  assigned: z.number(),
  /** What the total may be, the likelier reading of the answer first. */
  totals: z.array(z.number()).min(1),
  /** Seats assigned by the ledger, before this answer and with it. */
  before: z.number(),
  known: z.number(),
  /** The total that a person had entered in the configuration when it came. */
  said: z.number().nullable(),
});

/** What is known of a pool that can't be read, beside its assignments. */
const account = stored({
  /** The last answer with counts. */
  answer: answered.nullable(),
  /** Which of the totals is the total; null until two answers, or one that leaves no choice, have shown it. */
  reading: z.number().nullable(),
  /** The first answer of all: what the provider counted, and how many of them the ledger could know. */
  first: stored({ assigned: z.number(), known: z.number() }).nullable(),
  /** When a person has entered who is assigned, how many, and from which file. */
  adopted: stored({
    at: z.string(),
    people: z.number(),
    file: z.string(),
    /** How many answers had come before: the next one is held against it. */
    after: z.number(),
  }).nullable(),
});

export type SeatAccount = z.infer<typeof account>;
type Answered = z.infer<typeof answered>;

export const noAccount: SeatAccount = { answer: null, reading: null, first: null, adopted: null };

/** As stored, for a write that must not overtake another. */
export interface StoredAccount {
  readonly value: SeatAccount;
  readonly unchanged: Expectation;
}

export async function readAccount(store: Store, pool: string): Promise<StoredAccount> {
  const json = await readLedger(() => store.redis.get(keys.account(pool)));
  const value = json === null ? noAccount : account.parse(JSON.parse(json));
  return { value, unchanged: { key: keys.account(pool), value: json, what: `account of ${pool}` } };
}

export function accountWrite(pool: string, value: SeatAccount): Write {
  return { command: 'SET', key: keys.account(pool), args: [JSON.stringify(value)] };
}

/** The write that keeps what an answer told; of each pool the last thousand or so. */
export function answerWrite(pool: string, answer: Answered): Write {
  const args = ['MAXLEN', '~', '1000', '*', 'answer', JSON.stringify(answer)];
  return { command: 'XADD', key: keys.answers(pool), args };
}

/** The account with one more answer. Pure. @param unsure people of whom the ledger can't tell. */
export function withAnswer(
  before: SeatAccount,
  counts: SeatCounts,
  context: Omit<Answered, 'n' | 'assigned' | 'totals'>,
  unsure: number,
): { readonly account: SeatAccount; readonly answer: Answered } {
  const { assigned } = counts;
  const answer: Answered = { n: answersOf(before) + 1, ...context, assigned, totals: [...counts.totals] };
  const first = before.first ?? { assigned, known: context.known + unsure };
  return { account: { ...before, answer, first, reading: readingOf(before, answer) }, answer };
}

/** Seats assigned by the provider's last count; null if it never told one, or a person has entered who is assigned since. */
export function countedBy({ answer, adopted }: SeatAccount): { assigned: number; at: string } | null {
  if (answer === null || adopted?.after === answer.n) return null;
  return { assigned: answer.assigned, at: answer.at };
}

/** How many answers with counts have come. */
export function answersOf({ answer }: SeatAccount): number {
  return answer?.n ?? 0;
}

/**
 * Which of an answer's totals is the total: the only one on which two answers with different counts agree, or that is not
 * less than what is assigned. What was seen last counts for more than what was seen before.
 */
function readingOf({ reading, answer: last }: SeatAccount, now: Answered): number | null {
  const possible = now.totals.flatMap((total, index) => (total >= now.assigned ? [index] : []));
  const [only] = possible;
  if (only !== undefined && possible.length === 1) return only;
  const kept = reading !== null && possible.includes(reading) ? reading : null;
  if (last === null || last.assigned === now.assigned) return kept;
  const steady = possible.filter((index) => last.totals[index] === now.totals[index]);
  return steady.length === 1 ? (steady[0] ?? kept) : kept;
}

/**
 * The total, and where it comes from; null if nobody has told one. A number that a person has entered since the last
 * answer counts for more than the answer.
 * @param said `purchasedSeats` of the configuration.
 */
export function totalOf(
  { answer, reading }: SeatAccount,
  said: number | null,
): { readonly total: number; readonly from: string } | null {
  if (said !== null && (answer === null || said !== answer.said)) {
    return { total: said, from: 'purchasedSeats of the configuration' };
  }
  if (answer === null) return null;
  const from = `the provider's answer of ${answer.at}`;
  const decided = reading === null ? undefined : answer.totals[reading];
  // Of two readings the one that a person confirms; else the likelier one.
  const total = decided ?? answer.totals.find((each) => each === answer.said) ?? answer.totals[0];
  return total === undefined ? null : { total, from };
}
