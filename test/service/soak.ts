import { fromInstant, systemClock } from '../../src/dates.ts';
import { readGrantees } from '../../src/ledger/grantees.ts';
import { listRuns } from '../../src/ledger/runs.ts';
import type { FaultOrder } from '../../src/sandbox/faults.ts';
import { type School, startSchool, type Teaching, taught, teaches } from '../support/school.ts';
import { call, type ServeProcess, type Services, servicesOf } from '../support/service.ts';
import { until } from '../support/until.ts';

/** What a soak came to. Each part has to agree with the others. */
export interface SoakResult {
  readonly runs: number;
  readonly kills: number;
  readonly faults: number;
  /** Who is to have a seat, by the last roster. */
  readonly due: readonly string[];
  readonly provider: { readonly total: number; readonly assigned: readonly string[] };
  /** Whom the ledger knows, and who of them it says has a seat by us. */
  readonly ledger: { readonly known: readonly string[]; readonly assigned: readonly string[] };
  readonly metrics: {
    readonly total: number | undefined;
    readonly assigned: number | undefined;
    readonly runs: number;
    readonly holds: number | undefined;
  };
  /** Scheduled times that started more than one run. */
  readonly twice: readonly string[];
  /** Effects at the provider after all was quiet. */
  readonly late: number;
}

const FAULTS: readonly FaultOrder['fault'][] = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, when: 'after' },
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'drop', when: 'before' },
  { kind: 'drop', when: 'after' },
  { kind: 'delay', milliseconds: 300 },
  { kind: 'cut', how: 'broken' },
  { kind: 'html' },
];

const OWNER = 'owner@example.org';

/**
 * A school at work: its schedule ticks every second, people come and go, the provider fails, and the processes of the
 * service are killed, ended and started again. After `seconds` of it the faults end, and everybody has to come to agree.
 * @param seed the same seed makes the same choices; what the machine makes of them differs.
 */
export async function soak(seconds: number, seed: number): Promise<SoakResult> {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 3, assigned: [OWNER] }] },
    roster: teaches('first@example.org'),
    guardrails: { unexplainedRemovals: { count: 1_000, share: 1 }, seatsPerDay: 1_000, seatIncrease: 1_000 },
  });
  await using services = servicesOf(school);
  const random = randomOf(seed);
  const settings = { schedule: [{ cron: '* * * * * *' }], log: { level: 'error' } };
  const front = await services.start({ name: 'front', settings, only: 'schedule,http' });
  const workers = await startBoth(services, settings);

  const troubles = { kills: 0, faults: 0 };
  const roster: Teaching[] = teaches('first@example.org');
  const end = performance.now() + seconds * 1_000;
  for (let step = 0; performance.now() < end; step++) {
    comeAndGo(roster, step, random);
    school.setRoster(roster);
    if (random() < 0.4) {
      const fault = FAULTS[Math.floor(random() * FAULTS.length)];
      if (fault !== undefined)
        school.sandbox.faults.order({ match: { provider: 'salable' }, times: 1, fault });
      troubles.faults += 1;
    }
    if (step % 6 === 5) {
      await replaceOne(services, workers, settings, random);
      troubles.kills += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  school.sandbox.faults.clear();
  return await settle(school, front, roster, troubles);
}

type Settings = Readonly<Record<string, unknown>>;

function startBoth(services: Services, settings: Settings): Promise<ServeProcess[]> {
  const start = (name: string) => services.start({ name, settings, only: 'worker' });
  return Promise.all([start('one'), start('two')]);
}

/** Kills one of the two workers, or asks it to end, and starts another in its place. */
async function replaceOne(
  services: Services,
  workers: ServeProcess[],
  settings: Settings,
  random: () => number,
): Promise<void> {
  const index = random() < 0.5 ? 0 : 1;
  const old = workers[index];
  old?.signal(random() < 0.5 ? 'SIGKILL' : 'SIGTERM');
  await old?.ended;
  workers[index] = await services.start({ name: index === 0 ? 'one' : 'two', settings, only: 'worker' });
}

/** Somebody new begins, or somebody's cohort turns out to be over. */
function comeAndGo(roster: Teaching[], step: number, random: () => number): void {
  const place = Math.floor(random() * roster.length);
  const teaching = roster[place];
  if (random() < 0.6 || teaching === undefined) roster.push(...teaches(`teacher${step}@example.org`));
  else roster.splice(place, 1, ...taught(teaching.who));
}

async function settle(
  school: School,
  front: ServeProcess,
  roster: readonly Teaching[],
  troubles: { readonly kills: number; readonly faults: number },
): Promise<SoakResult> {
  const { store } = school.service.context;
  const due = roster
    .filter((row) => row.cohort === 'now')
    .map((row) => row.who)
    .sort();
  const over = systemClock.now();
  await until(
    'a run after the last trouble that finds nothing to do',
    async () => {
      const runs = (await listRuns(store, 3)).filter((run) => fromInstant(run.startedAt) > over);
      const assigned = assignedAt(school);
      return (
        runs.some((run) => run.verdict === 'in-sync') && JSON.stringify(assigned) === JSON.stringify(due)
      );
    },
    90_000,
  );
  const quiet = school.sandbox.effects().length;
  const [latest] = await listRuns(store, 1);
  await until('another run', async () => {
    const next = (await listRuns(store, 5)).filter(
      (run) => run.endedAt !== null && run.startedAt > (latest?.startedAt ?? ''),
    );
    return next.length >= 2;
  });
  const metrics = await metricsOf(front.url);
  const runs = await listRuns(store, 1_000);
  const ids = runs.filter((run) => run.trigger === 'cron').map((run) => run.run.slice(0, 17));
  const [subscription] = school.sandbox.salable.report().subscriptions;
  const grantees = [...(await readGrantees(store, 'teaching')).values()];
  return {
    ...troubles,
    runs: runs.filter((run) => run.endedAt !== null).length,
    due,
    provider: { total: subscription?.quantity ?? 0, assigned: assignedAt(school) },
    ledger: {
      known: grantees.map((each) => each.grantee),
      assigned: grantees.filter((each) => each.assigned !== null).map((each) => each.grantee),
    },
    metrics,
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
    late: school.sandbox.effects().length - quiet,
  };
}

function assignedAt(school: School): string[] {
  const [subscription] = school.sandbox.salable.report().subscriptions;
  return (subscription?.assigned ?? []).filter((who) => who !== OWNER).sort();
}

async function metricsOf(url: string): Promise<SoakResult['metrics']> {
  const text = await until('the metrics', async () => {
    const answer = await call(url, 'GET', '/metrics');
    return answer.ok ? answer.text() : null;
  });
  const lines = new Map(
    text
      .split('\n')
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
  const runs = [...lines].filter(([name]) => name.startsWith('cohort_sync_runs_total{'));
  return {
    total: lines.get('cohort_sync_seats{pool="teaching",state="total"}'),
    assigned: lines.get('cohort_sync_seats{pool="teaching",state="assigned"}'),
    runs: runs.reduce((sum, [, count]) => sum + count, 0),
    holds: lines.get('cohort_sync_holds_open{pool="teaching"}'),
  };
}

/** Numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
