import type { Logger } from 'pino';
import { messageOf } from '../errors.ts';

/** What of a connection is watched: ioredis's client, or its cluster. */
interface Watched {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'ready' | 'end', listener: () => void): unknown;
}

/** Tells of outages of Redis: once when it goes and once when it is back, however many connections there are. */
export interface Outages {
  /** @param place where the connection goes, for people. */
  watch(redis: Watched, place: string): void;
}

/** For all connections of a process to one Redis. ioredis tells of every try of each of them. */
export function createOutages(log: Pick<Logger, 'info' | 'warn'>): Outages {
  const away = new Set<Watched>();
  return {
    watch: (redis, place) => {
      const back = () => away.delete(redis) && away.size === 0;
      redis.on('error', (error) => {
        const first = away.size === 0;
        away.add(redis);
        // The message alone: the error's other fields may hold the arguments of a command, such as the password.
        if (first) log.warn({ redis: place, problem: messageOf(error) }, 'Redis is away');
      });
      redis.on('ready', () => {
        if (back()) log.info({ redis: place }, 'Redis is back');
      });
      redis.on('end', back);
    },
  };
}

/** How ioredis and Node say that there is no connection. */
const LOST =
  /\b(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)\b|Connection is closed|isn't writeable|max retries per request|Command timed out|Failed to refresh slots cache|All sentinels are unreachable/;

/** Whether an error says no more than that Redis is away, which is told once by whoever watches the connections. */
export function isConnectionLoss(cause: unknown): boolean {
  return LOST.test(messageOf(cause));
}

/** Logs what a queue or a worker of BullMQ meets beside its jobs: that Redis is away has been said. */
export function logQueueError(log: Pick<Logger, 'debug' | 'warn'>, queue: string): (cause: unknown) => void {
  return (cause) => {
    const facts = { queue, problem: messageOf(cause) };
    if (isConnectionLoss(cause)) log.debug(facts, 'the queue lost its connection to Redis');
    else log.warn(facts, 'the queue met an error');
  };
}
