import { setImmediate as tick } from 'node:timers/promises';
import { keepGoing, triggerSync } from '../../../jobs/trigger.ts';
import { addDays, dateIn, toInstant } from '../../../src/dates.ts';
import { readGrantees } from '../../../src/ledger/grantees.ts';
import { decideHold, readHold } from '../../../src/ledger/holds.ts';
import { readRun } from '../../../src/ledger/runs.ts';
import { keys } from '../../../src/ledger/store.ts';
import { PURCHASE_IN_DOUBT } from '../../../src/planning/decisions.ts';
import type { Roster } from '../../../src/roster/types.ts';
import type { PoolResultDocument } from '../../../src/runs/documents.ts';
import { type FakeProvider, fakeProvider, type ModelEffect, POOL } from './fake-provider.ts';
import { jobBoard } from './job-board.ts';
import { memoryServer } from './memory-redis.ts';
import { config, LEASE_MS, type ModelProcess, outside, SEATS_PER_DAY, startProcess } from './process.ts';
import type { Mishap, Outcome, Schedule } from './schedule.ts';
import { virtualTime } from './virtual-time.ts';

/** 6:00 of a November day in New York. */
const START = 1_795_345_200_000;
const STRANGER = 'stranger@example.org';
const BY_HAND = 'by-hand@example.org';

/** More turns, or more runs until nothing is left to do, would be a livelock. */
const MOST_TURNS = 20_000;
const MOST_RUNS = 10;
const BETWEEN_RUNS_MS = 15 * 60_000;

/** How often a change is made that somebody reverses each time. */
const TIMES = 3;

/** Holds in which a run may end up when something went wrong: each is a question to a person. */
const QUESTIONS = ['purchaseInDoubt', 'seatsPerDay', 'conflict'];

/**
 * Plays one schedule through, with the real jobs, ledger and planning on stand-ins in memory, in virtual time.
 * @param restoreTo brings back, when all is done, the ledger as it was after so many commits: nothing may follow from it.
 */
export async function play(schedule: Schedule, restoreTo: number | null = null): Promise<Outcome> {
  const time = virtualTime(START);
  const server = memoryServer(() => time.now(), restoreTo !== null);
  const board = jobBoard(time, LEASE_MS);
  const faults = new Set<string>();
  const leavers = people('leaver', schedule.leavers);
  const teaching = people('stays', schedule.stays);
  const mishaps = new Map(schedule.mishaps.map(({ step, mishap }) => [step, mishap]));
  const fates = { total: [...schedule.totalFates], line: [...schedule.lineFates] };
  const processes: ModelProcess[] = [];
  let steps = 0;
  let calm = false;
  let flushed = false;
  /** Seats that people bought or gave back, so that our sums may be off by as many. */
  let handMade = 0;
  let bought = 0;
  let allowed = 0;
  let writes = 0;
  let failedOver = false;
  /** Seats that we gave: to whom, and how often. */
  const given = new Map<string, number>();
  /** Purchases, and times that seats were given back. */
  const changes = { increment: 0, decrement: 0 };
  let totalBeforeRun = 0;

  const required = () => Math.max(1, new Set([...teaching, ...provider.holders()]).size);
  const provider: FakeProvider = fakeProvider(
    {
      now: () => time.now(),
      at: (when, run) => time.at(when, run),
      clock: () => time.clock.now(),
      nextTotalFate: () => (calm ? 'event' : (fates.total.shift() ?? 'event')),
      nextLineFate: () => (calm ? 'done' : (fates.line.shift() ?? 'done')),
      onSend: ({ expected }, unsettled) => {
        writes += 1;
        allowed = Math.max(required(), provider.total());
        if (unsettled) faults.add('seats were changed while an earlier change was under way');
        const intent = server.peek(keys.intent(POOL));
        const known = intent?.includes(`"expected":${expected},`) && intent.includes('"sending"');
        if (!known && !flushed) faults.add('no intent in the ledger announced a change of seats');
      },
      onEffect: (effect) => judge(effect),
    },
    {
      seats: 1 + leavers.length + teaching.length + schedule.free,
      assigned: [STRANGER, ...teaching, ...leavers],
    },
  );
  const judge = ({ kind, by, grantee, from, to }: ModelEffect) => {
    if (by === 'person') return;
    writes += 1;
    if (kind === 'assign' && grantee !== null) given.set(grantee, (given.get(grantee) ?? 0) + 1);
    if (kind === 'increment' || kind === 'decrement') changes[kind] += 1;
    if (kind === 'increment' && to !== null && from !== null) {
      bought += to - from;
      const most = Math.max(allowed, required()) + handMade;
      if (to > most) faults.add(`seats were bought beyond the need: ${to}, where ${most} do`);
      // A flushed ledger has forgotten what was counted: that is stated, not tested.
      if (!flushed && bought > SEATS_PER_DAY) faults.add('more seats were bought than a day allows');
    }
    if (kind === 'decrement' && Number(to) < provider.holders().length)
      faults.add('seats in use were given back');
    if (grantee === null || grantee === BY_HAND) return;
    if (kind === 'unassign' && !leavers.includes(grantee)) faults.add(`${grantee} lost the seat`);
    if (kind === 'assign' && !teaching.includes(grantee)) faults.add(`${grantee} got a seat`);
    const announces = (json: string) =>
      json.includes(`"action":"${kind}","grantee":"${grantee}"`) && json.includes('"started"');
    if (!flushed && !server.stream(keys.audit).some(announces))
      faults.add(`${kind} of ${grantee} is not in the audit`);
  };

  const happen = (mishap: Mishap, self: ModelProcess) => {
    switch (mishap.kind) {
      case 'kill':
        self.kill();
        return begin();
      case 'pause':
        return self.pause(mishap.ms);
      case 'buy by hand':
        handMade += Math.abs(mishap.seats);
        return provider.buyByHand(mishap.seats);
      case 'free by hand':
        return provider.freeByHand(teaching[mishap.place % Math.max(1, teaching.length)] ?? '');
      case 'assign by hand':
        handMade += 1;
        return provider.assignByHand(BY_HAND);
      case 'clock jump':
        return time.jump(mishap.ms);
      case 'fail over':
        server.cutReplication();
        failedOver = true;
        return time.at(time.now() + mishap.after, () => server.failOver());
      case 'flush':
        flushed = true;
        return server.flush();
      case 'reply lost':
      case 'command lost':
        return;
    }
  };
  const begin = () => {
    const nextMishap = () => (calm ? null : (mishaps.get(++steps) ?? null));
    const roster = () => rosterOf(teaching, leavers, toInstant(time.clock.now()));
    processes.push(startProcess({ time, server, board, provider, roster, nextMishap, happen }));
  };
  for (let count = 0; count < schedule.workers; count++) begin();

  /** Triggers a run and plays until no run is under way. Its result; null if it never began or was lost. */
  const run = async (): Promise<PoolResultDocument | null> => {
    const by = processes.find((each) => each.alive() && !each.paused());
    let triggered = by === undefined;
    let id: string | null = null;
    if (by !== undefined) {
      triggerSync(by.context, { by: 'cli', pools: [POOL], at: null }).then(
        (begun) => {
          // A run that was under way may have read an older roster: it proves nothing.
          id = begun.joined ? null : begun.run;
          triggered = true;
        },
        () => {
          triggered = true;
        },
      );
    }
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const started = board.start(processes);
      await tick();
      const active = server.peek(keys.active(POOL));
      if ((triggered || by?.alive() === false) && active === null) {
        return id === null ? null : resultOf(id);
      }
      if (started || (turn % 50 !== 49 && time.advance())) continue;
      // What the watch of a worker does, now and then.
      const hand = processes.find((each) => each.alive() && !each.paused());
      if (hand !== undefined && active !== null) keepGoing(hand.context, active).catch(() => undefined);
      else time.advance();
    }
    faults.add('a run never ends');
    return null;
  };
  const resultOf = async (id: string) => {
    const stored = await readRun(outside(server), id);
    return stored?.document.pools[0] ?? null;
  };
  const later = async (ms: number) => {
    const until = time.now() + ms;
    let reached = false;
    time.at(until, () => {
      reached = true;
    });
    while (!reached) {
      time.advance();
      board.start(processes);
      await tick();
    }
  };

  let touched = false;
  const victimOf = (place: number) => teaching[place % schedule.stays] ?? '';
  /** Undoes what the last run did, as somebody would who wants it otherwise. */
  const reverse = () => {
    const { what, place } = schedule.reverser ?? { what: null, place: 0 };
    if (what === 'seat') provider.freeByHand(victimOf(place));
    if (what === 'surplus') provider.buyByHand(Math.max(0, totalBeforeRun - provider.total()));
    if (what === 'purchase' && provider.total() > totalBeforeRun) {
      const tooMany = provider.total() - totalBeforeRun;
      for (const who of teaching.slice(-tooMany)) provider.freeByHand(who);
      provider.buyByHand(-Math.min(tooMany, provider.free()));
    }
    if (what !== null) handMade += Math.abs(provider.total() - totalBeforeRun);
  };
  const runAndReverse = async () => {
    totalBeforeRun = provider.total();
    const known = flushed;
    const first = await run();
    // A run that was lost with the ledger is missed, and somebody starts another one at once.
    const result = first === null && flushed && !known ? await run() : first;
    const left = `${provider.total()} ${provider.holders()}`;
    reverse();
    // Whatever the run found in order is not so any more.
    if (left !== `${provider.total()} ${provider.holders()}`) touched = true;
    const inDoubt = result?.held.some(({ guardrail }) => guardrail === PURCHASE_IN_DOUBT) === true;
    if (inDoubt && schedule.approves === true && provider.unsettled() === 0) await approve();
    return result;
  };
  const approve = async () => {
    const hold = await readHold(outside(server), POOL);
    const at = toInstant(time.clock.now());
    if (hold?.state === 'open')
      await decideHold(outside(server), hold, { decision: 'approved', by: 'a person', note: null, at });
    touched = true;
  };

  for (const joiners of schedule.joiners) {
    teaching.push(...people(`phase-${teaching.length}`, joiners));
    await runAndReverse();
    await later(BETWEEN_RUNS_MS);
  }
  calm = true;
  let questions: readonly string[] = [];
  let settled = false;
  for (let count = 0; count < MOST_RUNS && !settled; count++) {
    await later(BETWEEN_RUNS_MS);
    const before = writes;
    touched = false;
    const result = await runAndReverse();
    questions = result?.held.map(({ guardrail }) => guardrail) ?? [];
    // A run that only settled an earlier change of the total leaves what is left to the next one (rule 3).
    const rests = result !== null && result.changes.length === 0 && writes === before && !touched;
    settled = rests && (result.verdict === 'in-sync' || questions.length > 0);
    if (count === MOST_RUNS - 1 && !settled) faults.add(`it never comes to rest: ${JSON.stringify(result)}`);
  }
  const quarantined = questions.length > 0;
  if (questions.some((question) => !QUESTIONS.includes(question)))
    faults.add(`held for ${questions.join(', ')}`);
  if (settled && !quarantined) {
    const holders = provider.holders();
    for (const who of teaching) if (!holders.includes(who)) faults.add(`${who} has no seat in the end`);
    for (const who of leavers) if (holders.includes(who)) faults.add(`${who} still has a seat in the end`);
    if (!holders.includes(STRANGER)) faults.add('the stranger has lost the seat');
    if (provider.total() !== holders.length)
      faults.add(`${provider.total()} seats for ${holders.length} people`);
  }
  if (!flushed) {
    // A change whose answer was lost, or whose record died with its process, is not counted as made.
    const most = TIMES * schedule.joiners.length + schedule.mishaps.length + fatal(schedule);
    const { what, place } = schedule.reverser ?? { what: null, place: 0 };
    const times =
      what === 'seat'
        ? (given.get(victimOf(place)) ?? 0)
        : what === 'purchase'
          ? changes.increment
          : changes.decrement;
    if (what !== null && times > most) faults.add(`what somebody reverses was done ${times} times`);
    const fight = quarantined && questions.every((question) => question === 'conflict');
    const others = teaching.filter((who) => who !== victimOf(place));
    const without = others.filter((who) => !provider.holders().includes(who));
    if (what === 'seat' && fight && most === TIMES * schedule.joiners.length && without.length > 0)
      faults.add(`a quarrel over one seat keeps ${without.join(', ')} from theirs`);
    if (settled && !failedOver) {
      const ours = await readGrantees(outside(server), POOL);
      for (const who of teaching.filter((each) => given.has(each) && provider.holders().includes(each)))
        if (ours.get(who)?.assigned == null)
          faults.add(`the ledger does not know that it gave ${who} a seat`);
    }
  }
  const commits = server.commits();
  if (restoreTo !== null) {
    for (const process of processes) process.kill();
    server.restore(restoreTo);
    begin();
    const before = writes;
    for (let count = 0; count < 3; count++) {
      await run();
      await later(BETWEEN_RUNS_MS);
    }
    if (writes !== before) faults.add(`the ledger of ${restoreTo} commits led to ${writes - before} writes`);
  }
  return { faults: [...faults], quarantined, commits };
}

/** Changes of which the answer may not tell that they were made. */
function fatal({ totalFates, lineFates }: Schedule): number {
  return totalFates.length + lineFates.length;
}

function people(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, place) => `${kind}-${place + 1}@example.org`);
}

function rosterOf(teaching: readonly string[], leavers: readonly string[], readAt: string): Roster {
  const today = dateIn(START, config.timeZone);
  const row = (email: string, place: number, startsOn: string, cohort: string) => ({
    ...{ row: place + 2, email, name: null, cohort, startsOn, endsOn: addDays(startsOn, 34) },
    ...{ pools: null, canceled: false, granteeIds: {} },
  });
  const rows = [
    ...teaching.map((email, place) => row(email, place, addDays(today, -3), 'now')),
    ...leavers.map((email, place) => row(email, teaching.length + place, addDays(today, -80), 'past')),
  ];
  return {
    ...{ rows, problems: [], rowCount: rows.length, blankCount: 0 },
    ...{ hash: String(teaching.length), location: 'the model', readAt },
  };
}
