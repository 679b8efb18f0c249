import { normalizeEmail } from '../../emails.ts';
import type { LineResult, SeatLine } from '../provider.ts';
import type { Said } from './api.ts';

/** By the reference, in characters. */
const LONGEST_ADDRESS = 256;

/** What the reference calls a valid format it doesn't say; what can't be an address is not worth a request. */
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** A line with what is to be sent for it, or with the result that stands without a request. */
export type Decision =
  | { readonly kind: 'send'; readonly line: SeatLine; readonly email: string }
  | { readonly kind: 'settled'; readonly result: LineResult };

/**
 * What of the lines may be sent by the reference's rules: valid addresses of at most 256 characters, no two of a request
 * alike. Whether case tells two addresses apart is not said: here it does not.
 */
export function decide(lines: readonly SeatLine[]): Decision[] {
  const seen = new Set<string>();
  return lines.map((line) => {
    const { grantee } = line;
    const email = normalizeEmail(grantee);
    if (email.length > LONGEST_ADDRESS || !ADDRESS.test(email)) {
      const reason = 'not an email address that SecureMailMerge takes';
      return { kind: 'settled', result: { grantee, outcome: 'refused', reason } };
    }
    if (seen.has(email)) {
      return {
        kind: 'settled',
        result: { grantee, outcome: 'already', reason: 'another line names them too' },
      };
    }
    seen.add(email);
    return { kind: 'send', line, email };
  });
}

type Sent = Decision & { readonly kind: 'send' };

/**
 * What became of the lines of a request that was not simply done, by the addresses that its errors name. Those that none
 * names are in doubt: a request that fails may have been applied in part. Null where the errors tell of nobody at all.
 */
export function byErrors(
  sent: readonly Sent[],
  said: Said,
  action: 'assign' | 'unassign',
): LineResult[] | null {
  const results = sent.map(({ line, email }): LineResult => {
    const words = said.errors.find((error) => names(error, email));
    return words === undefined ? inDoubt(line) : namedBy(words, line, action);
  });
  return results.some(({ outcome }) => outcome !== 'unknown') ? results : null;
}

/** A license that is there already, or gone already, is no fault. The wording is not in the reference. */
function namedBy(words: string, { grantee }: SeatLine, action: 'assign' | 'unassign'): LineResult {
  const already = action === 'assign' ? /\balready\b/i : /\bnot\b.*\bassigned\b|\balready\b/i;
  const outcome = already.test(words) ? 'already' : 'refused';
  return { grantee, outcome, reason: `SecureMailMerge: "${words}"` };
}

export function inDoubt({ grantee }: SeatLine): LineResult {
  const reason =
    'SecureMailMerge refused the request because of others in it, and may have applied it in part';
  return { grantee, outcome: 'unknown', reason };
}

/** Whether a text has this address in it, and not merely a longer one that ends or begins like it. */
function names(text: string, email: string): boolean {
  const escaped = email.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return new RegExp(`(?<![\\w.+%&*/=?^{|}~#$!-])(?<!\\w')${escaped}(?![\\w-]|\\.\\w)`, 'i').test(text);
}
