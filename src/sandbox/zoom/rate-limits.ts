import { zoned } from '../../dates.ts';
import type { Answer } from '../stand-in.ts';
import { refuse } from './answers.ts';
import type { ZoomState } from './state.ts';

export type Label = 'Light' | 'Medium' | 'Heavy';

/** Requests a second by tier, and a day where there is such a limit (developers.zoom.us/docs/api/rate-limits). */
const PER_SECOND = {
  free: { Light: 4, Medium: 2, Heavy: 1 },
  pro: { Light: 30, Medium: 20, Heavy: 10 },
  business: { Light: 80, Medium: 60, Heavy: 40 },
} as const;
const PER_DAY = {
  free: { Light: 6000, Medium: 2000, Heavy: 1000 },
  pro: { Light: Infinity, Medium: Infinity, Heavy: 30_000 },
  business: { Light: Infinity, Medium: Infinity, Heavy: 60_000 },
} as const;

/** Counts a request; 429 where it is one too many, null where it may pass. */
export function overLimit(state: ZoomState, label: Label, now: number): Answer | null {
  const tier = state.settings.rateLimits;
  if (tier === 'off') return null;
  const second = Math.floor(now / 1000);
  const day = zoned(now, 'UTC').toPlainDate().toString();
  const before = state.requests.get(label);
  const inSecond = before?.second === second ? before.inSecond + 1 : 1;
  const inDay = before?.day === day ? before.inDay + 1 : 1;
  const limit = PER_SECOND[tier][label];
  if (inSecond > limit) {
    // No Retry-After for a limit by the second.
    const headers = headersOf(label, 'QPS', limit);
    return refuse(429, 429, 'You have reached the maximum per-second rate limit for this API.', headers);
  }
  if (inDay > PER_DAY[tier][label]) return dailyLimit(label, PER_DAY[tier][label], now);
  state.requests.set(label, { second, inSecond, day, inDay });
  return null;
}

/** 429 until the next midnight (UTC), which `Retry-After` gives as an ISO date. */
export function dailyLimit(label: Label, limit: number, now: number): Answer {
  const midnight = zoned(now, 'UTC').add({ days: 1 }).startOfDay().toInstant().toString();
  const headers = { ...headersOf(label, 'Daily-limit', limit), 'retry-after': midnight };
  return refuse(429, 429, 'You have reached the maximum daily rate limit for this API.', headers);
}

function headersOf(label: Label, type: string, limit: number): Record<string, string> {
  return {
    'x-ratelimit-category': label,
    'x-ratelimit-type': type,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': '0',
  };
}
