import { describe, expect, it } from 'vitest';
import type { UnassignLine } from '../../src/planning/types.ts';
import {
  cohort,
  current,
  namesOf,
  past,
  people,
  planOf,
  row,
  rows,
  type Situation,
  tomorrow,
} from '../support/planning.ts';

/** The only removal of a plan in which ann is the only holder. */
function removalOf(given: Situation): Pick<UnassignLine, 'explained' | 'reason'> | null {
  const [line] = planOf({ holders: ['ann'], ours: ['ann'], ...given }).unassign;
  return line === undefined ? null : { explained: line.explained, reason: line.reason };
}

describe('rule 6: a removal is explained by', () => {
  const cases: [string, Situation, string][] = [
    ['a cohort that ended', { rows: rows(['ann'], past) }, 'cohort past ended 2026-11-15'],
    [
      'the cohort that ended last',
      { rows: [row('ann', past), row('ann', cohort('older', -100))] },
      'cohort past ended 2026-11-15',
    ],
    [
      'a cohort that ended although its rows have been deleted since',
      { lastSeen: rows(['ann'], past) },
      'cohort past ended 2026-11-15',
    ],
    [
      'a cohort that ended yesterday, whose rows have been deleted while its seats are still kept',
      { lastSeen: rows(['ann'], cohort('c', -35)) },
      'cohort c ended 2026-11-21',
    ],
    [
      'a deleted cohort rather than an older one that is still there',
      { rows: rows(['ann'], cohort('older', -100)), lastSeen: rows(['ann'], past) },
      'cohort past ended 2026-11-15',
    ],
    [
      'the end that the roster gives now, once both ends are over',
      { rows: [row('ann', cohort('past', -41, -9))], lastSeen: rows(['ann'], past) },
      'cohort past ended 2026-11-13',
    ],
    [
      'a row marked canceled',
      { rows: [row('ann', current, { row: 7, canceled: true })], lastSeen: rows(['ann'], current) },
      'row 7 is marked canceled',
    ],
    [
      'the canceled row of the present cohort, not one of another',
      {
        rows: [
          row('ann', cohort('later', 40), { row: 3, canceled: true }),
          row('ann', current, { row: 7, canceled: true }),
        ],
      },
      'row 7 is marked canceled',
    ],
    [
      'the end of a cohort rather than an old cancellation',
      { rows: [row('ann', cohort('older', -100), { row: 3, canceled: true }), row('ann', past)] },
      'cohort past ended 2026-11-15',
    ],
    [
      'a row that was marked canceled and then deleted',
      { lastSeen: [row('ann', current, { canceled: true })] },
      'canceled in cohort current, and the row deleted since',
    ],
    [
      'a first cohort that is far off',
      { rows: rows(['ann'], cohort('next', 40)) },
      'cohort next starts 2027-01-01: no seat is due before 2026-12-30',
    ],
  ];
  for (const [name, given, reason] of cases) {
    it(name, () => expect(removalOf(given)).toEqual({ explained: true, reason }));
  }
});

describe('rule 6: a removal is a surprise where', () => {
  const cases: [string, Situation, string][] = [
    [
      'a row vanished before the end of its cohort',
      { lastSeen: rows(['ann'], current) },
      'row vanished from the roster',
    ],
    [
      'a row vanished on the last day of its cohort',
      { lastSeen: rows(['ann'], cohort('c', -34)) },
      'row vanished from the roster',
    ],
    [
      'the row of the present cohort vanished, although an earlier cohort ended',
      { rows: rows(['ann'], past), lastSeen: [row('ann', past), row('ann', current)] },
      'row vanished from the roster',
    ],
    [
      'the row of a cohort vanished for which the seat was kept',
      { rows: rows(['ann'], past), lastSeen: [row('ann', past), row('ann', cohort('next', 14))] },
      'row vanished from the roster',
    ],
    [
      'an end was moved so that the seat is lost today',
      { rows: rows(['ann'], cohort('current', -14, -5)), lastSeen: rows(['ann'], current) },
      'dates of cohort current moved from 2026-11-08 – 2026-12-12 to 2026-11-08 – 2026-11-17',
    ],
    [
      'a start was moved so that the seat is lost today',
      { rows: rows(['ann'], cohort('current', 20)), lastSeen: rows(['ann'], current) },
      'dates of cohort current moved from 2026-11-08 – 2026-12-12 to 2026-12-12 – 2027-01-15',
    ],
    ['the roster never gave the seat', {}, 'the roster gives them no seat in this pool'],
    [
      'a row vanished of a cohort that is far off',
      { lastSeen: rows(['ann'], cohort('next', 40)) },
      'row vanished from the roster',
    ],
  ];
  for (const [name, given, reason] of cases) {
    it(name, () => expect(removalOf(given)).toEqual({ explained: false, reason }));
  }

  it('says so of the first of several vanished rows, whatever their order', () => {
    const moved = cohort('other', 5);
    const lastSeen = [row('ann', moved), row('ann', current)];
    const given = { rows: rows(['ann'], cohort('other', 50)) };
    const reason = 'row vanished from the roster';
    expect(removalOf({ ...given, lastSeen })).toEqual({ explained: false, reason });
    expect(removalOf({ ...given, lastSeen: lastSeen.toReversed() })).toEqual({ explained: false, reason });
  });
});

describe('nobody loses a seat', () => {
  const cases: [string, Situation][] = [
    ['before the last day on which it is due is over', { rows: rows(['ann'], cohort('c', -37)) }],
    [
      'by dates that were moved and still give one today',
      { rows: rows(['ann'], cohort('current', -20, 4)), lastSeen: rows(['ann'], current) },
    ],
    [
      'by a cancellation of one cohort while another gives one',
      { rows: [row('ann', current), row('ann', cohort('other', -10), { canceled: true })] },
    ],
    [
      'by a vanished row while another gives one',
      { rows: rows(['ann'], current), lastSeen: [row('ann', current), row('ann', cohort('other', -10))] },
    ],
  ];
  for (const [name, given] of cases) it(name, () => expect(removalOf(given)).toBeNull());
});

describe('the guardrail of unexplained removals', () => {
  const staff = people('p', 20);
  const vanished = (count: number): Situation => ({
    holders: staff,
    rows: rows(staff.slice(count), current),
    lastSeen: rows(staff.slice(0, count), current),
  });

  it('lets all departures of an ended cohort pass at once', () => {
    const plan = planOf({ holders: staff, lastSeen: rows(staff, past) });
    expect(plan).toMatchObject({ verdict: 'changes', held: [] });
    expect(plan.unassign).toHaveLength(20);
  });

  it('lets as many pass as the larger of count and share allows: 4 of 20', () => {
    expect(planOf(vanished(4)).unassign).toHaveLength(4);
  });

  it('holds all of them beyond that, each with its own reason', () => {
    const plan = planOf(vanished(5));
    expect(plan).toMatchObject({ verdict: 'held', unassign: [], decrement: 0 });
    expect(plan.held).toHaveLength(5);
    expect(plan.held[0]).toEqual({
      action: 'unassign',
      grantee: 'p1@example.org',
      reason: 'row vanished from the roster',
      guardrail: 'unexplainedRemovals',
    });
  });

  it('holds a surprise among few, where the share is small (scenario 25)', () => {
    const plan = planOf({
      holders: people('p', 4),
      rows: rows(['p4'], current),
      lastSeen: rows(people('p', 3), current),
    });
    expect(namesOf(plan.held)).toEqual(['p1', 'p2', 'p3']);
  });

  it('lets explained removals pass while the others are held', () => {
    const given = vanished(5);
    const plan = planOf({
      ...given,
      holders: [...staff, 'joe'],
      rows: [...(given.rows ?? []), row('joe', past)],
    });
    expect(namesOf(plan.unassign)).toEqual(['joe']);
    expect(plan.held).toHaveLength(5);
  });

  it('counts those of the last 24 hours', () => {
    expect(planOf({ ...vanished(3), unexplainedToday: 1 }).held).toEqual([]);
    expect(planOf({ ...vanished(3), unexplainedToday: 2 }).held).toHaveLength(3);
  });

  it('takes the share of those who were managed at the start of the run', () => {
    const later = {
      holders: staff.slice(0, 15),
      rows: rows(staff.slice(4, 15), current),
      lastSeen: rows(staff.slice(0, 4), current),
    };
    expect(planOf(later).held).toHaveLength(4);
    expect(planOf({ ...later, stage: { managedAtStart: 20 } }).held).toEqual([]);
  });

  it('does not count the unmanaged into the share', () => {
    const given = vanished(4);
    const guests = people('guest', 20);
    const five = planOf({ ...vanished(5), holders: [...staff, ...guests] });
    expect(five.held).toHaveLength(5);
    expect(planOf({ ...given, holders: [...staff, ...guests] }).held).toEqual([]);
  });

  it('counts real removals only: those long gone do not matter (scenario 26)', () => {
    const gone = people('gone', 190);
    const plan = planOf({ ...vanished(0), lastSeen: rows(gone, current) });
    expect(plan).toMatchObject({ verdict: 'in-sync', held: [] });
  });

  it('takes 0.29 of 100 for 29, whatever the floating point says', () => {
    const many = people('p', 100);
    const plan = planOf({
      holders: many,
      rows: rows(many.slice(29), current),
      lastSeen: rows(many.slice(0, 29), current),
      guardrails: { unexplainedRemovals: { count: 2, share: 0.29 } },
    });
    expect(plan.held).toEqual([]);
  });
});

describe('rule 7: while removals are held', () => {
  const staff = people('p', 10);
  const held: Situation = { holders: staff, total: 12, rows: [], lastSeen: rows(staff, current) };

  it('joiners get the free seats', () => {
    const plan = planOf({ ...held, rows: rows(['joe', 'jim'], tomorrow) });
    expect(plan).toMatchObject({ verdict: 'held', increment: 0, decrement: 0 });
    expect(namesOf(plan.assign)).toEqual(['jim', 'joe']);
    expect(plan.held).toHaveLength(10);
  });

  it('nothing of what they hold is given back', () => {
    expect(planOf({ ...held, total: 10 })).toMatchObject({ decrement: 0, seats: { target: 10 } });
  });

  it('other free seats are given back', () => {
    expect(planOf(held)).toMatchObject({ decrement: 2, seats: { target: 10 } });
  });
});

describe('a roster in doubt', () => {
  const staff = people('p', 3);

  it('holds the removals that it would cause, naming both reasons', () => {
    const plan = planOf({
      holders: staff,
      total: 4,
      lastSeen: rows(staff, past),
      doubt: 'the sheet has no rows',
    });
    expect(plan).toMatchObject({ verdict: 'held', unassign: [], decrement: 0, seats: { target: 3 } });
    expect(plan.held[0]).toEqual({
      action: 'unassign',
      grantee: 'p1@example.org',
      reason: 'cohort past ended 2026-11-15; held since the sheet has no rows',
      guardrail: 'roster',
    });
    expect(plan.held.at(-1)).toMatchObject({ action: 'decrement', seats: 1, guardrail: 'roster' });
  });

  it('holds the pool even where nobody would lose a seat', () => {
    expect(planOf({ doubt: 'the sheet has no rows' })).toMatchObject({
      verdict: 'held',
      held: [{ action: 'unassign', seats: 0, reason: 'the sheet has no rows', guardrail: 'roster' }],
    });
  });

  it('is one of which more rows than the guardrail allows are unreadable', () => {
    const given = { holders: ['ann'], total: 2, rows: rows(['ann'], past) };
    expect(planOf({ ...given, invalidShare: 0.2 })).toMatchObject({ held: [], decrement: 2 });
    const plan = planOf({ ...given, invalidShare: 0.25 });
    expect(plan).toMatchObject({ verdict: 'held', unassign: [], decrement: 0 });
    expect(plan.held.map((line) => line.guardrail)).toEqual(['invalidRows', 'invalidRows']);
    expect(plan.held[0]?.reason).toBe(
      "cohort past ended 2026-11-15; held since 25 % of the roster's rows can't be read, more than the 20 % allowed",
    );
  });

  it('still gives joiners their seats', () => {
    const plan = planOf({ total: 1, rows: rows(['joe', 'jim'], tomorrow), invalidShare: 0.5 });
    expect(plan).toMatchObject({ increment: 1, assign: [{}, {}] });
  });
});

describe('a renamed instructor', () => {
  const named = (who: string, name: string | null) => row(who, current, { name });

  it.each([
    ['has the same name', 'ann', 'Ann Lee', 'a.lee', 'Ann Lee'],
    ['has the same name, the other way round', 'ann', 'Ann Lee', 'a.lee', 'LEE, Ann'],
    ['has an address within typing distance and no name', 'ann.smiht', null, 'ann.smith', null],
    [
      'has an address within typing distance and nearly the same name',
      'ann.smiht',
      'Ann Smiht',
      'ann.smith',
      'Ann Smith',
    ],
  ])('%s', (_, before, oldName, now, newName) => {
    const plan = planOf({
      holders: [before],
      rows: [named(now, newName)],
      lastSeen: [named(before, oldName)],
    });
    expect(plan.unassign).toEqual([
      { grantee: `${before}@example.org`, reason: `renamed to ${now}@example.org`, explained: false },
    ]);
    expect(plan).toMatchObject({ increment: 0, decrement: 0 });
    expect(namesOf(plan.assign)).toEqual([now]);
  });

  it.each([
    ['a like address with another name', 'instructor1', 'Ann Lee', 'instructor2', 'Kim Poe'],
    ['another address with no name', 'ann', null, 'kimberly', null],
    ['another number with no name', 'instructor12', null, 'instructor21', null],
    ['another short name', 'ann', null, 'ana', null],
  ])('is not %s', (_, before, oldName, now, newName) => {
    const plan = planOf({
      holders: [before],
      rows: [named(now, newName)],
      lastSeen: [named(before, oldName)],
    });
    expect(plan.unassign[0]?.reason).toBe('row vanished from the roster');
  });

  it('is not a like address that had its seat before', () => {
    const plan = planOf({
      holders: ['instructor1', 'instructor2'],
      rows: rows(['instructor2'], current),
      lastSeen: rows(['instructor1'], current),
    });
    expect(plan.unassign[0]?.reason).toBe('row vanished from the roster');
  });

  it('is the new one of two namesakes', () => {
    const plan = planOf({
      holders: ['ann', 'a.lee'],
      rows: [named('a.lee', 'Ann Lee'), named('lee', 'Ann Lee')],
      lastSeen: [named('ann', 'Ann Lee')],
    });
    expect(plan.unassign[0]).toMatchObject({
      grantee: 'ann@example.org',
      reason: 'renamed to lee@example.org',
    });
  });

  it('is not of another cohort', () => {
    const plan = planOf({
      holders: ['ann'],
      rows: [row('a.lee', cohort('other', -10), { name: 'Ann Lee' })],
      lastSeen: [named('ann', 'Ann Lee')],
    });
    expect(plan.unassign[0]?.reason).toBe('row vanished from the roster');
  });

  it('is held like any unexplained removal, and keeps the label once the new address has a seat', () => {
    const held = { guardrails: { unexplainedRemovals: { count: 0, share: 0 } } };
    const given = { rows: [named('a.lee', 'Ann Lee')], lastSeen: [named('ann', 'Ann Lee')], ...held };
    for (const holders of [['ann'], ['ann', 'a.lee']]) {
      expect(planOf({ ...given, holders }).held).toEqual([
        {
          action: 'unassign',
          grantee: 'ann@example.org',
          renamed: 'a.lee@example.org',
          reason: 'renamed to a.lee@example.org',
          guardrail: 'unexplainedRemovals',
        },
      ]);
    }
  });
});
