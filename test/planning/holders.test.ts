import { describe, expect, it } from 'vitest';
import { planPool } from '../../src/planning/plan.ts';
import {
  cohort,
  current,
  entitled,
  holder,
  inputOf,
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

interface Case {
  readonly name: string;
  readonly given: Situation;
  readonly unassign?: readonly string[];
  readonly kept?: readonly string[];
  readonly unmanaged?: readonly string[];
}

function check({ given, unassign = [], kept = [], unmanaged = [] }: Case): void {
  const plan = planOf(given);
  expect({
    unassign: namesOf(plan.unassign),
    kept: plan.kept.map((line) => `${namesOf([line])[0]}: ${line.reason}`),
    unmanaged: plan.unmanaged.map((grantee) => grantee.replace('@example.org', '')),
  }).toEqual({ unassign, kept, unmanaged });
}

describe('rule 5: it takes away only from those it knows', () => {
  const cases: Case[] = [
    {
      name: 'leaves alone whom neither the roster nor the ledger knows',
      given: { holders: ['guest'], rows: rows(['ann'], past) },
      unmanaged: ['guest'],
    },
    {
      name: 'frees the seat of someone whom only the ledger knows, since it assigned them',
      given: { holders: ['ann'], ours: ['ann'] },
      unassign: ['ann'],
    },
    {
      name: 'frees the seat of someone whom the roster lists although it never assigned them',
      given: { holders: ['ann'], rows: rows(['ann'], past) },
      unassign: ['ann'],
    },
    {
      name: 'leaves alone whom protect names, however long their cohort is over',
      given: { holders: ['owner'], rows: rows(['owner'], past), protect: ['owner@example.org'] },
      unmanaged: ['owner'],
    },
    {
      name: 'leaves alone whom a pattern of protect fits, in any case',
      given: {
        holders: ['Kim@Staff.example.org', 'ann'],
        rows: rows(['kim@staff.example.org', 'ann'], past),
        protect: ['*@STAFF.example.org'],
      },
      unassign: ['ann'],
      unmanaged: ['Kim@Staff.example.org'],
    },
    {
      name: 'takes a dot in a pattern for a dot, and a pattern for the whole address',
      given: {
        holders: ['kimXstaff', 'kim.staffer'],
        rows: rows(['kimXstaff', 'kim.staffer'], past),
        protect: ['kim.staff@example.org', 'kim'],
      },
      unassign: ['kim.staffer', 'kimXstaff'],
    },
    {
      name: 'takes no duplicate from a protected holder',
      given: { holders: [holder('owner', 3)], rows: rows(['owner'], current), protect: ['owner@*'] },
      unmanaged: ['owner'],
    },
    {
      name: 'lists those whom it leaves alone in a stable order',
      given: { holders: ['zoe', 'abe', 'moe'] },
      unmanaged: ['abe', 'moe', 'zoe'],
    },
  ];
  for (const each of cases) it(each.name, () => check(each));

  it('knows the person behind an id, for protect and for doubtful rows', () => {
    const input = inputOf({
      holders: [{ grantee: 'u-1', seats: [], count: 1 }],
      protect: ['owner@example.org'],
    });
    const entitlements = entitled(row('owner', past)).map((each) => ({ ...each, grantee: 'u-1' }));
    const roster = { ...input.roster, entitlements };
    expect(planPool({ ...input, roster })).toMatchObject({ unassign: [], unmanaged: ['u-1'] });

    const frozen = [{ person: 'owner@example.org', reason: 'row 7 is unreadable' }];
    const policy = { ...input.policy, protect: [] };
    expect(planPool({ ...input, policy, roster })).toMatchObject({ unassign: [{ grantee: 'u-1' }] });
    expect(planPool({ ...input, policy, roster: { ...roster, frozen } })).toMatchObject({
      unassign: [],
      kept: [{ grantee: 'u-1', reason: 'row 7 is unreadable' }],
    });
  });
});

describe('rule 2: a doubtful row never takes anything away', () => {
  const unreadable = { person: 'bob@example.org', reason: 'row 7 is unreadable' };
  const cases: Case[] = [
    {
      name: 'keeps the seat of the person whom an unreadable row most likely names; others proceed',
      given: {
        holders: ['bob', 'ann'],
        rows: rows(['ann'], past),
        lastSeen: rows(['bob'], current),
        frozen: [unreadable],
      },
      unassign: ['ann'],
      kept: ['bob: row 7 is unreadable'],
    },
    {
      name: 'keeps it even for someone who was not known so far',
      given: { holders: ['bob'], frozen: [unreadable] },
      kept: ['bob: row 7 is unreadable'],
    },
    {
      name: 'says the first of several reasons, whatever their order',
      given: {
        holders: ['bob'],
        frozen: [{ person: 'bob@example.org', reason: 'row 9 is unreadable' }, unreadable],
      },
      kept: ['bob: row 7 is unreadable'],
    },
    {
      name: 'keeps the duplicate seats too',
      given: { holders: [holder('bob', 2)], rows: rows(['bob'], current), frozen: [unreadable] },
    },
    {
      name: 'says nothing of a frozen person who is entitled by another row',
      given: { holders: ['bob'], rows: rows(['bob'], current), frozen: [unreadable] },
    },
    {
      name: 'leaves a protected person among the unmanaged',
      given: { holders: ['bob'], frozen: [unreadable], protect: ['bob@example.org'] },
      unmanaged: ['bob'],
    },
  ];
  for (const each of cases) it(each.name, () => check(each));

  it('gives nothing by the doubtful row', () => {
    expect(planOf({ total: 3, frozen: [unreadable] }).assign).toEqual([]);
  });

  it('still gives what a good row of the same person entitles to', () => {
    const plan = planOf({ total: 1, rows: rows(['bob'], joining), frozen: [unreadable] });
    expect(namesOf(plan.assign)).toEqual(['bob']);
  });

  it('counts every seat that a frozen holder keeps, so that joiners find theirs bought', () => {
    const plan = planOf({
      holders: [holder('bob', 2)],
      rows: rows(['ann'], tomorrow),
      ours: ['bob'],
      frozen: [unreadable],
    });
    expect(plan).toMatchObject({ increment: 1, waiting: [], seats: { total: 2, assigned: 2, target: 3 } });
  });
});

describe('rule 15: it does not churn', () => {
  const again = (starts: number) => [row('ann', past), row('ann', cohort('next', starts))];
  const cases: Case[] = [
    {
      name: 'lets an instructor of back-to-back cohorts keep the seat untouched (scenario 19)',
      given: {
        holders: people('p', 12),
        rows: people('p', 12).flatMap((who) => [row(who, cohort('a', -35)), row(who, cohort('b', 1))]),
      },
    },
    {
      name: 'keeps the seat of one who teaches again in 14 days, keepUnusedDays being 14',
      given: { holders: ['ann'], rows: again(14) },
      kept: ['ann: teaches again in cohort next from 2026-12-06'],
    },
    {
      name: 'frees it where the next cohort starts a day later',
      given: { holders: ['ann'], rows: again(15) },
      unassign: ['ann'],
    },
    {
      name: 'keeps the nearest of several later cohorts in view, whatever their order',
      given: { holders: ['ann'], rows: [row('ann', cohort('late', 60)), ...again(10)] },
      kept: ['ann: teaches again in cohort next from 2026-12-02'],
    },
    {
      name: 'keeps none in a gap where keepUnusedDays is 0',
      given: { holders: ['ann'], rows: again(5), seats: { keepUnusedDays: 0 } },
      unassign: ['ann'],
    },
    {
      name: 'counts assignDaysBefore although keepUnusedDays is less: the seat is due',
      given: { holders: ['ann'], rows: again(2), seats: { keepUnusedDays: 0 } },
    },
    {
      name: 'gives the seat in a gap to someone for whom one would have to be bought today',
      given: { holders: ['ann'], rows: [...again(10), row('joe', joining)] },
      unassign: ['ann'],
    },
    {
      name: 'takes it from nobody while another seat is free',
      given: { holders: ['ann'], total: 2, rows: [...again(10), row('joe', joining)] },
      kept: ['ann: teaches again in cohort next from 2026-12-02'],
    },
    {
      name: 'takes the seat of the one who teaches again last',
      given: {
        holders: ['ann', 'ben'],
        rows: [...again(10), row('ben', past), row('ben', cohort('later', 12)), row('joe', joining)],
      },
      unassign: ['ben'],
      kept: ['ann: teaches again in cohort next from 2026-12-02'],
    },
  ];
  for (const each of cases) it(each.name, () => check(each));

  it('says for whom a seat in a gap is given up', () => {
    const plan = planOf({ holders: ['ann'], rows: [...again(10), row('joe', joining)] });
    expect(plan.unassign).toEqual([
      {
        grantee: 'ann@example.org',
        reason: 'someone needs the seat today; cohort next starts 2026-12-02',
        explained: true,
      },
    ]);
    expect(plan).toMatchObject({ increment: 0, assign: [{ grantee: 'joe@example.org' }] });
  });

  it('gives up the duplicates with it, in one line', () => {
    const plan = planOf({
      holders: [holder('ann', 2)],
      rows: [...again(10), ...rows(['joe', 'jim'], joining)],
    });
    expect(plan).toMatchObject({ increment: 0, assign: [{}, {}] });
    expect(plan.unassign).toHaveLength(1);
    expect(plan.unassign[0]).not.toHaveProperty('keepsOne');
  });

  it('takes no seat in a gap while too much has drifted for anyone to be given one', () => {
    const gone = people('gone', 8);
    const plan = planOf({ holders: ['ann'], ours: gone, rows: [...again(10), ...rows(gone, current)] });
    expect(plan).toMatchObject({ unassign: [], kept: [{ grantee: 'ann@example.org' }] });
  });

  it.each([
    ['the roster is in doubt', { doubt: 'the sheet has no rows' }],
    ['too many rows are unreadable', { invalidShare: 0.5 }],
  ])('asks nobody to give up a seat while %s', (_, doubtful) => {
    const given = { holders: ['ann'], rows: again(10), ...doubtful };
    const patient = planOf({ ...given, rows: [...given.rows, row('joe', joining)] });
    expect(patient).toMatchObject({ unassign: [], increment: 0, kept: [{ grantee: 'ann@example.org' }] });
    expect(patient.waiting[0]?.reason).toContain('waits for a seat that is still to be freed');
    const urgent = planOf({ ...given, rows: [...given.rows, row('joe', tomorrow)] });
    expect(urgent).toMatchObject({ unassign: [], increment: 1, assign: [{ grantee: 'joe@example.org' }] });
  });
});

describe('duplicates', () => {
  it('free all seats but one of a holder who is entitled', () => {
    const plan = planOf({ holders: [holder('ann', 3)], rows: rows(['ann'], current) });
    expect(plan.unassign).toEqual([
      { grantee: 'ann@example.org', reason: 'holds 3 seats: one is enough', explained: true, keepsOne: true },
    ]);
    expect(plan).toMatchObject({ decrement: 2, seats: { total: 3, assigned: 3, target: 1 } });
  });

  it('go to joiners before anything is bought', () => {
    const plan = planOf({ holders: [holder('ann', 2)], rows: [row('ann', current), row('joe', joining)] });
    expect(plan).toMatchObject({ increment: 0, decrement: 0, assign: [{ grantee: 'joe@example.org' }] });
  });

  it('are all freed when the holder leaves', () => {
    const plan = planOf({ holders: [holder('ann', 2)], rows: rows(['ann'], past) });
    expect(plan.unassign).toEqual([
      { grantee: 'ann@example.org', reason: 'cohort past ended 2026-11-15', explained: true },
    ]);
    expect(plan.decrement).toBe(2);
  });

  it('of rows name one person once (scenario 6)', () => {
    const twice = [row('ann', current), row('ann', current, { row: 3 })];
    expect(planOf({ holders: ['ANN@example.org'], rows: twice })).toMatchObject({
      verdict: 'in-sync',
      unassign: [],
      assign: [],
    });
    expect(planOf({ total: 2, rows: twice, seats: { spare: 1 } }).assign).toHaveLength(1);
  });
});
