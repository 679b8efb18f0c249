import { abortableSleep } from './retry.ts';

/**
 * How long things take and how waiting is done. Apart from the clock, which people and time servers set: a wait that
 * guards a purchase must not become shorter when a clock jumps.
 */
export interface Timer {
  /** Milliseconds that only grow; comparable within one process. */
  elapsed(): number;
  /** Waits; rejects with the signal's reason as soon as that aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemTimer: Timer = { elapsed: () => performance.now(), sleep: abortableSleep };
