import fc from 'fast-check';
import { LINE_FATES, TOTAL_FATES, type TotalFate } from './fake-provider.ts';
import type { Mishap, Schedule } from './schedule.ts';

/** About as many steps as two runs take with a purchase each. */
const STEPS = 400;

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Mishap>({ kind: 'kill' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1_000, 15_000, 90_000).map((ms): Mishap => ({ kind: 'pause', ms })),
  },
  { weight: 2, arbitrary: fc.constant<Mishap>({ kind: 'reply lost' }) },
  { weight: 2, arbitrary: fc.constant<Mishap>({ kind: 'command lost' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(-1, 1, 2).map((seats): Mishap => ({ kind: 'buy by hand', seats })),
  },
  { weight: 1, arbitrary: fc.nat(5).map((place): Mishap => ({ kind: 'free by hand', place })) },
  { weight: 1, arbitrary: fc.constant<Mishap>({ kind: 'assign by hand' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-3_600_000, 3_600_000).map((ms): Mishap => ({ kind: 'clock jump', ms })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 3_000, 30_000).map((after): Mishap => ({ kind: 'fail over', after })),
  },
  { weight: 2, arbitrary: fc.constant<Mishap>({ kind: 'flush' }) },
);

/** Effects that come late are the ones that a purchase made twice grows from. */
const totalFate = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...TOTAL_FATES) },
  { weight: 1, arbitrary: fc.constant<TotalFate>('done late, answer lost') },
);

/** More failures in a row than one job has tries. */
const outage = fc
  .integer({ min: 5, max: 8 })
  .map((times) => Array.from({ length: times }, () => 'failed' as const));

/** Any school, any change, anything that may go wrong. */
export const anySchedule: fc.Arbitrary<Schedule> = fc
  .record({
    free: fc.nat(2),
    leavers: fc.nat(4),
    stays: fc.integer({ min: 1, max: 3 }),
    joiners: fc.array(fc.nat(5), { minLength: 1, maxLength: 2 }),
    workers: fc.integer({ min: 1, max: 3 }),
    mishaps: fc.array(fc.record({ step: fc.integer({ min: 1, max: STEPS }), mishap }), { maxLength: 6 }),
    totalFates: fc.array(totalFate, { maxLength: 3 }),
    lineFates: fc.oneof(
      { weight: 12, arbitrary: fc.array(fc.constantFrom(...LINE_FATES), { maxLength: 3 }) },
      { weight: 1, arbitrary: outage },
    ),
    approves: fc.boolean(),
    reverser: fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      {
        weight: 1,
        arbitrary: fc.record({
          what: fc.constantFrom('seat' as const, 'surplus' as const, 'purchase' as const),
          place: fc.nat(5),
        }),
      },
    ),
  })
  .map(playable);

/**
 * A flushed ledger is noticed by the processes that knew it. Without any of those nobody can notice. An event that ends long
 * after the settle time is known to the process that was told of it, and through the ledger to all others: one that is
 * killed or stands still with the answer in its hand takes it along, and seats that a person buys meanwhile look like those
 * that were to come. All this is stated as limits, not tested.
 */
function playable(schedule: Schedule): Schedule {
  const flush = schedule.mishaps.some(({ mishap }) => mishap.kind === 'flush');
  const late = schedule.totalFates.includes('event ends late');
  const out = [...(flush || late ? ['kill'] : []), ...(late ? ['pause', 'buy by hand'] : [])];
  const mishaps = schedule.mishaps.filter(({ mishap }) => !out.includes(mishap.kind));
  return { ...schedule, mishaps, reverser: late ? null : (schedule.reverser ?? null) };
}

/** A mishap among the others, at any step of the first run, in a school with two workers at least. */
function withMishap(mishap: Mishap): fc.Arbitrary<Schedule> {
  return fc
    .record({ schedule: anySchedule, step: fc.integer({ min: 20, max: 200 }) })
    .map(({ schedule, step }) => ({
      ...schedule,
      workers: Math.max(2, schedule.workers),
      mishaps: [{ step, mishap }, ...schedule.mishaps.filter((each) => each.step !== step)],
    }));
}

/** Schedules in which something that seldom matters by chance is likely to: where to look for one kind of bug. */
export const FOCUS = {
  /**
   * A worker stands still before it buys, and the one that took over as soon as it has bought: the first wakes before anybody
   * has gone on. Where in the run that is was measured; a change to the steps of a purchase moves it.
   */
  'overtaken twice': fc
    .record({
      schedule: anySchedule,
      step: fc.integer({ min: 80, max: 100 }),
      gap: fc.integer({ min: 55, max: 80 }),
      seconds: fc.integer({ min: 12, max: 18 }),
    })
    .map(({ schedule, step, gap, seconds }) =>
      playable({
        ...schedule,
        ...{ free: 0, leavers: 0, workers: 3, totalFates: [], lineFates: [], reverser: null },
        mishaps: [
          { step, mishap: { kind: 'pause', ms: seconds * 1_000 } },
          { step: step + gap, mishap: { kind: 'pause', ms: 90_000 } },
        ],
      }),
    ),
  /** The server goes on without its replica for a while, and then the replica takes over. */
  'failed over': fc
    .constantFrom(3_000, 30_000)
    .chain((after) => withMishap({ kind: 'fail over', after }))
    .map(playable),
  /** The ledger is emptied while a purchase of which no answer came is under way. */
  'lost ledger': withMishap({ kind: 'flush' }).map((schedule) =>
    playable({ ...schedule, totalFates: ['done late, answer lost' as const, ...schedule.totalFates] }),
  ),
  /** It is emptied while a purchase is under way of whose event a process knows. */
  'lost event': withMishap({ kind: 'flush' }).map((schedule) =>
    playable({ ...schedule, totalFates: ['event ends late' as const, ...schedule.totalFates] }),
  ),
  /** A purchase in doubt that somebody approves, and another one after it. */
  'doubt after doubt': anySchedule.map((schedule) =>
    playable({
      ...schedule,
      ...{ approves: true, joiners: [2, ...schedule.joiners].slice(0, 2) },
      totalFates: ['event never ends' as const, 'event ends late' as const, ...schedule.totalFates],
    }),
  ),
};

export type Focus = keyof typeof FOCUS;
