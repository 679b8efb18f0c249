import { type Pace, spacing } from '../providers/http/pace.ts';
import { abortableSleep } from '../retry.ts';
import { keys, readLedger, type Store } from './store.ts';

/**
 * Takes the next moment of a lane and tells how long it is until then (milliseconds). The server's clock is the one that
 * all workers share.
 */
const TAKE_TURN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local spacing = tonumber(ARGV[1])
local turn = math.max(now - spacing, tonumber(redis.call('GET', KEYS[1]) or '0'))
local after = turn + spacing
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now) + 1000)
return tostring(turn - now)
`;

/** Spaces the requests of all processes that share this Redis. @throws LedgerError */
export function sharedPace(store: Store): Pace {
  return async (lane, signal) => {
    const wait = Number(
      await readLedger(() => store.redis.eval(TAKE_TURN, 1, keys.pace(lane.name), spacing(lane))),
    );
    if (wait > 0) await abortableSleep(wait, signal);
  };
}
