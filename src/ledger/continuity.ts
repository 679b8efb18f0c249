import type { LedgerRedis } from './ledger-redis.ts';
import { nothingSeen, type SeatsSeen } from './seats-seen.ts';
import { keys, readLedger, type Store } from './store.ts';

/** What a server says of itself and of its ledger, at one moment. */
interface Sight {
  /** Redis's id of the history of its data: another one after a failover, and after a restart. */
  readonly replication: string;
  /** The history that this one goes on from, as a promoted replica says it; zeros otherwise. */
  readonly before: string;
  readonly epoch: string | null;
  readonly commits: number;
}

/**
 * Whether the ledger still is the one that this process has seen: same epoch, and no commit fewer. A living process
 * notices by it that the data set was flushed, restored from a backup, or lost its last writes in a failover. What may
 * then have been forgotten is an intent, so that changes of seats are put off (see `isQuiet`).
 */
export interface Continuity {
  /** To be called as a commit is sent; what it returns takes note of the answer. */
  sending(): (epoch: string, commits: number) => void;
  /** Looks at the server. Returns what is wrong until that has been seen to; null while all is well. */
  look(store: Store): Promise<string | null>;
  /** How many breaks have been found. What was written before the last one may be lost. */
  breaks(): number;
  /** All that has to follow from the breaks up to this one has been done. */
  seenTo(breaks: number): void;
  /** What this process remembers of the pools' seats. */
  readonly seats: SeatsSeen;
  /** Names this process among those that remember. */
  readonly process: string;
}

/** The ledger for a process that works on it. @param redis a connection made by `forLedger`. */
export function openStore(redis: LedgerRedis): Store {
  return { redis, continuity: createContinuity() };
}

function createContinuity(): Continuity {
  let seen: Seen | null = null;
  let breaks = 0;
  let replication: string | null = null;
  let broken: string | null = null;
  // Answers that arrive together may be read in any order, so each is held against what had been seen when it was asked
  // for. Held against the latest, an answer that was overtaken would look like a loss.
  const ask = () => {
    const asked = { seen, breaks };
    return (epoch: string | null, commits: number) => {
      if (asked.breaks !== breaks) return;
      const sight = epoch === null ? null : { epoch, commits };
      const loss = asked.seen === null ? null : lossBetween(asked.seen, sight);
      if (loss !== null) {
        broken = loss;
        breaks += 1;
        seen = sight;
      } else if (seen === null || (sight?.epoch === seen.epoch && sight.commits > seen.commits)) seen = sight;
    };
  };
  return {
    sending: ask,
    look: async (store) => {
      const compare = ask();
      const sight = await lookAt(store);
      compare(sight.epoch, sight.commits);
      const hasTakenOver = replication !== sight.replication && sight.before === replication;
      replication = sight.replication;
      if (hasTakenOver) {
        broken = 'another Redis server has taken over';
        breaks += 1;
      }
      return broken;
    },
    breaks: () => breaks,
    seenTo: (count) => {
      if (count === breaks) broken = null;
    },
    seats: nothingSeen(),
    process: crypto.randomUUID(),
  };
}

type Seen = Pick<Sight, 'commits'> & { readonly epoch: string };

function lossBetween(earlier: Seen, later: Seen | null): string | null {
  if (later?.epoch !== earlier.epoch) return 'the ledger was emptied or replaced';
  if (later.commits >= earlier.commits) return null;
  return `the ledger has lost its last ${earlier.commits - later.commits} writes`;
}

async function lookAt({ redis }: Store): Promise<Sight> {
  const [info, [epoch = null, commits = null]] = await readLedger(() =>
    Promise.all([redis.info('replication'), redis.hmget(keys.meta, 'epoch', 'commits')]),
  );
  const field = (name: string) => new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1] ?? '';
  return {
    replication: field('master_replid'),
    before: field('master_replid2'),
    epoch,
    commits: Number(commits ?? 0),
  };
}

/**
 * Puts off all changes of seats, in all processes, so that whatever a lost intent had set going shows before anything
 * is decided. Longer quiet times stand.
 */
export async function putQuiet(store: Store, reason: string, milliseconds: number): Promise<void> {
  await readLedger(async () => {
    if ((await store.redis.pttl(keys.quiet)) >= milliseconds) return;
    await store.redis.set(keys.quiet, reason, 'PX', milliseconds);
  });
}

/** How long changes of seats are still put off (milliseconds), and why; null if they are not. */
export async function isQuiet(
  store: Store,
): Promise<{ readonly ms: number; readonly reason: string } | null> {
  const [ms, reason] = await readLedger(() =>
    Promise.all([store.redis.pttl(keys.quiet), store.redis.get(keys.quiet)]),
  );
  return ms > 0 && reason !== null ? { ms, reason } : null;
}
