import { describe, expect, it } from 'vitest';
import type { SeatPrice } from '../../src/planning/terms.ts';
import { cohort, current, day, people, planOf, row, rows, type Situation } from '../support/planning.ts';

const price = (over: Partial<SeatPrice> = {}): SeatPrice => ({
  amount: 12.5,
  currency: 'EUR',
  per: 'month',
  billing: 'prorated',
  reduce: 'anytime',
  renewsOn: day(-7),
  ...over,
});

/** Renews tomorrow: today's run is the last before it. */
const eve = { renewsOn: day(1) };
const next = people('n', 3);
/** Five seats, nobody in them, and three who come in a week. */
const idle: Situation = { total: 5, rows: rows(next, cohort('next', 9)) };
const dropped = (over: Partial<SeatPrice>, given: Situation = idle) =>
  planOf({ ...given, seats: { ...given.seats, price: price(over) } }).decrement;

describe('what is given back, by the price', () => {
  it('is everything idle where each day is billed alone', () => {
    expect(dropped({})).toBe(5);
    expect(dropped({}, { ...idle, rows: rows(next, cohort('next', 2)) })).toBe(2);
  });

  it('is nothing where it is paid until the renewal, with a note', () => {
    const plan = planOf({ ...idle, seats: { price: price({ reduce: 'renewal' }) } });
    expect(plan).toMatchObject({ decrement: 0, unassign: [] });
    expect(plan.notes).toEqual(['5 seats free and kept: paid until the renewal on 2026-12-15']);
  });

  it('is, before the renewal, what is not due on its day, where a later purchase is prorated', () => {
    expect(dropped({ ...eve, reduce: 'renewal' })).toBe(5);
    expect(dropped({ ...eve, reduce: 'renewal' }, { ...idle, rows: rows(next, cohort('next', 3)) })).toBe(2);
  });

  it('is, before the renewal, what is not due soon in the coming period, where that is paid whole', () => {
    expect(dropped({ ...eve, billing: 'in-advance' })).toBe(2);
    const late = { ...idle, rows: rows(next, cohort('next', 34)) };
    expect(dropped({ ...eve, billing: 'in-advance', per: 'year' }, late)).toBe(5);
    const patient = { ...late, seats: { keepUnusedDays: 60 } };
    expect(dropped({ ...eve, billing: 'in-advance', per: 'year' }, patient)).toBe(2);
    // Due on the first day of the period after the coming one.
    expect(dropped({ ...eve, billing: 'in-advance' }, patient)).toBe(5);
  });

  it('is decided leadDays before the renewal where the runs are rare', () => {
    const soon = { renewsOn: day(4), reduce: 'renewal' } as const;
    expect(dropped(soon)).toBe(0);
    expect(dropped(soon, { ...idle, seats: { leadDays: 4 } })).toBe(5);
  });

  it('is decided in the last run before the renewal, where the schedule tells which that is', () => {
    const soon = { renewsOn: day(4), reduce: 'renewal' } as const;
    expect(dropped(soon, { ...idle, seats: { nextRunInDays: 3 } })).toBe(0);
    expect(dropped(soon, { ...idle, seats: { nextRunInDays: 4 } })).toBe(5);
    expect(dropped(soon, { ...idle, seats: { nextRunInDays: 7 } })).toBe(5);
  });

  it.each([
    ['the billing', { billing: null }],
    ['the reduction', { reduce: null }],
    ['a renewal that counts', { renewsOn: null, reduce: 'renewal' as const }],
  ])('is decided by keepUnusedDays where %s is not known', (_, over) => {
    expect(dropped(over)).toBe(2);
  });

  it('is held like any other while the roster is doubtful', () => {
    const plan = planOf({ ...idle, invalidShare: 0.5, seats: { price: price() } });
    expect(plan.decrement).toBe(0);
    expect(plan.held).toMatchObject([
      { action: 'decrement', seats: 5, money: { amount: 62.5, currency: 'EUR', per: 'month' } },
    ]);
    expect(plan.held[0]?.reason).toMatch(/; EUR 62\.50 a month$/);
  });
});

describe('someone between two cohorts', () => {
  const again = [row('ann', cohort('ended', -41)), row('ann', cohort('again', 10))];
  const ann: Situation = { holders: ['ann'], rows: again };
  const planWith = (over: Partial<SeatPrice>, given = ann) =>
    planOf({ ...given, seats: { price: price(over) } });

  it('gives up a seat that is not worth its price until it is due again, and it is given back', () => {
    const plan = planWith({});
    expect(plan).toMatchObject({ decrement: 1, kept: [] });
    expect(plan.unassign).toEqual([
      {
        grantee: 'ann@example.org',
        explained: true,
        reason: `cohort again starts ${day(10)}: a seat bought again on ${day(8)} costs no more than keeping this one`,
      },
    ]);
  });

  it('keeps one that is paid for anyway', () => {
    expect(planWith({ reduce: 'renewal' })).toMatchObject({ unassign: [], decrement: 0 });
    expect(planWith({ ...eve, billing: 'in-advance' })).toMatchObject({ unassign: [], decrement: 0 });
  });

  it('keeps it where the gap is a surprise: dates that moved take nothing away to save money (rule 6)', () => {
    const moved = {
      holders: ['ann'],
      rows: [row('ann', cohort('c', 10))],
      lastSeen: [row('ann', cohort('c', -10))],
    };
    expect(planWith({}, moved)).toMatchObject({ unassign: [], decrement: 0 });
  });

  it('keeps it where a person drops the seats, and while the roster is in doubt', () => {
    expect(planWith({}, { ...ann, changesTotal: false }).unassign).toEqual([]);
    expect(planWith({}, { ...ann, suspicion: 'half of the rows are gone' }).unassign).toEqual([]);
  });

  it('keeps the same seat through cohorts that follow each other', () => {
    const through = { holders: ['ann'], rows: [row('ann', cohort('a', -37)), row('ann', cohort('b', 2))] };
    expect(planWith({}, through)).toMatchObject({ unassign: [], assign: [], decrement: 0 });
  });
});

describe('where a person drops the seats', () => {
  const byHand = (over: Partial<SeatPrice>, leadDays = 10): Situation => ({
    holders: ['ann', 'bob'],
    rows: [row('ann', current), row('bob', cohort('ends', -35))],
    total: 4,
    changesTotal: false,
    seats: { leadDays, price: price({ reduce: 'renewal', ...over }) },
  });

  it('the number for the renewal is told leadDays before it, whoever still teaches until then', () => {
    const plan = planOf(byHand({ renewsOn: day(10) }));
    expect(plan.decrement).toBe(0);
    expect(plan.notes).toEqual([
      `drop 3 seats by ${day(9)}, to count from the renewal on ${day(10)}, where they were bought: not needed from then on`,
    ]);
  });

  it('nothing is asked before that', () => {
    const plan = planOf(byHand({ renewsOn: day(11) }));
    expect(plan.notes).toEqual([
      `2 seats not needed today, paid until the renewal on ${day(11)}: what to drop is told on ${day(1)}`,
    ]);
  });
});

describe('the money of a plan', () => {
  it('is told of a purchase: for a period, and until the renewal', () => {
    const plan = planOf({ rows: rows(['ann', 'bob'], cohort('now', 1)), seats: { price: price() } });
    // 15 November to 15 December; 23 of 30 days are left.
    expect(plan.money).toEqual({ currency: 'EUR', per: 'month', paid: 0, change: 25, dueNow: 19.17 });
    expect(plan.notes).toEqual([
      '2 seats more: EUR 25.00 a month, and EUR 19.17 until the renewal on 2026-12-15',
    ]);
  });

  it('is told of a reduction: what is credited, or saved later', () => {
    const given = { holders: ['ann'], total: 2, rows: rows(['ann'], current) };
    const plan = planOf({ ...given, seats: { price: price() } });
    expect(plan.money).toEqual({ currency: 'EUR', per: 'month', paid: 25, change: -12.5, dueNow: -9.58 });
    expect(plan.notes).toEqual([
      '1 seat fewer: EUR 12.50 a month, and EUR 9.58 credited until the renewal on 2026-12-15',
    ]);
    const later = planOf({ ...given, seats: { price: price({ ...eve, reduce: 'renewal' }) } });
    expect(later.money?.dueNow).toBe(0);
    expect(later.notes).toEqual([`1 seat fewer: EUR 12.50 a month, and saved from the renewal on ${day(1)}`]);
  });

  it('is not told where the price is not known, though its terms decide', () => {
    const plan = planOf({ ...idle, seats: { price: price({ amount: null, currency: null }) } });
    expect(plan).toMatchObject({ decrement: 5, notes: [] });
    expect(plan).not.toHaveProperty('money');
  });

  it('has a renewal on the last day of shorter months', () => {
    const plan = planOf({
      ...idle,
      today: '2027-02-10',
      rows: [],
      seats: { price: price({ renewsOn: '2026-12-31', reduce: 'renewal' }) },
    });
    expect(plan.notes).toEqual(['5 seats free and kept: paid until the renewal on 2027-02-28']);
  });
});
