import type { LineResult, SeatLine } from '../provider.ts';
import { capacityOf } from './capacity.ts';
import { type KeyOf, LICENSED, NO_USER, type Roll, whyBarred } from './pool.ts';
import type { ZoomUser } from './roll.ts';
import type { BulkAnswer } from './wire.ts';

/** What to do about one line: change that user, invite that person, or nothing, with the result that stands already. */
export type Decision =
  | { readonly kind: 'send'; readonly line: SeatLine; readonly user: string }
  | { readonly kind: 'invite'; readonly line: SeatLine }
  | { readonly kind: 'settled'; readonly result: LineResult };

export type Sent = Decision & { readonly kind: 'send' };

/** A license goes to whoever can use it and has none; one without a user is invited, if that is wanted. */
export function decideAssign(
  lines: readonly SeatLine[],
  roll: Roll,
  keyOf: KeyOf,
  createsUsers: boolean,
): Decision[] {
  const seen = new Set<string>();
  return lines.map((line) => {
    const key = keyOf(line.grantee);
    const user = roll.get(key);
    if (key === '') return settled(line, 'refused', 'the email is empty');
    if (user?.type === LICENSED) return settled(line, 'already', 'is licensed already');
    if (seen.has(key)) return settled(line, 'already', 'is licensed by another line');
    seen.add(key);
    if (user === undefined) {
      return createsUsers ? { kind: 'invite', line } : settled(line, 'refused', NO_USER);
    }
    const barred = whyBarred(user);
    return barred === null ? send(line, user) : settled(line, 'refused', barred);
  });
}

/** A license is taken from whoever still has it. */
export function decideUnassign(lines: readonly SeatLine[], roll: Roll, keyOf: KeyOf): Decision[] {
  const seen = new Set<string>();
  return lines.map((line) => {
    const key = keyOf(line.grantee);
    const user = roll.get(key);
    if (user === undefined) return settled(line, 'already', 'has no user in the Zoom account');
    if (user.type !== LICENSED) return settled(line, 'already', 'is not licensed');
    if (seen.has(key)) return settled(line, 'already', 'is made Basic by another line');
    seen.add(key);
    if (user.status === 'pending')
      return settled(line, 'locked', 'their invitation to Zoom is still pending');
    return send(line, user);
  });
}

/** What keeps a license with its user: Zoom's reasons of a bulk update (types of @zoom/rivet 0.4.0). */
const LOCKS: readonly (readonly [RegExp, string])[] = [
  [/upcoming events/i, 'hosts an event of Zoom Events that is still to come'],
  [/zoom (one|united|workplace) users/i, 'has a Zoom Workplace license, which is changed in the portal only'],
  [/zoom room/i, 'is a Zoom Room'],
  [/non-sso users/i, 'does not sign in by SSO, and the account changes only users who do'],
];

/** What the answer to a bulk update says of one user. */
export function bulkResult(
  { line, user }: Sent,
  answer: BulkAnswer,
  what: 'assign' | 'unassign',
): LineResult {
  const { grantee } = line;
  const isMeant = (name: string) => name === user || name.toLowerCase() === grantee.toLowerCase();
  if (answer.success_user_ids?.some(isMeant)) return { grantee, outcome: 'applied', reason: null };
  const failed = answer.fail_details?.find(({ user_ids }) => user_ids?.some(isMeant));
  if (failed === undefined) {
    return { grantee, outcome: 'unknown', reason: "Zoom's answer does not mention them" };
  }
  return refusalResult(grantee, null, failed.reason ?? 'without a reason', what);
}

/** What a refusal means for one user, by Zoom's code where there is one, and by its words. */
export function refusalResult(
  grantee: string,
  code: number | null,
  words: string,
  what: 'assign' | 'unassign',
): LineResult {
  const capacity = /not enough seats/i.test(words) ? 'full' : capacityOf(code, words);
  if (/no need to update/i.test(words)) return { grantee, outcome: 'already', reason: 'no need to update' };
  if (capacity === 'full') return { grantee, outcome: 'no-seats', reason: 'Zoom has no free license' };
  if (capacity === 'quota') return { grantee, outcome: 'quota', reason: QUOTA };
  if (capacity === 'basic-full' || /add basic users/i.test(words)) {
    return { grantee, outcome: 'refused', reason: 'the Zoom account may have no more Basic users' };
  }
  const lock = LOCKS.find(([pattern]) => pattern.test(words));
  const outcome = lock !== undefined && what === 'unassign' ? 'locked' : 'refused';
  return { grantee, outcome, reason: lock?.[1] ?? `Zoom refused: "${words}"` };
}

const QUOTA = 'Zoom lets the account move no more licenses between users for now';

function send(line: SeatLine, user: ZoomUser): Decision {
  return { kind: 'send', line, user: user.id ?? user.email };
}

function settled(line: SeatLine, outcome: 'already' | 'refused' | 'locked', reason: string): Decision {
  return { kind: 'settled', result: { grantee: line.grantee, outcome, reason } };
}
