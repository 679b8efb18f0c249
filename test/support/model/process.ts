import { pino } from 'pino';
import { configSchema } from '../../../config/schema.ts';
import type { JobContext } from '../../../jobs/context.ts';
import { noticeBreak } from '../../../jobs/notice-break.ts';
import { openStore } from '../../../src/ledger/continuity.ts';
import { keys, type Store } from '../../../src/ledger/store.ts';
import type { Roster } from '../../../src/roster/types.ts';
import { type FakeProvider, POOL } from './fake-provider.ts';
import type { Hand, JobBoard } from './job-board.ts';
import type { MemoryServer } from './memory-redis.ts';
import type { Mishap } from './schedule.ts';
import type { VirtualTime } from './virtual-time.ts';

export const LEASE_MS = 10_000;
export const SEATS_PER_DAY = 8;

export const config = configSchema.parse({
  timeZone: 'America/New_York',
  roster: { source: 'csv', path: 'roster.csv' },
  pools: [
    {
      ...{ id: POOL, provider: 'salable', apiKey: 'model', baseUrl: 'http://127.0.0.1:1' },
      subscriptionUuid: '5a000000-0000-4000-8000-000000000001',
      seats: { min: 1, settleSeconds: 60 },
    },
  ],
  guardrails: { seatsPerDay: SEATS_PER_DAY, seatIncrease: 100, drift: { count: 100, share: 1 } },
  queue: { leaseSeconds: LEASE_MS / 1_000 },
});

const log = pino({ level: process.env.MODEL_LOG ?? 'silent', base: null });

export interface ModelProcess extends Hand {
  kill(): void;
  /** Stands still for so long. */
  pause(ms: number): void;
}

/** The parts of the world that a process can reach. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly server: MemoryServer;
  readonly board: JobBoard;
  readonly provider: FakeProvider;
  readonly roster: () => Roster;
  /** The mishap of the next step, if there is one. */
  nextMishap(): Mishap | null;
  /** Brings about what is not about the command at hand. */
  happen(mishap: Mishap, self: ModelProcess): void;
}

/** A worker process: the real jobs on the stand-ins, and every step of it may be the last. */
export function startProcess(around: Surroundings): ModelProcess {
  const { time, server, board, provider } = around;
  let dead = false;
  let resumed: Promise<void> | null = null;
  const never = new Promise<never>(() => undefined);

  const step = async (mayPause: boolean): Promise<Mishap | null> => {
    if (dead) await never;
    if (resumed !== null) await resumed;
    const mishap = around.nextMishap();
    if (mishap === null) return null;
    // After its last check nothing can stop a request any more: that window is stated, not tested.
    if (mishap.kind === 'pause' && !mayPause) return null;
    around.happen(mishap, self);
    if (dead) await never;
    if (resumed !== null) await resumed;
    return mishap;
  };
  const command = async <T>(apply: () => T): Promise<T> => {
    const mishap = await step(true);
    if (mishap?.kind === 'command lost') throw new Error('the connection broke');
    const answer = apply();
    if (mishap?.kind === 'reply lost') throw new Error('the reply was lost');
    return answer;
  };
  const wire = {
    step: async (what: string) => {
      await step(!what.endsWith('before'));
    },
  };
  const store = openStore(server.connect(command));
  const context: JobContext = {
    config,
    store,
    queues: board.queues(command),
    providerOf: () => provider.connect(wire),
    readRoster: async () => around.roster(),
    clock: time.clock,
    timer: time.timer,
    log,
    random: () => 0.5,
  };
  const self: ModelProcess = {
    context,
    alive: () => !dead,
    paused: () => resumed !== null,
    kill: () => {
      dead = true;
    },
    pause: (ms) => {
      resumed = new Promise((resolve) => {
        time.at(time.now() + ms, () => {
          resumed = null;
          resolve();
        });
      });
    },
  };
  // A worker looks at the ledger when it starts, and now and then; here only while there is a run, to save steps.
  const watch = async () => {
    if (dead) return;
    if (server.peek(keys.active(POOL)) !== null) await noticeBreak(context).catch(() => undefined);
    time.at(time.now() + LEASE_MS, () => void watch());
  };
  void store.continuity?.look(outside(server));
  time.at(time.now() + LEASE_MS, () => void watch());
  return self;
}

/** The ledger as one sees it from outside, without mishaps. */
export function outside(server: MemoryServer): Store {
  return { redis: server.connect((apply) => Promise.resolve(apply())) };
}
