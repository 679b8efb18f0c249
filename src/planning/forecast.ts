import { addDays, daysBetween, type IsoDate } from '../dates.ts';
import { whyBarred } from './barred.ts';
import { type Cast, countedElsewhere, inGapOn, lastingSeats } from './coming.ts';
import { demandByKey } from './demand.ts';
import { driftSuspicion, guardRemovals, rosterSuspicion } from './guardrails.ts';
import { sortHolders } from './holders.ts';
import { joinersOf } from './joiners.ts';
import { keepingOf } from './keeping.ts';
import { demandCurve, peakDemand } from './peak.ts';
import { countSeats, floorOf, type SeatCount } from './seats.ts';
import { shieldsOf } from './shields.ts';
import type { PlanInput } from './types.ts';

/** One day of a pool, if nothing is bought or given back before it. */
export interface ForecastDay {
  readonly date: IsoDate;
  /** People whom the roster gives a seat on this day. */
  readonly entitled: number;
  /** Seats for them, for those whom nobody takes one from, and to spare; at least the minimum. */
  readonly needed: number;
  readonly paid: number;
  readonly shortfall: number;
  readonly surplus: number;
}

/** Seats that are missing from a day on, and the last day on which they can be bought in time. */
export interface SeatsToBuy {
  /** The day from which they are due. */
  readonly date: IsoDate;
  /** How many, beyond those of the dates before. */
  readonly seats: number;
  /** `date`, less `leadDays` where a person buys. A date in the past means now. */
  readonly buyBy: IsoDate;
}

export interface PoolForecast {
  readonly pool: string;
  /** Seats paid for now. */
  readonly paid: number;
  readonly days: readonly ForecastDay[];
  readonly peak: { readonly date: IsoDate; readonly needed: number };
  /** The first day on which seats are missing, and how many; null if none is. */
  readonly shortfall: { readonly date: IsoDate; readonly seats: number } | null;
  readonly buy: readonly SeatsToBuy[];
  /** The first day on which seats are given back, or have to be by hand, and how many; null if none are. */
  readonly drop: { readonly from: IsoDate; readonly seats: number } | null;
}

/**
 * Seats needed on each of the coming days, by the roster as it is now and the pool as it would be with nothing bought and
 * nothing given back. People between cohorts keep a seat only while nobody else lacks one, so they are not counted;
 * removals that wait for a person are.
 * @param weeks how far to look.
 */
export function forecastPool(input: PlanInput, weeks: number): PoolForecast {
  const pool = poolNow(input);
  const curve = needOn(input, pool, { from: input.today, days: 7 * weeks - 1 });
  const days = curve.map(({ entitled, needed }, offset): ForecastDay => {
    const paid = input.state.total;
    return {
      date: addDays(input.today, offset),
      entitled,
      needed,
      paid,
      shortfall: Math.max(0, needed - paid),
      surplus: Math.max(0, paid - needed),
    };
  });
  const first = days.find(({ shortfall }) => shortfall > 0);
  return {
    pool: input.policy.pool,
    paid: input.state.total,
    days,
    peak: peakOf(days),
    shortfall: first === undefined ? null : { date: first.date, seats: first.shortfall },
    buy: seatsToBuy(input, days),
    drop: firstDrop(input, pool, days),
  };
}

interface PoolNow {
  readonly cast: Cast;
  readonly seats: SeatCount;
}

/** Who holds what once today's removals are done. */
function poolNow(input: PlanInput): PoolNow {
  const demands = demandByKey(input.roster.entitlements, input.keyOf);
  const shields = shieldsOf(input);
  const holders = sortHolders(input, demands, shields);
  const joiners = joinersOf(input, demands, holders.keys, shields);
  const cast = { demands, holders, joiners };
  const suspicions = { roster: rosterSuspicion(input), drift: driftSuspicion(input, holders) };
  const removals = guardRemovals(input, holders, suspicions.roster);
  return { cast, seats: countSeats(input, cast, removals, suspicions) };
}

/**
 * Seats needed on each day from a date on, which may lie in the past: as the roster tells of it now, with those whom nobody
 * takes a seat from as they are today.
 * @param days how many days after the first one.
 */
export function neededSeats(input: PlanInput, from: IsoDate, days: number): number[] {
  return needOn(input, poolNow(input), { from, days }).map(({ needed }) => needed);
}

interface Span {
  readonly from: IsoDate;
  /** How many days after the first one. */
  readonly days: number;
}

/** How many are entitled on each day of a span, and how many seats that takes. */
function needOn(input: PlanInput, { cast, seats }: PoolNow, { from, days }: Span) {
  const { state, policy } = input;
  const demands = [...cast.demands.values()];
  const scope = { today: from, days, by: 'due' as const, keeping: new Set<string>() };
  const entitled = demandCurve(demands, { ...scope, without: new Set() });
  const elsewhere = countedElsewhere(cast);
  const unseated = demands
    .map(({ key }) => key)
    .filter((key) => !cast.holders.keys.has(key) && whyBarred(state, key));
  const served = demandCurve(demands, { ...scope, without: new Set([...elsewhere, ...unseated]) });
  const lasting = lastingSeats(cast, seats) + policy.seats.spare;
  const floor = floorOf(input);
  return [...entitled].map((count, day) => ({
    entitled: count,
    needed: Math.max(floor, lasting + (served[day] ?? 0)),
  }));
}

function peakOf(days: readonly ForecastDay[]): PoolForecast['peak'] {
  let peak = { date: days[0]?.date ?? '', needed: 0 };
  for (const { date, needed } of days) if (needed > peak.needed) peak = { date, needed };
  return peak;
}

function seatsToBuy({ policy }: PlanInput, days: readonly ForecastDay[]): SeatsToBuy[] {
  const lead = policy.changesTotal ? 0 : (policy.seats.leadDays ?? 0);
  const buy: SeatsToBuy[] = [];
  let bought = 0;
  for (const { date, shortfall } of days) {
    if (shortfall <= bought) continue;
    buy.push({ date, seats: shortfall - bought, buyBy: addDays(date, -lead) });
    bought = shortfall;
  }
  return buy;
}

/** The first day on which a seat is not worth keeping for what comes after it, by the rules of giving back. */
function firstDrop(
  input: PlanInput,
  { cast, seats }: PoolNow,
  days: readonly ForecastDay[],
): PoolForecast['drop'] {
  const { policy, state } = input;
  const floor = floorOf(input);
  const lasting = lastingSeats(cast, seats) + policy.seats.spare;
  for (const { date, surplus } of days) {
    const reach = surplus > 0 ? reachOn(input, cast, date) : null;
    if (reach === null) continue;
    const peak = peakDemand(cast.demands.values(), {
      today: date,
      without: countedElsewhere(cast),
      ...reach,
    });
    const drop = state.total - Math.max(floor, lasting + peak.grantees);
    if (drop > 0) return { from: date, seats: drop };
  }
  return null;
}

/** What keeps a seat on a coming day, as `comingNeed` has it for today; null where nothing is given back on that day. */
function reachOn(input: PlanInput, cast: Cast, date: IsoDate) {
  const keeping = keepingOf({ ...input, today: date });
  if (keeping === null)
    return { days: input.policy.seats.keepUnusedDays, keeping: new Set(inGapOn(input, cast, date)) };
  if (keeping.kind === 'paid') return null;
  return { days: daysBetween(date, keeping.day), by: 'due' as const, keeping: new Set<string>() };
}
