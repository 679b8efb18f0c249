import { setTimeout as delay } from 'node:timers/promises';

/** How often what is waited for is looked at, and for how long unless the caller knows better (milliseconds). */
const LOOK_MS = 20;
const LIMIT_MS = 30_000;

/**
 * Waits for something to become true, and returns what the check found.
 * @param what for the error's message.
 * @throws if it does not come about within the limit.
 */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs: number = LIMIT_MS,
): Promise<T> {
  const started = performance.now();
  for (;;) {
    const found = await check();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() - started > limitMs)
      throw new Error(`waited ${limitMs} ms in vain for this: ${what}`);
    await delay(LOOK_MS);
  }
}
