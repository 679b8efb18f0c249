import { faultsIn, faultsInFurtherRun, type Goal } from './judge.ts';
import type { TestRedis } from './redis.ts';
import { type RedisProxy, startRedisProxy } from './redis-proxy.ts';
import { type School, startSchool, taught, teaches, type WorkerProcess } from './school.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Where in the life of a request the process dies. */
export const POINTS = [
  'before its effect',
  'after its effect',
  'after its answer',
  "after the ledger's write",
] as const;
export type Point = (typeof POINTS)[number];

/** Who goes on. */
export const HEIRS = [
  'the same worker, started again',
  'another worker, already running',
  'two others, already running',
] as const;
export type Heir = (typeof HEIRS)[number];

export interface Scenario {
  readonly name: string;
  readonly goal: Goal;
  /** Default: `salable`. */
  readonly provider?: 'salable' | 'securemailmerge';
  /** What is wrong in the end. Default: by the goal, at Salable. */
  readonly judge?: (school: School) => Promise<string[]>;
  /** @param leaseSeconds default: 1. */
  start(redis?: TestRedis, leaseSeconds?: number): Promise<School>;
}

const OWNER = 'owner@example.org';
const STRANGER = 'stranger@example.org';
const STAYS = 'stan@example.org';
const LEAVERS = ['lena@example.org', 'leo@example.org', 'liv@example.org'];
const JOINERS = ['ada@example.org', 'bo@example.org', 'cy@example.org', 'di@example.org'];

function scenario(
  name: string,
  seats: number,
  to: number,
  leavers: readonly string[],
  joiners: readonly string[],
): Scenario {
  const kept = [OWNER, STRANGER, STAYS];
  return {
    name,
    goal: { from: seats, seats: to, assigned: [...kept, ...joiners], untouched: kept },
    start: (redis, leaseSeconds = 1) =>
      startSchool({
        leaseSeconds,
        ...(redis === undefined ? {} : { redis }),
        salable: {
          subscriptions: [{ seats, assigned: [...kept, ...leavers] }],
          settings: { events: { after: { milliseconds: 150 } } },
        },
        roster: [...taught(...leavers), ...teaches(STAYS, ...joiners)],
        pools: [{ id: 'teaching', protect: [OWNER] }],
      }),
  };
}

/** Leavers, joiners and a purchase with an event; and the same with seats to be given back. */
export const BUYING = scenario('buying', 5, 7, LEAVERS.slice(0, 2), JOINERS);
export const GIVING_BACK = scenario('giving back', 6, 4, LEAVERS, JOINERS.slice(0, 1));
export const SCENARIOS = [BUYING, GIVING_BACK] as const;

interface Player {
  readonly worker: WorkerProcess;
  readonly proxy: RedisProxy;
  readonly http: TcpProxy;
}

/** Runs it once without a kill: how many requests there are. @throws if the clean run itself is not right. */
export async function countRequests(scenario: Scenario, redis?: TestRedis): Promise<number> {
  await using school = await scenario.start(redis);
  const worker = await school.worker();
  await school.sync();
  const requests = school.sandbox.requests().length;
  const faults = [...(await judge(school, scenario)), ...(await faultsInFurtherRun(school))];
  await worker.kill();
  if (faults.length > 0) throw new Error(`the clean run of ${scenario.name}: ${faults.join('; ')}`);
  return requests;
}

function judge(school: School, scenario: Scenario): Promise<string[]> {
  return scenario.judge?.(school) ?? faultsIn(school, scenario.goal);
}

export interface PointResult {
  readonly faults: readonly string[];
  /** Whether the run came to the point at all. */
  readonly reached: boolean;
  /** From the kill until somebody else asks the provider something for the run, or it has ended (milliseconds). */
  readonly resumed: number;
  /** From the kill to the end of the run (milliseconds). */
  readonly recovery: number;
}

/** Kills the worker at one point and sees what becomes of the run. @param leaseSeconds default: 1. */
export async function killAt(
  scenario: Scenario,
  request: number,
  point: Point,
  heir: Heir,
  leaseSeconds?: number,
): Promise<PointResult> {
  await using school = await scenario.start(undefined, leaseSeconds);
  const players: Player[] = [];
  let last = 0;
  let resumedAt: number | null = null;
  const join = async () => {
    const place = players.length;
    const proxy = await startRedisProxy(school.redis.socket);
    const http = await startTcpProxy(school.sandbox.url, () => {
      last = place;
      if (victim !== null && place !== victim) resumedAt ??= performance.now();
    });
    const baseUrl = `${http.url}/${scenario.provider ?? 'salable'}`;
    const worker = await school.worker({ redisUrl: proxy.url, baseUrl });
    players.push({ worker, proxy, http });
  };
  await join();
  for (let others = HEIRS.indexOf(heir); others > 0; others--) await join();

  let killedAt: number | null = null;
  let victim: number | null = null;
  const killed = Promise.withResolvers<void>();
  const kill = async (player: Player | undefined) => {
    if (killedAt !== null) return;
    killedAt = performance.now();
    victim = player === undefined ? null : players.indexOf(player);
    await player?.worker.kill();
    killed.resolve();
  };
  arm(school, scenario, request, point, players, () => players[last], kill);
  const { run } = await school.trigger();
  const ended = school.ended(run, 60_000 + 10_000 * (leaseSeconds ?? 1));
  await Promise.race([killed.promise, ended]);
  if (killedAt !== null && heir === HEIRS[0]) await join();
  await ended;
  const recovery = killedAt === null ? 0 : performance.now() - killedAt;
  const resumed = killedAt === null || resumedAt === null ? recovery : resumedAt - killedAt;
  const faults = [...(await judge(school, scenario)), ...(await faultsInFurtherRun(school))];
  for (const { worker, proxy, http } of players) {
    await worker.kill();
    await proxy[Symbol.asyncDispose]();
    await http[Symbol.asyncDispose]();
  }
  return { faults, reached: killedAt !== null, resumed, recovery };
}

/** An answer that was sent has been read by then, even where nothing is done about it at once (milliseconds). */
const READ_MS = 400;

function arm(
  { sandbox }: School,
  { provider = 'salable' }: Scenario,
  nth: number,
  point: Point,
  players: readonly Player[],
  sender: () => Player | undefined,
  kill: (player: Player | undefined) => Promise<void>,
): void {
  const match = { provider, nth };
  switch (point) {
    case 'before its effect':
      sandbox.faults.hook(match, { before: () => kill(sender()) });
      // What the process had handed to the network is lost with it.
      sandbox.faults.order({ match, fault: { kind: 'drop', when: 'before' } });
      return;
    case 'after its effect':
      sandbox.faults.hook(match, {
        after: async () => {
          await kill(sender());
          return undefined;
        },
      });
      return;
    case 'after its answer':
      sandbox.faults.hook(match, {
        after: () => {
          const player = sender();
          player?.proxy.freeze();
          const read = new Promise((resolve) => setTimeout(resolve, READ_MS));
          void Promise.race([player?.proxy.knocked(), read]).then(() => kill(player));
          return undefined;
        },
      });
      return;
    case "after the ledger's write":
      sandbox.faults.hook(match, {
        after: () => {
          for (const player of players) {
            void player.proxy.freezeAfterCommit().then(() => {
              for (const other of players) if (other !== player) other.proxy.never();
              return kill(player);
            });
          }
          return undefined;
        },
      });
      return;
  }
}
