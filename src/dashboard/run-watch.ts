import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';
import { comparePlaces, eventsAfter, type PlacedEvent } from '../ledger/events.ts';
import type { Store } from '../ledger/store.ts';
import type { Timer } from '../timer.ts';

/** How often a run is looked at that somebody follows (milliseconds). */
const LOOK_MS = 200;

/** After Redis did not answer (milliseconds). */
const LOOK_AGAIN_MS = 2_000;

/** Messages that are kept at hand for the followers of a run; who is further behind reads for themselves. */
const AT_HAND = 500;

/** Messages that are read at a time. */
const PAGE = 500;

/** Follows runs for any number of followers: each run is looked at once, however many there are. */
export interface RunWatches {
  follow(run: string, after: string): Following;
}

/** One follower of one run. */
export interface Following {
  /** The messages after an id, at most some hundred; none if there are none yet. @throws LedgerError */
  after(id: string): Promise<readonly PlacedEvent[]>;
  /** Waits until there are messages after an id, but not longer than so many milliseconds. Tells whether there are. */
  news(id: string, limitMs: number): Promise<boolean>;
  /** Has to be called once, at the end. */
  leave(): void;
}

interface Watch {
  followers: number;
  /** All messages after `from`, oldest first. */
  tail: PlacedEvent[];
  from: string;
  readonly waiting: Set<() => void>;
}

export interface WatchParts {
  readonly store: Store;
  readonly timer: Timer;
  readonly log: Logger;
  /** Ends all following. */
  readonly signal: AbortSignal;
}

export function createRunWatches(parts: WatchParts): RunWatches {
  const watches = new Map<string, Watch>();
  parts.signal.addEventListener('abort', () => {
    for (const watch of watches.values()) wake(watch);
  });
  return {
    follow: (run, after) => {
      const watch = watches.get(run) ?? { followers: 0, tail: [], from: after, waiting: new Set() };
      watch.followers += 1;
      if (!watches.has(run)) {
        watches.set(run, watch);
        void look(parts, run, watch);
      }
      return followingOf(parts, run, watch, () => watches.delete(run));
    },
  };
}

function followingOf(
  { store, signal }: WatchParts,
  run: string,
  watch: Watch,
  forget: () => void,
): Following {
  const hasMore = (id: string) => comparePlaces(lastOf(watch), id) > 0;
  return {
    after: async (id) =>
      comparePlaces(id, watch.from) < 0
        ? eventsAfter(store, run, id, PAGE)
        : watch.tail.filter((each) => comparePlaces(each.id, id) > 0),
    news: (id, limitMs) =>
      new Promise((resolve) => {
        if (signal.aborted || hasMore(id)) return resolve(hasMore(id));
        const done = () => {
          watch.waiting.delete(done);
          clearTimeout(limit);
          resolve(hasMore(id));
        };
        const limit = setTimeout(done, limitMs);
        watch.waiting.add(done);
      }),
    leave: () => {
      watch.followers -= 1;
      if (watch.followers === 0) forget();
    },
  };
}

/** Reads what is new for as long as somebody follows. */
async function look({ store, timer, log, signal }: WatchParts, run: string, watch: Watch): Promise<void> {
  while (watch.followers > 0 && !signal.aborted) {
    let wait = LOOK_MS;
    try {
      const fresh = await eventsAfter(store, run, lastOf(watch), PAGE);
      if (fresh.length > 0) {
        keep(watch, fresh);
        wake(watch);
      }
    } catch (cause) {
      log.warn({ run, problem: messageOf(cause) }, 'a run that is followed could not be looked at');
      wait = LOOK_AGAIN_MS;
    }
    await timer.sleep(wait, signal).catch(() => undefined);
  }
}

function lastOf({ tail, from }: Watch): string {
  return tail.at(-1)?.id ?? from;
}

function keep(watch: Watch, fresh: readonly PlacedEvent[]): void {
  watch.tail.push(...fresh);
  const dropped = watch.tail.splice(0, Math.max(0, watch.tail.length - AT_HAND));
  watch.from = dropped.at(-1)?.id ?? watch.from;
}

function wake({ waiting }: Watch): void {
  for (const done of [...waiting]) done();
}
