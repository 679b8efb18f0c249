import { describe, expect, it } from 'vitest';
import {
  cohort,
  current,
  email,
  joining,
  namesOf,
  past,
  people,
  planOf,
  row,
  rows,
  type Situation,
  tomorrow,
} from '../support/planning.ts';

const staff = people('p', 10);

describe('rule 3: free, then buy, then fill', () => {
  it('reuses the seats of leavers before it buys (scenario 9)', () => {
    const plan = planOf({
      holders: staff,
      rows: [
        ...rows(staff.slice(3), current),
        ...rows(staff.slice(0, 3), past),
        ...rows(['j1', 'j2', 'j3'], joining),
      ],
    });
    expect(plan).toMatchObject({ verdict: 'changes', increment: 0, decrement: 0, waiting: [] });
    expect(namesOf(plan.unassign)).toEqual(['p1', 'p2', 'p3']);
    expect(namesOf(plan.assign)).toEqual(['j1', 'j2', 'j3']);
  });

  it('buys what is missing in one change (scenario 10)', () => {
    const plan = planOf({
      holders: people('p', 8),
      total: 10,
      rows: [...rows(people('p', 8), current), ...rows(people('j', 5), joining)],
    });
    expect(plan).toMatchObject({ increment: 3, seats: { total: 10, assigned: 8, target: 13 }, notes: [] });
    expect(plan.assign).toHaveLength(5);
  });

  it('gives seats in the order in which cohorts start, then by cohort and address', () => {
    const plan = planOf({
      total: 5,
      rows: [
        row('zoe', joining),
        row('joe', tomorrow),
        row('bob', current),
        row('abe', joining),
        row('kim', cohort('a-cohort', 2)),
      ],
    });
    expect(namesOf(plan.assign)).toEqual(['bob', 'joe', 'kim', 'abe', 'zoe']);
  });

  it.each([
    [joining, 'cohort joining starts 2026-11-24'],
    [cohort('today', 0), 'cohort today starts 2026-11-22'],
    [current, 'cohort current started 2026-11-08'],
  ])('says why a seat is given', (days, reason) => {
    expect(planOf({ rows: rows(['ann'], days) }).assign).toEqual([{ grantee: email('ann'), reason }]);
  });

  it('gives a seat from assignDaysBefore days before the first day, not earlier', () => {
    expect(planOf({ total: 1, rows: rows(['ann'], cohort('c', 2)) }).assign).toHaveLength(1);
    expect(planOf({ total: 1, rows: rows(['ann'], cohort('c', 3)) }).assign).toEqual([]);
  });

  it('buys so that spare seats stay free', () => {
    const plan = planOf({
      holders: ['ann'],
      rows: [row('ann', current), row('joe', joining)],
      seats: { spare: 2 },
    });
    expect(plan).toMatchObject({ increment: 3, seats: { target: 4 } });
    expect(plan.assign).toHaveLength(1);
  });

  it('counts the seats of the unmanaged', () => {
    const plan = planOf({ holders: ['guest', 'ann'], rows: rows(['ann', 'joe'], current) });
    expect(plan).toMatchObject({ increment: 1, seats: { target: 3 } });
  });

  it.each([
    ['its own minimum', { seats: { min: 5 } }],
    ["the plan's minimum", { limits: { min: 5, max: null } }],
  ])('buys up to %s', (_, given) => {
    expect(planOf({ total: 2, ...given })).toMatchObject({ increment: 3, seats: { target: 5 } });
  });
});

describe('a seat that could not be freed', () => {
  const heldRemovals = { guardrails: { unexplainedRemovals: { count: 0, share: 0 } } };
  const held: Situation = { holders: ['ann'], lastSeen: rows(['ann'], current), ...heldRemovals };

  it('is waited for until two days before the cohort starts', () => {
    const plan = planOf({ ...held, rows: rows(['joe'], joining) });
    expect(plan).toMatchObject({ verdict: 'held', increment: 0, assign: [] });
    expect(plan.waiting).toEqual([
      {
        grantee: email('joe'),
        reason:
          'waits for a seat that is still to be freed; one is bought the day before the cohort starts 2026-11-24',
      },
    ]);
  });

  it('is bought the day before', () => {
    const plan = planOf({ ...held, rows: rows(['joe'], tomorrow) });
    expect(plan).toMatchObject({ increment: 1, waiting: [] });
    expect(namesOf(plan.assign)).toEqual(['joe']);
  });

  it('is waited for by as many as there are such seats; for the rest more are bought', () => {
    const plan = planOf({ ...held, rows: [...rows(['j1', 'j2'], joining), row('u', tomorrow)] });
    expect(plan).toMatchObject({ increment: 2 });
    expect(namesOf(plan.assign)).toEqual(['u', 'j1']);
    expect(namesOf(plan.waiting)).toEqual(['j2']);
  });

  it('is waited for by the spare seats too', () => {
    const plan = planOf({ ...held, total: 2, rows: rows(['joe'], tomorrow), seats: { spare: 1 } });
    expect(plan).toMatchObject({ increment: 0, decrement: 0, waiting: [] });
    expect(namesOf(plan.assign)).toEqual(['joe']);
  });

  it('is waited for where its removal failed in this run', () => {
    const stage = { removalsDone: true, failed: new Set([email('ann')]) };
    const failed: Situation = { holders: ['ann'], rows: [row('ann', past), row('joe', joining)], stage };
    expect(planOf(failed)).toMatchObject({
      unassign: [],
      increment: 0,
      waiting: [{ grantee: email('joe') }],
    });
    const urgent = { ...failed, rows: [row('ann', past), row('joe', tomorrow)] };
    expect(planOf(urgent)).toMatchObject({ unassign: [], increment: 1, waiting: [] });
  });

  it('is waited for where the one who teaches again would have given it up', () => {
    const rowsOfBoth = [row('ann', past), row('ann', cohort('next', 10)), row('joe', joining)];
    const stage = { removalsDone: true, failed: new Set([email('ann')]) };
    expect(planOf({ holders: ['ann'], rows: rowsOfBoth, stage })).toMatchObject({
      increment: 0,
      waiting: [{ grantee: email('joe') }],
    });
  });
});

describe('limits of a purchase', () => {
  const need = (count: number, given: Situation = {}): Situation => ({
    rows: rows(people('j', count), tomorrow),
    ...given,
  });

  it.each([
    [
      'seats.max',
      { seats: { max: 3 } },
      '5 seats missing, but the pool may have at most 3 seats (seats.max)',
      'seats.max',
    ],
    [
      "the provider's maximum",
      { seats: { max: 60 }, limits: { min: 0, max: 3 } },
      "5 seats missing, but the provider's plan allows at most 3 seats",
      'planMaximum',
    ],
    [
      'seatsPerDay, what was bought within 24 hours included',
      { guardrails: { seatsPerDay: 7 }, boughtToday: 4 },
      '4 seats bought in this pool within 24 hours and 5 more needed: at most 7 a day (guardrails.seatsPerDay)',
      'seatsPerDay',
    ],
  ])('%s: buys up to it, holds the rest, and fills what there is', (_, given, reason, guardrail) => {
    const plan = planOf(need(5, given));
    expect(plan).toMatchObject({ verdict: 'held', increment: 3 });
    expect(plan.held).toEqual([{ action: 'increment', seats: 2, reason, guardrail }]);
    expect(namesOf(plan.assign)).toEqual(['j1', 'j2', 'j3']);
    expect(plan.waiting).toEqual(
      ['j4', 'j5'].map((who) => ({ grantee: email(who), reason: `no free seat: ${reason}` })),
    );
  });

  it('seatIncrease: holds a larger purchase whole', () => {
    expect(planOf(need(25))).toMatchObject({ increment: 25, held: [] });
    const plan = planOf(need(26));
    expect(plan).toMatchObject({ verdict: 'held', increment: 0, assign: [] });
    expect(plan.held).toEqual([
      {
        action: 'increment',
        seats: 26,
        reason: 'a purchase of 26 seats at once is more than guardrails.seatIncrease allows (25)',
        guardrail: 'seatIncrease',
      },
    ]);
  });

  it('seatIncrease judges the need, not the portion that the day still allows', () => {
    const plan = planOf(need(30, { boughtToday: 45 }));
    expect(plan.increment).toBe(0);
    expect(plan.held.map((line) => [line.guardrail, line.seats])).toEqual([
      ['seatsPerDay', 25],
      ['seatIncrease', 5],
    ]);
  });

  it('buys nothing once the day is used up', () => {
    const plan = planOf(need(2, { boughtToday: 60 }));
    expect(plan).toMatchObject({ increment: 0, held: [{ seats: 2, guardrail: 'seatsPerDay' }] });
  });

  it('shows as target where the total should get to within the maximum', () => {
    expect(planOf(need(5, { seats: { max: 3 } })).seats.target).toBe(3);
    expect(planOf(need(5, { total: 4, seats: { max: 3 } })).seats.target).toBe(4);
  });
});

describe('drift', () => {
  const gone = (count: number): Situation => ({
    holders: people('here', 10 - count),
    total: 10,
    rows: rows([...people('here', 10 - count), ...people('gone', count)], current),
    ours: people('gone', count),
  });

  it('up to the larger of count and share is repaired', () => {
    expect(planOf(gone(5)).assign).toHaveLength(5);
  });

  it('beyond that holds assignments and purchases, with the counts (scenario 3)', () => {
    const plan = planOf({ ...gone(6), total: 8 });
    expect(plan).toMatchObject({ verdict: 'held', assign: [], increment: 0, decrement: 0 });
    const reason = '6 of the 10 seats that cohort-sync assigned are gone without it (limit 5)';
    expect(plan.held).toContainEqual({ action: 'increment', seats: 2, reason, guardrail: 'drift' });
    expect(plan.held.filter((line) => line.action === 'assign')).toHaveLength(6);
    expect(plan.held.at(-1)?.reason).toBe(`cohort current started 2026-11-08; held since ${reason}`);
  });

  it('lets explained removals pass', () => {
    const given = gone(6);
    const plan = planOf({
      ...given,
      holders: [...(given.holders ?? []), 'joe'],
      rows: [...(given.rows ?? []), row('joe', past)],
    });
    expect(namesOf(plan.unassign)).toEqual(['joe']);
  });

  it('holds what would be given back', () => {
    const plan = planOf({ total: 10, ours: people('gone', 6), seats: { min: 4 } });
    expect(plan).toMatchObject({
      decrement: 0,
      held: [{ action: 'decrement', seats: 6, guardrail: 'drift' }],
    });
  });

  it('does not count whom we did not assign', () => {
    expect(planOf({ total: 8, rows: rows(people('new', 8), joining) }).assign).toHaveLength(8);
  });
});

describe('rule 14: where seats cannot be bought by API', () => {
  const manual = (given: Situation) => planOf({ changesTotal: false, ...given });
  const three = [row('late', joining), row('soon', tomorrow), row('mid', joining)];

  it('fills what it can by cohort start, and says the exact number to buy (scenario 16)', () => {
    const plan = manual({ holders: ['x'], total: 2, rows: [row('x', current), ...three] });
    expect(plan).toMatchObject({
      verdict: 'waiting',
      increment: 0,
      held: [],
      notes: ['buy 2 seats: pool has 2 and needs 4'],
    });
    expect(namesOf(plan.assign)).toEqual(['soon']);
    expect(plan.waiting).toEqual([
      { grantee: email('late'), reason: 'no free seat: buy 2' },
      { grantee: email('mid'), reason: 'no free seat: buy 2' },
    ]);
  });

  it('says so for one', () => {
    const plan = manual({ rows: rows(['d'], tomorrow) });
    expect(plan.waiting).toEqual([{ grantee: email('d'), reason: 'no free seat: buy 1' }]);
    expect(plan.notes).toEqual(['buy 1 seat: pool has 0 and needs 1']);
  });

  it.each([
    [2, ['late', 'mid'], 'changes'],
    [1, ['late'], 'waiting'],
  ])('goes on by itself once %i seats appear', (bought, assigned, verdict) => {
    const plan = manual({ holders: ['x', 'soon'], total: 2 + bought, rows: [row('x', current), ...three] });
    expect(namesOf(plan.assign)).toEqual(assigned);
    expect(plan.verdict).toBe(verdict);
  });

  it('finds a seat that was bought and assigned by hand satisfied (scenario 17)', () => {
    expect(manual({ holders: ['d'], rows: rows(['d'], tomorrow) })).toMatchObject({
      verdict: 'in-sync',
      notes: [],
    });
  });

  it('does not count removals that are still to be freed', () => {
    const plan = manual({
      holders: ['ann'],
      lastSeen: rows(['ann'], current),
      rows: rows(['joe'], joining),
      guardrails: { unexplainedRemovals: { count: 0, share: 0 } },
    });
    expect(plan.notes).toEqual([]);
    expect(plan.waiting[0]?.reason).toContain('one has to be bought the day before');
  });

  it('never asks for more than the maximum', () => {
    const plan = manual({ total: 1, rows: three, seats: { max: 2 } });
    expect(plan.notes).toEqual(['buy 1 seat: pool has 1 and needs 3']);
    expect(plan.waiting.map((line) => line.reason)).toEqual([
      'no free seat: buy 1',
      'no free seat: the pool may have at most 2 seats (seats.max)',
    ]);
  });

  it('says which seats to drop, which alone changes nothing', () => {
    const plan = manual({ holders: ['x'], total: 4, rows: rows(['x'], current) });
    expect(plan).toMatchObject({ verdict: 'in-sync', decrement: 0, seats: { target: 1 } });
    expect(plan.notes).toEqual(['3 seats not needed: drop them where they were bought']);
    expect(manual({ total: 1 }).notes).toEqual(['1 seat not needed: drop it where it was bought']);
  });
});

describe('the stages of a run', () => {
  const given: Situation = { holders: ['x'], rows: [row('x', current), ...rows(['j1', 'j2'], tomorrow)] };

  it('do not buy again once a purchase was tried, and say why seats are missing', () => {
    const stage = { removalsDone: true, purchaseDone: true, purchaseProblem: 'the card was declined' };
    const plan = planOf({ ...given, total: 2, stage });
    expect(plan).toMatchObject({ verdict: 'waiting', increment: 0, decrement: 0 });
    expect(namesOf(plan.assign)).toEqual(['j1']);
    expect(plan.waiting).toEqual([{ grantee: email('j2'), reason: 'no free seat: the card was declined' }]);
  });

  it('leave a need that came up after the purchase to the next run', () => {
    const stage = { removalsDone: true, purchaseDone: true, totalChanged: true };
    const plan = planOf({ ...given, total: 2, stage });
    expect(plan.waiting).toEqual([{ grantee: email('j2'), reason: 'no free seat: the next run buys one' }]);
  });

  it('keep what is held in view after the rest was bought', () => {
    const stage = { removalsDone: true, purchaseDone: true, totalChanged: true };
    const plan = planOf({ ...given, total: 2, boughtToday: 1, guardrails: { seatsPerDay: 1 }, stage });
    expect(plan).toMatchObject({ verdict: 'held', increment: 0, held: [{ action: 'increment', seats: 1 }] });
  });

  it('wait for seats that are paid for and not there yet, without buying more', () => {
    const plan = planOf({ ...given, total: 3, usable: 2 });
    expect(plan).toMatchObject({ increment: 0, verdict: 'waiting' });
    expect(plan.waiting[0]?.reason).toBe('no free seat: the seats paid for are not there yet');
  });

  it('take no seat in a gap for want of one that is paid for', () => {
    const gap = [row('ann', past), row('ann', cohort('next', 10))];
    const plan = planOf({ holders: ['ann'], total: 2, usable: 1, rows: [...gap, row('joe', joining)] });
    expect(plan).toMatchObject({ unassign: [], increment: 0 });
  });

  it('do not assign seats that are about to go', () => {
    const plan = planOf({ ...given, total: 2, usable: 3, stage: { purchaseDone: true } });
    expect(plan.assign).toHaveLength(1);
  });

  it('try nobody again who failed in this run, and keep their seat', () => {
    const stage = {
      removalsDone: true,
      purchaseDone: true,
      totalChanged: false,
      failed: new Set([email('j1')]),
    };
    const plan = planOf({ ...given, holders: ['x', 'j2'], total: 3, stage });
    expect(plan).toMatchObject({ verdict: 'in-sync', assign: [], waiting: [], decrement: 0 });
  });

  it('buy a seat no more for holders beyond the total than to cover them', () => {
    const plan = planOf({ holders: ['x', 'y'], total: 1, rows: rows(['x', 'y'], current) });
    expect(plan).toMatchObject({ increment: 1, assign: [] });
  });
});
