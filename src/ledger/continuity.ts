import type { LedgerRedis } from './ledger-redis.ts';
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
  /** Takes note of what a commit has answered. */
  committed(epoch: string, commits: number): void;
  /** Looks at the server. Returns what is wrong, once for each break; null while all is well. */
  look(store: Store): Promise<string | null>;
}

/** The ledger for a process that works on it. @param redis a connection made by `forLedger`. */
export function openStore(redis: LedgerRedis): Store {
  return { redis, continuity: createContinuity() };
}

function createContinuity(): Continuity {
  let seen: { epoch: string; commits: number } | null = null;
  let replication: string | null = null;
  let broken: string | null = null;
  const compare = (epoch: string | null, commits: number) => {
    if (seen !== null && epoch !== seen.epoch) broken = 'the ledger was emptied or replaced';
    else if (seen !== null && commits < seen.commits) {
      broken = `the ledger has lost its last ${seen.commits - commits} writes`;
    }
    seen = epoch === null ? null : { epoch, commits };
  };
  return {
    committed: compare,
    look: async (store) => {
      const sight = await lookAt(store);
      compare(sight.epoch, sight.commits);
      if (replication !== null && sight.replication !== replication && sight.before === replication) {
        broken = 'another Redis server has taken over';
      }
      replication = sight.replication;
      const found = broken;
      broken = null;
      return found;
    },
  };
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
