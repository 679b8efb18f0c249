import { randomUUID } from 'node:crypto';
import type { LedgerRedis } from '../../../src/ledger/ledger-redis.ts';

type Value = string | Map<string, string> | [string, string[]][];

/** What a Redis holds. */
interface Data {
  readonly values: Map<string, Value>;
  readonly expiries: Map<string, number>;
}

/** A Redis in memory, as far as the ledger needs one: data that several processes share, and that can be lost. */
export interface MemoryServer {
  /** A connection. @param around runs each command; it may fail it before or after its effect, or never return. */
  connect(around: <T>(apply: () => T, command: string) => Promise<T>): LedgerRedis;
  /** A look from outside, without faults. */
  peek(key: string): string | null;
  /** All entries of a stream. */
  stream(key: string): readonly string[];
  /** What a replica has got by now: from here on it gets nothing more, and `WAIT` says so. */
  cutReplication(): void;
  restoreReplication(): void;
  /** The replica takes over; what it never got is lost. */
  failOver(): void;
  flush(): void;
  /** Everything as it was after so many commits. */
  restore(commits: number): void;
  commits(): number;
}

/** @param now milliseconds; for expiry. @param random for the ids of epochs. */
export function memoryServer(now: () => number, keepsHistory = false): MemoryServer {
  let data: Data = { values: new Map(), expiries: new Map() };
  let replica: Data | null = null;
  let replication = randomUUID();
  let before = '0';
  let sequence = 0;
  const history: Data[] = [];

  const live = (key: string): Value | undefined => {
    const at = data.expiries.get(key);
    if (at !== undefined && at <= now()) {
      data.values.delete(key);
      data.expiries.delete(key);
    }
    return data.values.get(key);
  };
  const text = (key: string): string | null => {
    const value = live(key);
    return typeof value === 'string' ? value : null;
  };
  const hash = (key: string): Map<string, string> => {
    const value = live(key);
    return value instanceof Map ? value : new Map();
  };
  const ownHash = (key: string): Map<string, string> => {
    const found = hash(key);
    data.values.set(key, found);
    return found;
  };
  const entries = (key: string): [string, string[]][] => {
    const value = live(key);
    return Array.isArray(value) ? value : [];
  };
  const inRange = (key: string, least: string | number, most: string | number): string[] => {
    const above = boundOf(least, Number.NEGATIVE_INFINITY);
    const below = boundOf(most, Number.POSITIVE_INFINITY);
    return [...hash(key)]
      .filter(([, score]) => above.allows(Number(score)) && Number(score) <= below.value)
      .map(([member]) => member);
  };
  const write = (command: string, key: string, args: readonly string[]) => {
    const [first = '', second = ''] = args;
    switch (command) {
      case 'SET':
        data.values.set(key, first);
        data.expiries.delete(key);
        if (second === 'EX') data.expiries.set(key, now() + Number(args[2]) * 1_000);
        if (second === 'PX') data.expiries.set(key, now() + Number(args[2]));
        return;
      case 'DEL':
        data.values.delete(key);
        return;
      case 'HSET':
        for (let at = 0; at < args.length; at += 2) ownHash(key).set(args[at] ?? '', args[at + 1] ?? '');
        return;
      case 'HDEL':
        for (const field of args) hash(key).delete(field);
        return;
      case 'HINCRBY':
        ownHash(key).set(first, String(Number(hash(key).get(first) ?? 0) + Number(second)));
        return;
      case 'ZADD':
        ownHash(key).set(second, first);
        return;
      case 'ZREM':
        hash(key).delete(first);
        return;
      case 'XADD':
        data.values.set(key, [...entries(key), [`${++sequence}-0`, [...args.slice(1)]]]);
        return;
      case 'EXPIRE':
        if (live(key) !== undefined) data.expiries.set(key, now() + Number(first) * 1_000);
        return;
      default:
        throw new Error(`the stand-in for Redis has no ${command}`);
    }
  };
  /** As the ledger's script does it (src/ledger/store.ts). */
  const commit = (scriptKeys: readonly string[], [body = '{}', ttl = '0', epoch = '']: readonly string[]) => {
    const [operation = '', meta = ''] = scriptKeys;
    const answer = (conflict: string) => [
      conflict,
      hash(meta).get('epoch') ?? '',
      hash(meta).get('commits') ?? '0',
    ];
    if (live(operation) !== undefined) return answer('');
    const plan: CommitBody = JSON.parse(body);
    for (const { key, field, value, absent, what } of plan.expect) {
      const place = scriptKeys[key - 1] ?? '';
      const actual = field === undefined ? text(place) : (hash(place).get(field) ?? null);
      if (absent ? actual !== null : actual !== value) return answer(what);
    }
    for (const { command, key, args } of plan.writes) {
      // Lua's own limit.
      if (args.length >= 8_000) throw new Error('too many results to unpack');
      write(command, scriptKeys[key - 1] ?? '', args);
    }
    write('SET', operation, ['1', 'EX', ttl]);
    if (!hash(meta).has('epoch')) write('HSET', meta, ['epoch', epoch]);
    write('HSET', meta, ['commits', String(Number(hash(meta).get('commits') ?? 0) + 1)]);
    if (keepsHistory) history.push(clone(data));
    return answer('');
  };

  return {
    peek: text,
    stream: (key) => entries(key).map(([, fields]) => fields[1] ?? ''),
    cutReplication: () => {
      replica = clone(data);
    },
    restoreReplication: () => {
      replica = null;
    },
    failOver: () => {
      if (replica !== null) data = replica;
      replica = null;
      before = replication;
      replication = randomUUID();
    },
    commits: () => history.length,
    restore: (commits) => {
      data = clone(history[commits - 1] ?? { values: new Map(), expiries: new Map() });
    },
    flush: () => {
      data = { values: new Map(), expiries: new Map() };
    },
    connect: (around) => ({
      get: (key) => around(() => text(key), 'get'),
      set: (key: string, value: string, ...options: (string | number)[]) =>
        around(() => {
          if (options.includes('NX') && live(key) !== undefined) return null;
          write('SET', key, [value, ...options.map(String)]);
          return 'OK';
        }, 'set'),
      del: (...keys) =>
        around(() => {
          for (const key of keys) write('DEL', key, []);
          return keys.length;
        }, 'del'),
      incr: (key) =>
        around(() => {
          const next = Number(text(key) ?? 0) + 1;
          data.values.set(key, String(next));
          return next;
        }, 'incr'),
      expire: (key, seconds) =>
        around(() => {
          write('EXPIRE', key, [String(seconds)]);
          return 1;
        }, 'expire'),
      pttl: (key) =>
        around(() => {
          if (live(key) === undefined) return -2;
          const at = data.expiries.get(key);
          return at === undefined ? -1 : at - now();
        }, 'pttl'),
      hget: (key, field) => around(() => hash(key).get(field) ?? null, 'hget'),
      hmget: (key, ...fields) => around(() => fields.map((field) => hash(key).get(field) ?? null), 'hmget'),
      hgetall: (key) => around(() => Object.fromEntries(hash(key)), 'hgetall'),
      hset: (key, ...args) =>
        around(() => {
          write('HSET', key, args);
          return 1;
        }, 'hset'),
      hsetnx: (key, field, value) =>
        around(() => {
          if (hash(key).has(field)) return 0;
          write('HSET', key, [field, value]);
          return 1;
        }, 'hsetnx'),
      hdel: (key, ...fields) =>
        around(() => {
          write('HDEL', key, fields);
          return fields.length;
        }, 'hdel'),
      zrangebyscore: (key, least, most) => around(() => inRange(key, least, most), 'zrangebyscore'),
      zcount: (key, least, most) => around(() => inRange(key, least, most).length, 'zcount'),
      zrevrange: (key, start, stop) =>
        around(() => [...hash(key).keys()].reverse().slice(start, stop + 1), 'zrevrange'),
      zremrangebyrank: () => around(() => 0, 'zremrangebyrank'),
      // Progress messages: nobody reads them here.
      xadd: () => around(() => '0-0', 'xadd'),
      xrange: (key: string) => around(() => entries(key), 'xrange'),
      xrevrange: (key) => around(() => [...entries(key)].reverse(), 'xrevrange'),
      info: () =>
        around(
          () =>
            `redis_version:7.0.0\r\naof_enabled:0\r\nconnected_slaves:1\r\nmaster_replid:${replication.replaceAll('-', '')}\r\n` +
            `master_replid2:${before.replaceAll('-', '')}\r\n`,
          'info',
        ),
      config: () => around(() => [], 'config'),
      wait: () => around(() => (replica === null ? 1 : 0), 'wait'),
      call: () => around(() => [1, 0], 'call'),
      eval: (_script, count, ...args) =>
        around(() => commit(args.slice(0, count).map(String), args.slice(count).map(String)), 'commit'),
      evalsha: (_sha, count, ...args) =>
        around(() => commit(args.slice(0, count).map(String), args.slice(count).map(String)), 'commit'),
    }),
  };
}

interface CommitBody {
  readonly expect: readonly {
    readonly key: number;
    readonly field?: string;
    readonly value?: string;
    readonly absent?: boolean;
    readonly what: string;
  }[];
  readonly writes: readonly {
    readonly command: string;
    readonly key: number;
    readonly args: readonly string[];
  }[];
}

function boundOf(text: string | number, unbounded: number) {
  const exclusive = String(text).startsWith('(');
  const number = Number(String(text).replace('(', ''));
  const value = Number.isNaN(number) ? unbounded : number;
  return { value, allows: (score: number) => (exclusive ? score > value : score >= value) };
}

function clone({ values, expiries }: Data): Data {
  const copies = [...values].map(([key, value]): [string, Value] => {
    if (typeof value === 'string') return [key, value];
    return [key, value instanceof Map ? new Map(value) : [...value]];
  });
  return { values: new Map(copies), expiries: new Map(expiries) };
}
