import { z } from 'zod';
import {
  cron,
  hostAndPort,
  poolId,
  redisUrl,
  settings,
  share,
  text,
  timeZone,
  webhookUrl,
  wholeNumber,
} from './fields.ts';
import { poolSchema } from './pools.ts';
import { rosterSchema } from './roster.ts';

export type * from './pools.ts';
export type * from './roster.ts';

const cohorts = settings({
  weeks: wholeNumber(1, 520)
    .default(5)
    .describe('Last day = first day + weeks * 7 - 1, unless the sheet gives one'),
  assignDaysBefore: wholeNumber(0, 365)
    .default(2)
    .describe('A seat is given from local midnight this many days before the first day'),
  keepDaysAfter: wholeNumber(0, 365)
    .default(3)
    .describe('And kept to the end of this many days after the last day'),
}).prefault({});

const guardrails = settings({
  unexplainedRemovals: settings({ count: wholeNumber(0).default(2), share: share.default(0.2) })
    .prefault({})
    .describe("Held beyond the larger of the two; the share is of the pool's managed holders"),
  seatIncrease: wholeNumber(0).default(25).describe('A larger single purchase is held'),
  seatsPerDay: wholeNumber(0)
    .default(50)
    .describe('Seats bought in a pool within 24 hours: a hard cap, whatever the cause'),
  invalidRows: share
    .default(0.2)
    .describe('A larger share of unreadable rows holds every removal and decrement'),
  drift: settings({ count: wholeNumber(0).default(5), share: share.default(0.5) })
    .prefault({})
    .describe('More of our assignments gone from a pool without us: assignments and purchases are held'),
  approvalHours: wholeNumber(1).default(72).describe('How long an approval request stays open'),
}).prefault({});

const schedule = settings({
  cron: cron.describe(
    'In timeZone: minute, hour, day of month, month, day of week; of six, seconds come first',
  ),
  pools: z.array(poolId).min(1, { error: 'expected at least one pool id, or no list for all' }).optional(),
});

/** How to sign in to the servers behind a Sentinel or in a Cluster. */
const signIn = {
  username: text.optional(),
  password: text.optional(),
  tls: z.boolean().default(false),
};

const redis = settings({
  url: redisUrl.optional().describe('A private redis-server in the data folder if absent'),
  sentinel: settings({
    name: text.describe('As the sentinels call the primary'),
    nodes: z.array(hostAndPort).min(1, { error: 'expected at least one HOST:PORT' }),
    sentinelPassword: text.optional(),
    database: wholeNumber(0).default(0),
    ...signIn,
  })
    .optional()
    .describe('In place of url: a primary that sentinels watch over'),
  cluster: settings({
    nodes: z.array(hostAndPort).min(1, { error: 'expected at least one HOST:PORT' }),
    ...signIn,
  })
    .optional()
    .describe('In place of url: a Redis Cluster, of which any nodes are named'),
  dataFolder: text
    .default('data')
    .describe("Of the private redis-server, seen from the configuration's folder"),
}).prefault({});

const queue = settings({
  leaseSeconds: wholeNumber(1, 3600)
    .default(30)
    .describe('After a kill, the work is taken up once the lease has run out'),
}).prefault({});

const token = settings({
  name: text.describe('Who this is, for the audit'),
  role: z.enum(['operator', 'viewer']).describe('An operator may act, a viewer only looks'),
  token: z.string().min(16, { error: 'expected at least 16 characters' }),
});

const http = settings({
  host: text.default('127.0.0.1'),
  port: wholeNumber(0, 65_535).default(8080).describe('0 takes a free one'),
  tokens: z
    .array(token)
    .refine((tokens) => new Set(tokens.map(({ token }) => token)).size === tokens.length, {
      error: 'two of them are the same token; each holder needs their own',
    })
    .default([])
    .describe('Needed to bind anything but loopback'),
  queueActions: z
    .boolean()
    .default(false)
    .describe('Let operators retry, promote and remove jobs at /queues; otherwise it only shows them'),
}).prefault({});

const notify = settings({
  url: webhookUrl,
  format: z.enum(['slack', 'json']).default('json'),
  on: z
    .array(z.enum(['held', 'waiting', 'failed']))
    .default(['held', 'waiting', 'failed'])
    .describe('recovered is always sent'),
});

const heartbeat = settings({
  url: webhookUrl.describe('Asked for (GET) after each run without a failure, as by healthchecks.io'),
});

const log = settings({
  level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}).prefault({});

/**
 * The whole of `cohort-sync.yaml`. Only `timeZone`, `roster` and `pools` are required. What settings far from each other
 * have to agree on is in `agreement.ts`.
 */
export const configSchema = settings({
  timeZone: timeZone.describe('IANA zone in which cohort days begin and end'),
  cohorts,
  roster: rosterSchema,
  pools: z.array(poolSchema).min(1, { error: 'expected at least one pool' }),
  guardrails,
  schedule: z.array(schedule).default([]),
  redis,
  queue,
  http,
  notify: z.array(notify).default([]),
  heartbeat: heartbeat.optional(),
  log,
});

export type Config = z.infer<typeof configSchema>;
export type CohortsConfig = Config['cohorts'];
export type GuardrailConfig = Config['guardrails'];
export type ScheduleConfig = Config['schedule'][number];
export type RedisConfig = Config['redis'];
export type QueueConfig = Config['queue'];
export type HttpConfig = Config['http'];
export type HttpTokenConfig = HttpConfig['tokens'][number];
export type NotifyConfig = Config['notify'][number];
export type LogConfig = Config['log'];

/** Whether the setting at a path is a secret: never to be shown, and to be hidden in logs. */
export function isSecret(path: readonly PropertyKey[]): boolean {
  const last = path.at(-1);
  if (last === 'apiKey' || last === 'clientSecret' || last === 'token') return true;
  if (path[0] === 'redis' && (last === 'password' || last === 'sentinelPassword')) return true;
  return last === 'url' && ['redis', 'notify', 'heartbeat'].includes(String(path[0]));
}
