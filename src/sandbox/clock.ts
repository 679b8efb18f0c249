import { type Clock, clockStartingAt } from '../dates.ts';

/** The sandbox's clock: runs at the usual speed from wherever it was set to. */
export interface SettableClock extends Clock {
  /** Sets the present moment, in milliseconds since the epoch. */
  set(at: number): void;
  /** Moves the clock forward by milliseconds; whatever becomes due meanwhile happens. */
  advance(milliseconds: number): void;
}

/** A clock that starts as `base` and can be set. `onJump` runs after each jump. */
export function settableClock(base: Clock, onJump: () => void): SettableClock {
  let current = base;
  const jump = (at: number) => {
    current = clockStartingAt(at, base);
    onJump();
  };
  return {
    now: () => current.now(),
    set: jump,
    advance: (milliseconds) => jump(current.now() + milliseconds),
  };
}
