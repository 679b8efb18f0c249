/** Wrong tokens that an address may send within the window before it has to wait. */
const ALLOWED = 10;

/** How long wrong tokens are remembered, and so the longest that one has to wait (milliseconds). */
const WINDOW_MS = 60_000;

/** Addresses that are remembered at most; the oldest go first. */
const MOST_ADDRESSES = 10_000;

/** Slows down whoever tries tokens: kept in memory, each process for itself. */
export interface Throttle {
  /** Seconds that an address has to wait before its token is looked at; 0 if it is looked at now. */
  waitSeconds(address: string, digest: string): number;
  failed(address: string): void;
  /** A token that was right once from an address gains nobody anything when it is looked at again, whatever others try. */
  succeeded(address: string, digest: string): void;
}

/** @param now milliseconds that only grow. */
export function createThrottle(now: () => number): Throttle {
  const failures = new Map<string, number[]>();
  const proven = new Set<string>();
  const recent = (address: string) => (failures.get(address) ?? []).filter((at) => now() - at < WINDOW_MS);
  return {
    waitSeconds: (address, digest) => {
      const times = recent(address);
      const [oldest] = times.slice(-ALLOWED);
      if (times.length < ALLOWED || oldest === undefined || proven.has(`${address} ${digest}`)) return 0;
      return Math.max(1, Math.ceil((oldest + WINDOW_MS - now()) / 1_000));
    },
    failed: (address) => {
      const times = [...recent(address), now()].slice(-ALLOWED);
      failures.delete(address);
      failures.set(address, times);
      forgetBeyond(failures.keys(), failures.size, (key) => failures.delete(key));
    },
    succeeded: (address, digest) => {
      proven.add(`${address} ${digest}`);
      forgetBeyond(proven.keys(), proven.size, (key) => proven.delete(key));
    },
  };
}

function forgetBeyond(keys: Iterator<string>, size: number, forget: (key: string) => void): void {
  const oldest = keys.next();
  if (size > MOST_ADDRESSES && !oldest.done) forget(oldest.value);
}
