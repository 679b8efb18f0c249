import { describe, expect, it } from 'vitest';
import { planPool } from '../../src/planning/plan.ts';
import type { PlanInput } from '../../src/planning/types.ts';
import {
  cohort,
  current,
  day,
  email,
  inputOf,
  joining,
  namesOf,
  past,
  row,
  rows,
  type Situation,
  tomorrow,
} from '../support/planning.ts';

const FULL = { kind: 'no-seats', reason: 'Zoom has no free license' } as const;
const QUOTA = { kind: 'quota', reason: 'Zoom moves no more licenses for now' } as const;
const AT = 'in the portal';

/** A pool whose seats a person buys, there. */
function planOf(situation: Situation, state: Partial<PlanInput['state']> = {}) {
  const input = inputOf({ changesTotal: false, ...situation });
  return planPool({ ...input, policy: { ...input.policy, buyAt: AT }, state: { ...input.state, ...state } });
}

describe('what a person is told to buy', () => {
  it('is the exact number, where, and by the day before the first cohort that waits', () => {
    const plan = planOf({ rows: [...rows(['a', 'b'], joining), row('c', tomorrow)], total: 1 });
    expect(namesOf(plan.assign)).toEqual(['c']);
    expect(plan.notes).toEqual([`buy 2 seats by ${day(1)}, ${AT}: pool has 1 and needs 3`]);
    expect(plan.seats.from).toBe('subscription quantity');
  });

  it('is wanted now where somebody starts tomorrow or has started', () => {
    const plan = planOf({ rows: rows(['a'], tomorrow), total: 0 });
    expect(plan.notes).toEqual([`buy 1 seat now, ${AT}: pool has 0 and needs 1`]);
  });

  it('and to drop, before the renewal', () => {
    expect(planOf({ total: 2 }).notes).toEqual([`2 seats not needed: drop them before the renewal, ${AT}`]);
  });
});

describe('while the provider gives nobody a seat', () => {
  const stuck = { rows: rows(['a', 'b'], joining), total: 5 };

  it('everybody waits although seats are free by the count, and as many are to buy', () => {
    const plan = planOf({ ...stuck, stage: { shortage: FULL } });
    expect(plan).toMatchObject({ verdict: 'waiting', assign: [], decrement: 0 });
    expect(plan.waiting.map(({ reason }) => reason)).toEqual([
      'Zoom has no free license: buy 2',
      'Zoom has no free license: buy 2',
    ]);
    expect(plan.notes).toEqual([`buy 2 seats by ${day(1)}, ${AT}: pool has 5, and Zoom has no free license`]);
  });

  it('a quota is waited out: nothing is to buy', () => {
    const plan = planOf({ ...stuck, stage: { shortage: QUOTA } });
    expect(plan.waiting[0]?.reason).toBe('Zoom moves no more licenses for now: tried again once a day');
    expect(plan.notes).toEqual([]);
  });

  it('nobody between two cohorts gives up a seat for somebody who could not have it', () => {
    const between = [row('g', past), row('g', cohort('next', 10))];
    const situation = { rows: [...between, row('j', tomorrow)], holders: ['g'] };
    expect(namesOf(planOf(situation).unassign)).toEqual(['g']);
    const plan = planOf({ ...situation, stage: { shortage: QUOTA } });
    expect([plan.unassign, namesOf(plan.kept)]).toEqual([[], ['g']]);
  });

  it('nobody loses a seat to their own new address', () => {
    const before = row('ann.smith', current, { name: 'Ann Smith' });
    const after = row('ann.jones', current, { name: 'Ann Smith' });
    const situation = { rows: [after], lastSeen: [before], holders: ['ann.smith'] };
    const plan = planOf({ ...situation, stage: { shortage: QUOTA } });
    expect([plan.unassign, namesOf(plan.kept)]).toEqual([[], ['ann.smith']]);
  });

  it('those who have gone still give theirs back', () => {
    const plan = planOf({
      rows: [row('l', past), row('j', joining)],
      holders: ['l'],
      stage: { shortage: QUOTA },
    });
    expect(namesOf(plan.unassign)).toEqual(['l']);
  });
});

describe('a seat that can not be taken back', () => {
  it.each([
    ['by the reading', {}, { locked: 'it is locked' }],
    ['by what the run has met with', { locked: new Map([[email('l'), 'it is locked']]) }, {}],
  ])('stays, with both reasons: %s', (_how, stage, extra) => {
    const situation = { rows: [row('l', past), row('j', tomorrow)], stage, total: 1 };
    const plan = planOf(situation, { holders: [{ grantee: email('l'), seats: [], count: 1, ...extra }] });
    expect(plan.unassign).toEqual([]);
    expect(plan.kept).toEqual([
      { grantee: email('l'), reason: expect.stringMatching(/^cohort past ended .*, but it is locked$/) },
    ]);
    expect(plan.notes[0]).toMatch(/^buy 1 seat now/);
  });
});

describe('somebody whom the provider can give no seat', () => {
  const users = { keys: new Set([email('ok'), email('bar')]), whyOthersNot: 'has no user' };
  const barred = new Map([[email('bar'), 'has not accepted']]);

  it('is told apart from those who wait: no seat is kept or bought for them', () => {
    const plan = planOf({ rows: rows(['ok', 'bar', 'gone'], joining), total: 1 }, { users, barred });
    expect(plan.verdict).toBe('failed');
    expect(namesOf(plan.assign)).toEqual(['ok']);
    expect(plan.waiting).toEqual([]);
    expect(plan.barred).toEqual([
      { grantee: email('bar'), reason: 'has not accepted' },
      { grantee: email('gone'), reason: 'has no user' },
    ]);
    expect(plan.notes).toEqual([]);
  });

  it('is reported too where the seat is theirs but can not be used', () => {
    const plan = planOf({ rows: rows(['bar'], current), holders: ['bar'] }, { users, barred });
    expect([plan.unassign, namesOf(plan.barred)]).toEqual([[], ['bar']]);
  });

  it("is nobody's concern before the seat is due", () => {
    const plan = planOf({ rows: rows(['gone'], cohort('later', 9)) }, { users, barred });
    expect([plan.verdict, plan.barred]).toEqual(['in-sync', []]);
  });
});
