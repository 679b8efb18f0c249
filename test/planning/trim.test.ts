import { describe, expect, it } from 'vitest';
import {
  cohort,
  current,
  day,
  past,
  people,
  planOf,
  row,
  rows,
  type Situation,
  tomorrow,
} from '../support/planning.ts';

describe('rule 3: then trim', () => {
  const ann: Situation = { holders: ['ann'], rows: rows(['ann'], current), total: 5 };
  const cases: [string, Situation, number][] = [
    ['gives back what nobody needs', ann, 4],
    ['keeps the spare seats', { ...ann, seats: { spare: 2 } }, 2],
    ['keeps the configured minimum', { ...ann, seats: { min: 4 } }, 1],
    ["keeps the plan's minimum (scenario 34)", { ...ann, limits: { min: 3, max: null } }, 2],
    ['keeps the seats of the unmanaged', { ...ann, holders: ['ann', 'guest'] }, 3],
    [
      'counts an unmanaged holder once, although the roster lists them too',
      { holders: ['owner', 'ann'], rows: rows(['owner', 'ann'], current), total: 3, protect: ['owner@*'] },
      1,
    ],
    [
      'keeps a seat for good that it gives to someone protected',
      {
        rows: [row('owner', cohort('ending', -37)), row('joe', cohort('next', 5))],
        total: 2,
        protect: ['owner@*'],
      },
      0,
    ],
    [
      'gives back the seats of leavers in the same run',
      { holders: people('p', 3), rows: rows(people('p', 3), past) },
      3,
    ],
    ['gives back nothing while it buys', { rows: rows(['ann'], tomorrow) }, 0],
    ['gives back nothing in a run that bought', { ...ann, stage: { totalChanged: true } }, 0],
    ['gives back nothing in a run that tried to buy', { ...ann, stage: { purchaseProblem: 'declined' } }, 0],
    ['gives back no more than is free', { ...ann, usable: 3 }, 2],
    [
      'gives back nothing of what is over a lowered maximum but in use',
      { holders: people('p', 3), rows: rows(people('p', 3), current), seats: { max: 2 } },
      0,
    ],
    [
      'keeps a seat for a joiner who failed in this run',
      {
        ...ann,
        total: 2,
        rows: rows(['ann', 'joe'], current),
        stage: { failed: new Set(['joe@example.org']) },
      },
      0,
    ],
  ];
  for (const [name, given, decrement] of cases) {
    it(name, () => {
      const plan = planOf(given);
      expect(plan.decrement).toBe(decrement);
      if (decrement > 0) expect(plan.seats.target).toBe(plan.seats.total - decrement);
    });
  }
});

describe('rule 15: a seat that a coming cohort needs is kept', () => {
  const next = people('n', 3);

  it('where the cohort starts within keepUnusedDays, with a note', () => {
    const plan = planOf({ total: 5, rows: rows(next, cohort('next', 14)) });
    expect(plan).toMatchObject({ decrement: 2, seats: { target: 3 } });
    expect(plan.notes).toEqual([`3 seats free and kept: 3 are needed on ${day(12)} for cohort next`]);
  });

  it('but not where it starts a day later', () => {
    expect(planOf({ total: 5, rows: rows(next, cohort('next', 15)) }).decrement).toBe(5);
  });

  it('not at all where keepUnusedDays is 0', () => {
    expect(
      planOf({ total: 5, rows: rows(next, cohort('next', 5)), seats: { keepUnusedDays: 0 } }).decrement,
    ).toBe(5);
  });

  it('for the day on which most are needed, not for the sum of all cohorts', () => {
    const ending = people('e', 3);
    const plan = planOf({
      holders: ending,
      total: 6,
      // Their seats are due until 5 days from today, the others' from 8 days on.
      rows: [...rows(ending, cohort('ending', -32)), ...rows(next, cohort('next', 10))],
    });
    expect(plan).toMatchObject({ decrement: 3, seats: { target: 3 } });
  });

  it('for cohorts that overlap, all of them', () => {
    const plan = planOf({
      holders: ['ann'],
      total: 6,
      rows: [row('ann', current), ...rows(next, cohort('next', 10))],
    });
    expect(plan).toMatchObject({
      decrement: 2,
      notes: [`3 seats free and kept: 4 are needed on ${day(8)} for cohort next`],
    });
  });

  it('once for a person of two cohorts', () => {
    const both = [row('ann', current), row('ann', cohort('next', 5)), row('ann', cohort('same', 8))];
    expect(planOf({ holders: ['ann'], total: 2, rows: both }).decrement).toBe(1);
  });

  it('beside that of one who keeps it between cohorts', () => {
    const gap = [row('ann', past), row('ann', cohort('next', 10))];
    const plan = planOf({ holders: ['ann'], total: 4, rows: [...gap, ...rows(['n1'], cohort('other', 3))] });
    expect(plan).toMatchObject({ unassign: [], decrement: 2 });
  });

  it('beside those of frozen holders, who are not counted twice', () => {
    const plan = planOf({
      holders: ['bob'],
      total: 4,
      rows: [row('bob', cohort('next', 10)), row('n1', cohort('next', 10))],
      frozen: [{ person: 'bob@example.org', reason: 'row 7 is unreadable' }],
    });
    expect(plan).toMatchObject({ unassign: [], decrement: 2 });
  });

  it('beside those whose removal is held', () => {
    const plan = planOf({
      holders: ['ann'],
      total: 4,
      lastSeen: rows(['ann'], current),
      rows: rows(['n1'], cohort('next', 10)),
      guardrails: { unexplainedRemovals: { count: 0, share: 0 } },
    });
    expect(plan).toMatchObject({ unassign: [], decrement: 2 });
  });
});
