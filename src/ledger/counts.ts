import { keys, readLedger, type Store, type Write } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Counts that guardrails put a limit on, over the last 24 hours. */
export interface DayCounts {
  /** Seats bought in the pool, open intents included. */
  readonly bought: number;
  /** Unexplained removals done in the pool, approved ones not counted. */
  readonly unexplained: number;
}

/** @param now milliseconds since the epoch. */
export async function readDayCounts(store: Store, pool: string, now: number): Promise<DayCounts> {
  const since = `(${now - DAY_MS}`;
  const [bought, unexplained] = await readLedger(() =>
    Promise.all([
      store.redis.zrangebyscore(keys.bought(pool), since, '+inf'),
      store.redis.zcount(keys.unexplained(pool), since, '+inf'),
    ]),
  );
  return { bought: bought.map(seatsOf).reduce((sum, seats) => sum + seats, 0), unexplained };
}

/** Counts a purchase from the moment it is intended, so that no doubt lets a second one through. */
export function boughtWrite(pool: string, operation: string, seats: number, now: number): Write {
  return { command: 'ZADD', key: keys.bought(pool), args: [String(now), `${seats}:${operation}`] };
}

/** Takes back the count of a purchase that certainly had no effect. */
export function notBoughtWrite(pool: string, operation: string, seats: number): Write {
  return { command: 'ZREM', key: keys.bought(pool), args: [`${seats}:${operation}`] };
}

/**
 * What was bought under a pool's former id counts under its new one, anew from now: the day's cap is that of the seats,
 * whatever the pool is called.
 */
export async function countedUnder(
  store: Store,
  former: string,
  pool: string,
  now: number,
): Promise<Write[]> {
  const members = await readLedger(() =>
    store.redis.zrangebyscore(keys.bought(former), `(${now - DAY_MS}`, '+inf'),
  );
  if (members.length === 0) return [];
  const args = members.flatMap((member) => [String(now), member]);
  return [{ command: 'ZADD', key: keys.bought(pool), args }];
}

export function unexplainedWrite(pool: string, run: string, key: string, now: number): Write {
  return { command: 'ZADD', key: keys.unexplained(pool), args: [String(now), `${run}:${key}`] };
}

function seatsOf(member: string): number {
  return Number.parseInt(member, 10) || 0;
}
