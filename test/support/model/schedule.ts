import type { LineFate, TotalFate } from './fake-provider.ts';

/** What happens at one step of all that the processes do. A step is a command to Redis or a call to the provider. */
export type Mishap =
  | { readonly kind: 'kill' }
  /** The process stands still (a stopped process, a blocked event loop), longer than its lease or not. */
  | { readonly kind: 'pause'; readonly ms: number }
  /** Redis applies the command, and the answer is lost. */
  | { readonly kind: 'reply lost' }
  /** Redis does not apply the command. */
  | { readonly kind: 'command lost' }
  | { readonly kind: 'buy by hand'; readonly seats: number }
  | { readonly kind: 'free by hand'; readonly place: number }
  | { readonly kind: 'assign by hand' }
  | { readonly kind: 'clock jump'; readonly ms: number }
  /** The replica gets nothing more; a while later it takes over. */
  | { readonly kind: 'fail over'; readonly after: number }
  | { readonly kind: 'flush' };

/** One game: a school, what is to be done, and what goes wrong. */
export interface Schedule {
  /** Free seats at the start. */
  readonly free: number;
  readonly leavers: number;
  readonly stays: number;
  /** Joiners of each phase; a phase is a run after a change of the roster. */
  readonly joiners: readonly number[];
  readonly workers: number;
  /** At which step what happens. */
  readonly mishaps: readonly { readonly step: number; readonly mishap: Mishap }[];
  readonly totalFates: readonly TotalFate[];
  readonly lineFates: readonly LineFate[];
  /**
   * Somebody who undoes after each run what it did: gives the seat of one person to nobody (`seat`), buys back what was given
   * back (`surplus`), or frees the seats of those who just joined and gives them back (`purchase`).
   */
  readonly reverser?: { readonly what: 'seat' | 'surplus' | 'purchase'; readonly place: number } | null;
  /** Somebody approves a purchase in doubt after each run in which there is one, once nothing can be under way any more. */
  readonly approves?: boolean;
}

export interface Outcome {
  /** What no schedule may bring about; empty if all is well. */
  readonly faults: readonly string[];
  /** It ended in a hold: the price of safety. */
  readonly quarantined: boolean;
  /** Writes to the ledger, where its history was kept. */
  readonly commits: number;
}
