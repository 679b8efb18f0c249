import { randomUUID } from 'node:crypto';
import type { CallRecord } from '../providers/http/client.ts';
import { commit, keys, readLedger, type Store, type Write } from './store.ts';

/** Upper bounds of the durations of calls (seconds), as Prometheus counts them. */
const BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** How often what was counted goes to the ledger (milliseconds). */
const FLUSH_MS = 2_000;

/** Counts the calls of a process for the metrics. What a killed process had not written yet is not counted. */
export interface CallCounter {
  note(pool: string, call: CallRecord): void;
  /** Writes what is left, and stops. */
  close(): Promise<void>;
}

/** @param onError told when counts could not be written; they are kept for the next time. */
export function countCalls(store: () => Store | null, onError: (cause: unknown) => void): CallCounter {
  const counts = new Map<string, number>();
  const add = (field: string, by: number) => counts.set(field, (counts.get(field) ?? 0) + by);
  const flush = async () => {
    const ledger = store();
    if (counts.size === 0 || ledger === null) return;
    const taken = [...counts];
    counts.clear();
    const writes = taken.map(
      ([field, by]): Write => ({
        command: 'HINCRBY',
        key: keys.counters,
        args: [field, String(by)],
      }),
    );
    try {
      await commit(ledger, { id: `counters:${randomUUID()}`, writes });
    } catch (cause) {
      for (const [field, by] of taken) add(field, by);
      onError(cause);
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  return {
    note: (pool, { method, status, outcome, ms }) => {
      if (outcome === 'stopped') return;
      add(`call:${pool}:${method}:${status ?? outcome}`, 1);
      add(`call-ms:${pool}`, Math.round(ms));
      const bound = BOUNDS.find((each) => ms <= each * 1_000);
      add(`call-le:${pool}:${bound ?? '+Inf'}`, 1);
    },
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}

export interface Counters {
  readonly runs: ReadonlyMap<string, number>;
  readonly calls: readonly { pool: string; method: string; status: string; count: number }[];
  readonly durations: readonly {
    pool: string;
    /** How many calls took at most so many seconds. */
    buckets: readonly (readonly [le: string, count: number])[];
    seconds: number;
    count: number;
  }[];
}

/** What all processes together have counted since the ledger began. */
export async function readCounters({ redis }: Store): Promise<Counters> {
  const stored = Object.entries(await readLedger(() => redis.hgetall(keys.counters)));
  const values = new Map(stored.map(([field, text]) => [field, Number(text)]));
  const named = (kind: string) =>
    [...values]
      .filter(([field]) => field.startsWith(`${kind}:`))
      .map(([field, count]) => ({ parts: field.split(':').slice(1), count }));
  return {
    runs: new Map(named('runs').map(({ parts, count }) => [parts[0] ?? '', count])),
    calls: named('call').map(({ parts: [pool = '', method = '', status = ''], count }) => ({
      pool,
      method,
      status,
      count,
    })),
    durations: named('call-ms').map(({ parts: [pool = ''], count: ms }) => {
      let sum = 0;
      const buckets = [...BOUNDS.map(String), '+Inf'].map((le) => {
        sum += values.get(`call-le:${pool}:${le}`) ?? 0;
        return [le, sum] as const;
      });
      return { pool, buckets, seconds: ms / 1_000, count: sum };
    }),
  };
}
