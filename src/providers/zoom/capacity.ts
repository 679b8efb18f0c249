import { ProviderError } from '../../errors.ts';

/**
 * What stands against giving a user another type, whoever it is.
 * - `full`: every license that is paid for is taken. `basic-full`: the account may have no more Basic users.
 * - `quota`: the account has moved its licenses about too often for now; buying alone does not help.
 */
export type Capacity = 'full' | 'basic-full' | 'quota';

/** The portal's words, which the API passes on (community.zoom.com, thread 79929). */
const QUOTA = /exceeded the limit of licen[cs]e assign/i;
/** 3412 has opposite meanings: the first kind of user that its text names is the one that there are too many of. */
const KIND = /\b(?:(paying|paid|licensed)|(basic|free)|no[- ]meetings?)\b/i;

/**
 * Codes by the 2022 reference of the User API: 2034 and 2038 are a full plan, 2033 and 2039 too many Basic users; 3412
 * is either, and so is 200 ("You can add max 10 paid users"). Null for everything else.
 */
export function capacityOf(code: number | null, text: string): Capacity | null {
  if (QUOTA.test(text)) return 'quota';
  if (code === 2034 || code === 2038) return 'full';
  if (code === 2033 || code === 2039) return 'basic-full';
  if (code !== 3412 && !(code === 200 && /\bcan(?:'t| not|not)? add\b/i.test(text))) return null;
  const kind = KIND.exec(text);
  if (kind?.[1] !== undefined) return 'full';
  return kind?.[2] !== undefined ? 'basic-full' : null;
}

export function capacityIn(error: unknown): Capacity | null {
  if (!(error instanceof ProviderError) || error.failure !== 'refused') return null;
  return capacityOf(error.providerCode, error.providerMessage ?? '');
}
