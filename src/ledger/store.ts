import { LedgerConflict, LedgerError, messageOf } from '../errors.ts';
import { KEY_PREFIX } from '../queue/key-prefix.ts';
import type { Continuity } from './continuity.ts';
import type { LedgerRedis } from './ledger-redis.ts';

/** The ledger's place in Redis, beside the queues. */
const ROOT = `${KEY_PREFIX}:ledger`;

/** How long a write is remembered, so that one that was sent twice is applied once (seconds). */
const REMEMBER_SECONDS = 86_400;

/** How often a write whose reply was lost is sent again. It is applied once however often it arrives. */
const SEND_ATTEMPTS = 3;

/** Names of the ledger's keys. */
export const keys = {
  /** The ledger's epoch, and how many commits it has seen. */
  meta: `${ROOT}:meta`,
  /** While it is there, no seats are bought or given back. */
  quiet: `${ROOT}:quiet`,
  workers: `${ROOT}:workers`,
  /** Which pools each worker has. Beside what it says of itself: older versions take no more there than they know. */
  workerPools: `${ROOT}:worker-pools`,
  people: `${ROOT}:people`,
  lastRoster: `${ROOT}:roster`,
  /** What was asked about single cells of a Google sheet. */
  sheet: `${ROOT}:sheet`,
  /** The last tick taken of each schedule. */
  schedule: `${ROOT}:schedule`,
  /** Of each pool: its last run, and when one last ended without a failure. */
  outcomes: `${ROOT}:outcomes`,
  /** What is counted for the metrics. */
  counters: `${ROOT}:counters`,
  /** By which pool id each account was last managed. */
  managers: `${ROOT}:managers`,
  runs: `${ROOT}:runs`,
  audit: `${ROOT}:audit`,
  run: (run: string) => `${ROOT}:run:${run}`,
  runRoster: (run: string) => `${ROOT}:run:${run}:roster`,
  runEvents: (run: string) => `${ROOT}:run:${run}:events`,
  stage: (run: string, pool: string) => `${ROOT}:run:${run}:stage:${pool}`,
  results: (run: string, pool: string) => `${ROOT}:run:${run}:results:${pool}`,
  active: (pool: string) => `${ROOT}:pool:${pool}:active`,
  fence: (pool: string) => `${ROOT}:pool:${pool}:fence`,
  intent: (pool: string) => `${ROOT}:pool:${pool}:intent`,
  /** The operation of the last change of the total that was intended. */
  lastChange: (pool: string) => `${ROOT}:pool:${pool}:last-change`,
  /** The total that the ledger can account for. */
  knownTotal: (pool: string) => `${ROOT}:pool:${pool}:total`,
  /** While it is there, the ledger was found broken and the pool has not been looked at since. */
  broken: (pool: string) => `${ROOT}:pool:${pool}:broken`,
  /** Who is assigned, where the ledger alone knows it. */
  assignments: (pool: string) => `${ROOT}:pool:${pool}:assignments`,
  /** At which account they are so. */
  assignedAt: (pool: string) => `${ROOT}:pool:${pool}:assigned-at`,
  /** What such a pool's provider has told of it, and what people have. */
  account: (pool: string) => `${ROOT}:pool:${pool}:account`,
  /** The counts of each answer of such a pool. */
  answers: (pool: string) => `${ROOT}:pool:${pool}:answers`,
  grantees: (pool: string) => `${ROOT}:pool:${pool}:grantees`,
  bought: (pool: string) => `${ROOT}:pool:${pool}:bought`,
  unexplained: (pool: string) => `${ROOT}:pool:${pool}:unexplained`,
  repeats: (pool: string) => `${ROOT}:pool:${pool}:repeats`,
  circuitRest: (pool: string) => `${ROOT}:pool:${pool}:rest`,
  circuitFailures: (pool: string) => `${ROOT}:pool:${pool}:failures`,
  currentHold: (pool: string) => `${ROOT}:pool:${pool}:hold`,
  hold: (id: string) => `${ROOT}:hold:${id}`,
  holdsOfRun: (run: string) => `${ROOT}:run:${run}:holds`,
  approved: (pool: string) => `${ROOT}:pool:${pool}:approved`,
  rejected: (pool: string) => `${ROOT}:pool:${pool}:rejected`,
  /** Notifications that are to be sent and not yet on their queue. */
  notices: `${ROOT}:notices`,
  notified: (pool: string) => `${ROOT}:pool:${pool}:notified`,
  lastRead: (pool: string) => `${ROOT}:pool:${pool}:last-read`,
  /** How seats needed and seats paid go on, as the last run saw it. */
  outlook: (pool: string) => `${ROOT}:pool:${pool}:outlook`,
  /** Of each day on which a run has ended: what was paid, assigned and needed. */
  seatDays: (pool: string) => `${ROOT}:pool:${pool}:days`,
  shortage: (pool: string) => `${ROOT}:pool:${pool}:shortage`,
  /** There for as long as a session of the pages that was ended would have gone on. */
  endedSession: (id: string) => `${ROOT}:session:${id}:ended`,
  pace: (lane: string) => `${ROOT}:pace:${lane}`,
  operation: (id: string) => `${ROOT}:op:${id}`,
};

/** What must be true for a write to be applied. `value: null` means that the key or field is absent. */
export interface Expectation {
  readonly key: string;
  readonly field?: string;
  readonly value: string | null;
  /** For the error's message: `run`, `intent`, `fence`. */
  readonly what: string;
}

/** One Redis command on one key. */
export interface Write {
  readonly command: 'HSET' | 'HDEL' | 'HINCRBY' | 'SET' | 'DEL' | 'ZADD' | 'ZREM' | 'XADD' | 'EXPIRE';
  readonly key: string;
  readonly args: readonly string[];
}

export interface Commit {
  /** Names this write. A second commit with the same id changes nothing and succeeds. */
  readonly id: string;
  readonly expect?: readonly Expectation[];
  readonly writes: readonly Write[];
}

/**
 * Validates everything, then writes everything: Redis has no rollback, so nothing may fail after the first write.
 * The operation's id is looked at first and set last.
 */
const COMMIT_SCRIPT = `
local function answer(conflict)
  local meta = redis.call('HMGET', KEYS[2], 'epoch', 'commits')
  return {conflict, meta[1] or '', meta[2] or '0'}
end
if redis.call('EXISTS', KEYS[1]) == 1 then return answer('') end
local plan = cjson.decode(ARGV[1])
for _, e in ipairs(plan.expect) do
  local actual
  if e.field then actual = redis.call('HGET', KEYS[e.key], e.field) else actual = redis.call('GET', KEYS[e.key]) end
  if e.absent then
    if actual then return answer(e.what) end
  elseif actual ~= e.value then
    return answer(e.what)
  end
end
for _, w in ipairs(plan.writes) do
  redis.call(w.command, KEYS[w.key], unpack(w.args))
end
redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])
redis.call('HSETNX', KEYS[2], 'epoch', ARGV[3])
redis.call('HINCRBY', KEYS[2], 'commits', 1)
return answer('')
`;

/** Quick beside the commit itself, and an `import` of Node's cryptography costs 5 ms at every start, needed or not. */
const commitSha = () => process.getBuiltinModule('node:crypto').hash('sha1', COMMIT_SCRIPT);

/** The ledger's connection. Make it by `forLedger`: a lost reply must reject, never hang or be resent by the client. */
export interface Store {
  readonly redis: LedgerRedis;
  /** What this process has seen of the ledger; absent where it only looks. Made by `openStore`. */
  readonly continuity?: Continuity;
}

/**
 * Applies one write to the ledger, once, however often it is sent.
 * @throws LedgerConflict if an expectation does not hold; nothing was written.
 * @throws LedgerError if Redis did not confirm the write; it may have been applied, and may be committed again.
 */
export async function commit(store: Store, { id, expect = [], writes }: Commit): Promise<void> {
  const places = new Map<string, number>();
  const place = (key: string) => {
    const known = places.get(key);
    if (known !== undefined) return known;
    // KEYS[1] is the operation's own, KEYS[2] the ledger's.
    places.set(key, places.size + 3);
    return places.size + 2;
  };
  const body = JSON.stringify({
    expect: expect.map(({ key, field, value, what }) => ({
      key: place(key),
      what,
      ...(field === undefined ? {} : { field }),
      ...(value === null ? { absent: true } : { value }),
    })),
    writes: writes.flatMap(inPieces).map(({ command, key, args }) => ({ command, key: place(key), args })),
  });
  const answered = store.continuity?.sending();
  const [conflict, epoch, commits] = await send(
    store.redis,
    [keys.operation(id), keys.meta, ...places.keys()],
    [body, String(REMEMBER_SECONDS), crypto.randomUUID()],
  );
  answered?.(epoch, commits);
  if (conflict !== '') throw new LedgerConflict(conflict);
}

/** Most arguments of one command: a script can't unpack more than some eight thousand. Even, for pairs stay together. */
const MOST_ARGS = 1_000;

const MANY: readonly Write['command'][] = ['HSET', 'HDEL', 'ZADD', 'ZREM'];

/** The same write as commands that a script can make. */
function inPieces(write: Write): Write[] {
  const { command, args } = write;
  if (args.length <= MOST_ARGS || !MANY.includes(command)) return [write];
  const pieces: Write[] = [];
  for (let from = 0; from < args.length; from += MOST_ARGS)
    pieces.push({ ...write, args: args.slice(from, from + MOST_ARGS) });
  return pieces;
}

type Answer = readonly [conflict: string, epoch: string, commits: number];

async function send(redis: LedgerRedis, scriptKeys: string[], args: string[]): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return answerOf(await evaluate(redis, scriptKeys, args));
    } catch (cause) {
      if (attempt < SEND_ATTEMPTS && !isReply(cause)) continue;
      throw new LedgerError(
        `Redis did not confirm a write to the ledger: ${messageOf(cause)}`,
        'Look at the Redis server. Nothing is changed at a provider until the ledger can be written.',
        { cause },
      );
    }
  }
}

function answerOf(reply: unknown): Answer {
  const [conflict, epoch, commits] = Array.isArray(reply) ? reply.map(String) : [];
  return [conflict ?? '', epoch ?? '', Number(commits ?? 0)];
}

async function evaluate(redis: LedgerRedis, scriptKeys: string[], args: string[]): Promise<unknown> {
  try {
    return await redis.evalsha(commitSha(), scriptKeys.length, ...scriptKeys, ...args);
  } catch (cause) {
    if (!messageOf(cause).startsWith('NOSCRIPT')) throw cause;
    return redis.eval(COMMIT_SCRIPT, scriptKeys.length, ...scriptKeys, ...args);
  }
}

/** Whether the server itself refused (as with full memory), so that sending again is pointless. */
function isReply(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'ReplyError';
}

/** Reads, with the ledger's own error. */
export async function readLedger<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new LedgerError(
      `Redis could not be read: ${messageOf(cause)}`,
      'Look at the Redis server and its address (redis.url).',
      { cause },
    );
  }
}

/** As `HSET` takes them; nothing where there are none. */
export function hashWrites(key: string, entries: Iterable<readonly [string, string]>): Write[] {
  const args = [...entries].flat();
  return args.length === 0 ? [] : [{ command: 'HSET', key, args }];
}
