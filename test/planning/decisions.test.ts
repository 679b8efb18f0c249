import { describe, expect, it } from 'vitest';
import { heldLineId } from '../../src/planning/decisions.ts';
import { type Decisions, type HeldLine, noDecisions, type PoolPlan } from '../../src/planning/types.ts';
import { current, keyOf, people, planOf, row, rows, type Situation, tomorrow } from '../support/planning.ts';

const strict = { unexplainedRemovals: { count: 0, share: 0 } };

/** Two people whose rows are gone, and a joiner who needs a seat today. */
const twoGone: Situation = {
  rows: [row('new', tomorrow)],
  lastSeen: [row('ann', current), row('bob', current)],
  holders: ['ann', 'bob'],
  guardrails: strict,
};

function deciding(lines: readonly HeldLine[], decision: 'approved' | 'rejected'): Decisions {
  const ids = lines.map((line) => [heldLineId(line, keyOf), line.seats ?? null] as const);
  return decision === 'approved'
    ? { ...noDecisions, approved: new Map(ids) }
    : { ...noDecisions, rejected: new Map(ids) };
}

function removed(plan: PoolPlan): string[] {
  return plan.unassign.map((line) => line.grantee);
}

describe('an approval', () => {
  it('runs the lines that were seen, and says that they were approved', () => {
    const { held } = planOf(twoGone);
    const plan = planOf({ ...twoGone, decisions: deciding(held, 'approved') });
    expect(plan.unassign).toEqual([
      {
        grantee: 'ann@example.org',
        reason: 'row vanished from the roster',
        explained: false,
        approved: true,
      },
      {
        grantee: 'bob@example.org',
        reason: 'row vanished from the roster',
        explained: false,
        approved: true,
      },
    ]);
    expect(plan.held).toEqual([]);
  });

  it('never runs a line that nobody saw', () => {
    const { held } = planOf(twoGone);
    const more: Situation = {
      ...twoGone,
      lastSeen: [...(twoGone.lastSeen ?? []), row('cyd', current)],
      holders: ['ann', 'bob', 'cyd'],
    };
    const plan = planOf({ ...more, decisions: deciding(held, 'approved') });
    expect(removed(plan)).toEqual(['ann@example.org', 'bob@example.org']);
    expect(plan.held.map((line) => line.grantee)).toEqual(['cyd@example.org']);
  });

  it('runs only those lines that still hold', () => {
    const { held } = planOf(twoGone);
    const back: Situation = { ...twoGone, rows: [...(twoGone.rows ?? []), row('ann', current)] };
    expect(removed(planOf({ ...back, decisions: deciding(held, 'approved') }))).toEqual(['bob@example.org']);
  });

  it('is of one reason: a line whose reason has changed is asked for again', () => {
    const { held } = planOf(twoGone);
    const moved: Situation = {
      ...twoGone,
      rows: [row('new', tomorrow), row('ann', { id: 'current', starts: 40 })],
    };
    const plan = planOf({ ...moved, decisions: deciding(held, 'approved') });
    expect(removed(plan)).toEqual(['bob@example.org']);
    expect(plan.held[0]?.reason).toContain('dates of cohort current moved');
  });

  it('does not count against the guardrail for others', () => {
    const { held } = planOf(twoGone);
    const one = { unexplainedRemovals: { count: 1, share: 0 } };
    const more: Situation = {
      ...twoGone,
      guardrails: one,
      lastSeen: [...(twoGone.lastSeen ?? []), row('cyd', current)],
      holders: ['ann', 'bob', 'cyd'],
    };
    expect(removed(planOf({ ...more, decisions: deciding(held, 'approved') }))).toHaveLength(3);
  });

  const manyJoiners: Situation = { rows: rows(people('p', 6), tomorrow), guardrails: { seatIncrease: 5 } };

  it('of a purchase buys no more than was seen', () => {
    const { held } = planOf(manyJoiners);
    expect(held).toMatchObject([{ action: 'increment', seats: 6, guardrail: 'seatIncrease' }]);
    expect(planOf({ ...manyJoiners, decisions: deciding(held, 'approved') }).increment).toBe(6);
    const more = { ...manyJoiners, rows: rows(people('p', 7), tomorrow) };
    const plan = planOf({ ...more, decisions: deciding(held, 'approved') });
    expect(plan.increment).toBe(0);
    expect(plan.held).toMatchObject([{ action: 'increment', seats: 7, guardrail: 'seatIncrease' }]);
  });

  it('lets a purchase go beyond seats.max, but never beyond the day’s cap', () => {
    const full: Situation = { rows: rows(people('p', 6), tomorrow), seats: { max: 4 } };
    const { held, increment } = planOf(full);
    expect(increment).toBe(4);
    expect(planOf({ ...full, decisions: deciding(held, 'approved') }).increment).toBe(6);
    const capped: Situation = { rows: rows(people('p', 6), tomorrow), guardrails: { seatsPerDay: 4 } };
    const plan = planOf({ ...capped, decisions: deciding(planOf(capped).held, 'approved') });
    expect(plan.increment).toBe(4);
    expect(plan.held).toMatchObject([{ seats: 2, guardrail: 'seatsPerDay' }]);
  });
});

describe('an approval of one doubt', () => {
  it('is none of another: a large purchase by a pool that has drifted', () => {
    const given: Situation = {
      ours: people('gone', 6),
      rows: rows(people('p', 6), tomorrow),
      guardrails: { seatIncrease: 5 },
    };
    const large = planOf(given).held.filter((line) => line.guardrail === 'seatIncrease');
    const plan = planOf({ ...given, decisions: deciding(large, 'approved') });
    expect(plan.increment).toBe(0);
    expect(plan.held[0]).toMatchObject({ action: 'increment', seats: 6, guardrail: 'drift' });
    const both = deciding([...large, ...plan.held], 'approved');
    expect(planOf({ ...given, decisions: both })).toMatchObject({ increment: 6, held: [] });
  });

  it('of more than seats.max stays within what the provider allows', () => {
    const given: Situation = {
      rows: rows(people('p', 6), tomorrow),
      seats: { max: 3 },
      limits: { min: 0, max: 5 },
    };
    const plan = planOf({ ...given, decisions: deciding(planOf(given).held, 'approved') });
    expect(plan).toMatchObject({ increment: 5, held: [{ seats: 1 }], seats: { target: 5 } });
  });
});

describe('an open hold', () => {
  it('stays held until it is decided, even if the limit would let its lines pass now', () => {
    const { held } = planOf(twoGone);
    const pending = new Set(held.map((line) => heldLineId(line, keyOf)));
    const wide = { ...twoGone, guardrails: { unexplainedRemovals: { count: 5, share: 0 } } };
    expect(planOf(wide).held).toEqual([]);
    expect(planOf({ ...wide, decisions: { ...noDecisions, pending } }).held).toEqual(held);
  });
});

describe('a rejection', () => {
  it('of a purchase is of as many seats as were seen', () => {
    const many: Situation = { rows: rows(people('p', 6), tomorrow), guardrails: { seatIncrease: 5 } };
    const decisions = deciding(planOf(many).held, 'rejected');
    expect(planOf({ ...many, decisions }).held).toEqual([]);
    const more = { ...many, rows: rows(people('p', 7), tomorrow) };
    expect(planOf({ ...more, decisions }).held).toMatchObject([{ seats: 7 }]);
  });

  it('keeps the seats, and is not asked again while the reason stays', () => {
    const { held } = planOf(twoGone);
    const plan = planOf({ ...twoGone, decisions: deciding(held, 'rejected') });
    expect(plan.held).toEqual([]);
    expect(plan.unassign).toEqual([]);
    expect(plan.kept.map((line) => line.reason)).toEqual([
      'removal was rejected (row vanished from the roster)',
      'removal was rejected (row vanished from the roster)',
    ]);
  });

  it('leaves joiners nothing to wait for: their seat is bought at once', () => {
    const two: Situation = { ...twoGone, rows: [row('new', { id: 'joining', starts: 2 })] };
    expect(planOf(two)).toMatchObject({ increment: 0, waiting: [{}] });
    const plan = planOf({ ...two, decisions: deciding(planOf(two).held, 'rejected') });
    expect(plan).toMatchObject({ increment: 1, waiting: [], assign: [{ grantee: 'new@example.org' }] });
  });

  it('of a purchase is not asked again either, and those without a seat are told', () => {
    const many: Situation = { rows: rows(people('p', 6), tomorrow), guardrails: { seatIncrease: 5 } };
    const { held } = planOf(many);
    const plan = planOf({ ...many, decisions: deciding(held, 'rejected') });
    expect(plan).toMatchObject({ verdict: 'waiting', increment: 0, held: [] });
    expect(plan.rejected).toEqual(['increment seats seatIncrease']);
    expect(plan.waiting[0]?.reason).toMatch(
      /^no free seat: the purchase was rejected \(a purchase of 6 seats/,
    );
  });

  it('of assignments after a drift leaves those people waiting', () => {
    const drifted: Situation = { ours: people('p', 6), rows: rows(people('p', 6), current), total: 6 };
    const { held } = planOf(drifted);
    const plan = planOf({ ...drifted, decisions: deciding(held.slice(1), 'rejected') });
    expect(plan.held.map((line) => line.grantee)).toEqual(['p1@example.org']);
    expect(plan.waiting).toHaveLength(5);
    expect(plan.rejected).toHaveLength(5);
    const approved = planOf({ ...drifted, decisions: deciding(held.slice(1), 'approved') });
    expect(approved.assign).toHaveLength(5);
  });

  it('of giving seats back keeps them', () => {
    const surplus: Situation = { total: 3, suspicion: 'half of the rows are gone' };
    const plan = planOf({ ...surplus, decisions: deciding(planOf(surplus).held, 'rejected') });
    expect(plan).toMatchObject({ verdict: 'in-sync', decrement: 0, held: [] });
  });

  it('is asked again once the reason has changed', () => {
    const { held } = planOf(twoGone);
    const moved: Situation = {
      ...twoGone,
      rows: [row('new', tomorrow), row('ann', { id: 'current', starts: 40 })],
    };
    const plan = planOf({ ...moved, decisions: deciding(held, 'rejected') });
    expect(plan.held.map((line) => line.grantee)).toEqual(['ann@example.org']);
  });
});

describe('a held rename', () => {
  const renamed: Situation = {
    rows: [row('ann.lee', current, { name: 'Ann Lee' })],
    lastSeen: [row('annlee', current, { name: 'Ann Lee' })],
    holders: ['annlee'],
    guardrails: strict,
  };

  it('buys no seat for the new address meanwhile', () => {
    const plan = planOf(renamed);
    expect(plan.held).toMatchObject([{ grantee: 'annlee@example.org', renamed: 'ann.lee@example.org' }]);
    expect(plan).toMatchObject({ increment: 0, assign: [] });
    expect(plan.waiting[0]?.reason).toContain('takes over that seat once it is approved');
  });

  it('moves the seat in one plan once it is approved', () => {
    const plan = planOf({ ...renamed, decisions: deciding(planOf(renamed).held, 'approved') });
    expect(plan).toMatchObject({
      unassign: [{ grantee: 'annlee@example.org' }],
      increment: 0,
      assign: [{ grantee: 'ann.lee@example.org' }],
    });
  });
});

describe('a reading that is suspected', () => {
  it('takes nothing away, explained or not, and lets joiners have free seats', () => {
    const plan = planOf({
      rows: [row('old', { id: 'past', starts: -41 }), row('new', tomorrow)],
      holders: ['old'],
      total: 3,
      suspicion: 'half of the rows are gone',
    });
    expect(plan.unassign).toEqual([]);
    expect(plan.held).toMatchObject([
      { grantee: 'old@example.org', guardrail: 'roster' },
      { action: 'decrement', guardrail: 'roster' },
    ]);
    expect(plan.assign.map((line) => line.grantee)).toEqual(['new@example.org']);
  });
});

describe('a pool whose seats were assigned at the end of the last run and are not now', () => {
  it('gets nothing assigned or bought until a person has looked', () => {
    const whom = people('p', 40);
    const plan = planOf({ rows: rows(whom, current), holders: [], total: 40, assignedBefore: 40 });
    expect(plan).toMatchObject({ verdict: 'held', assign: [], increment: 0 });
    expect(plan.held).toHaveLength(40);
    expect(plan.held[0]?.reason).toContain('0 seats are assigned where there were 40');
  });

  it('is judged by its start, so that a run’s own removals don’t count', () => {
    const whom = people('p', 10);
    const input = {
      rows: rows(whom, current),
      holders: whom,
      assignedBefore: 40,
      stage: { assignedAtStart: 40 },
    };
    expect(planOf(input).held).toEqual([]);
  });
});
