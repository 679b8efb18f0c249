import type { Clock } from '../../../src/dates.ts';
import type { Timer } from '../../../src/timer.ts';

/** Time that passes only when everybody waits. */
export interface VirtualTime {
  now(): number;
  /** What the wall clock shows, which somebody may set. */
  readonly clock: Clock;
  readonly timer: Timer;
  /** Sets the wall clock forward or back; elapsed time goes on as ever. */
  jump(milliseconds: number): void;
  /** Runs something once the time has come. */
  at(when: number, run: () => void): void;
  /** Goes on to the next thing that is due. False if there is none. */
  advance(): boolean;
}

/** @param start what the wall clock shows at first, in milliseconds since the epoch. */
export function virtualTime(start: number): VirtualTime {
  let elapsed = 0;
  let offset = start;
  let due: { readonly when: number; readonly run: () => void }[] = [];
  const at = (when: number, run: () => void) => {
    due.push({ when, run });
  };
  const timer: Timer = {
    elapsed: () => elapsed,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        at(elapsed + milliseconds, () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        });
      }),
  };
  return {
    now: () => elapsed,
    clock: { now: () => offset + Math.floor(elapsed) },
    timer,
    jump: (milliseconds) => {
      offset += milliseconds;
    },
    at,
    advance: () => {
      if (due.length === 0) return false;
      const next = due.reduce((first, each) => (each.when < first.when ? each : first));
      due = due.filter((each) => each !== next);
      elapsed = Math.max(elapsed, next.when);
      next.run();
      return true;
    },
  };
}
