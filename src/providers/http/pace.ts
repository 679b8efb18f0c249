import type { Clock } from '../../dates.ts';
import { abortableSleep } from '../../retry.ts';

/** What a provider allows of one kind of request. */
export interface Lane {
  /** The same for all requests that share the limit, in whatever process. */
  readonly name: string;
  readonly perSecond: number;
}

/** Resolves when one more request of the lane may leave. */
export type Pace = (lane: Lane, signal: AbortSignal) => Promise<void>;

/**
 * How much of a limit is used: the requests leave evenly, but don't arrive so, and a second that a provider counts
 * must not hold one too many.
 */
const USED = 0.9;

/** Milliseconds between two requests of a lane; one that came late may be made up for, no more than one. */
export function spacing({ perSecond }: Lane): number {
  return 1000 / (perSecond * USED);
}

/** Spaces the requests of this process alone. Where several processes share a limit, they need a common pace. */
export function localPace(clock: Clock): Pace {
  const free = new Map<string, number>();
  return async (lane, signal) => {
    const now = clock.now();
    const at = Math.max(now - spacing(lane), free.get(lane.name) ?? 0);
    free.set(lane.name, at + spacing(lane));
    if (at > now) await abortableSleep(at - now, signal);
  };
}
