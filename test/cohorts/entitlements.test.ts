import { describe, expect, it } from 'vitest';
import { entitlementsFor, freezesOf } from '../../src/cohorts/entitlements.ts';
import { addDays, dateIn, daysBetween, startOfDay } from '../../src/dates.ts';
import { planPool } from '../../src/planning/plan.ts';
import type { RosterRow } from '../../src/roster/types.ts';
import { cohort, holder, inputOf, row, windows } from '../support/planning.ts';

const pool = { pool: 'zoom', grantee: 'email' };

function dated(startsOn: string, endsOn: string): RosterRow {
  return { ...row('ann', cohort('c', 0)), startsOn, endsOn };
}

describe('the days on which a seat is due', () => {
  it('begin assignDaysBefore days before the first day and end keepDaysAfter days after the last', () => {
    const [entitlement] = entitlementsFor([dated('2026-11-24', '2026-12-28')], pool, windows).entitlements;
    expect(entitlement).toMatchObject({ from: '2026-11-22', to: '2026-12-31' });
  });

  it('are the cohort itself where both settings are 0', () => {
    const exact = { assignDaysBefore: 0, keepDaysAfter: 0 };
    const [entitlement] = entitlementsFor([dated('2026-11-24', '2026-12-28')], pool, exact).entitlements;
    expect(entitlement).toMatchObject({ from: '2026-11-24', to: '2026-12-28' });
  });

  // Five weeks are 35 calendar days, be they 839 hours or 841.
  it.each([
    ['America/New_York', '2026-02-16', '2026-03-23', 839],
    ['America/New_York', '2026-10-05', '2026-11-09', 841],
    ['Europe/London', '2026-03-09', '2026-04-13', 839],
    ['Europe/London', '2026-10-05', '2026-11-09', 841],
    ['Pacific/Auckland', '2026-03-16', '2026-04-20', 841],
    ['Pacific/Auckland', '2026-09-07', '2026-10-12', 839],
  ])('in %s from %s are over at local midnight of %s, %i hours later', (zone, startsOn, after, hours) => {
    const exact = { assignDaysBefore: 0, keepDaysAfter: 0 };
    const taught = dated(startsOn, addDays(startsOn, 34));
    const { entitlements } = entitlementsFor([taught], pool, exact);
    const begin = startOfDay(startsOn, zone);
    const end = startOfDay(after, zone);
    expect(end - begin).toBe(hours * 3_600_000);

    const removedAt = (moment: number) => {
      const input = inputOf({ holders: [holder('ann')], rows: [taught], today: dateIn(moment, zone) });
      return planPool({ ...input, roster: { ...input.roster, entitlements } }).unassign.length;
    };
    expect(removedAt(begin)).toBe(0);
    expect(removedAt(end - 1)).toBe(0);
    expect(removedAt(end)).toBe(1);
  });

  it('last to the end of the last day in the cohort zone (scenario 32)', () => {
    const zone = 'America/Los_Angeles';
    const lastEvening = Date.UTC(2026, 2, 9, 6, 30);
    expect(dateIn(lastEvening, zone)).toBe('2026-03-08');
    expect(dateIn(lastEvening + 3_600_000, zone)).toBe('2026-03-09');
  });

  it.each([
    ['America/Havana', '2026-03-08'],
    ['Africa/Cairo', '2026-04-24'],
    ['Asia/Beirut', '2026-03-29'],
    ['America/Santiago', '2026-09-06'],
  ])('begin at one in the morning in %s on %s, where midnight does not exist', (zone, date) => {
    const begin = startOfDay(date, zone);
    expect(dateIn(begin, zone)).toBe(date);
    expect(dateIn(begin - 1, zone)).toBe(addDays(date, -1));
  });

  it('count days over a change of daylight saving as over any other day', () => {
    expect(daysBetween('2026-10-31', '2026-11-02')).toBe(2);
    expect(daysBetween('2026-03-09', '2026-03-07')).toBe(-2);
  });
});

describe('the rows that concern a pool', () => {
  const ann = row('ann', cohort('c', 0));

  it.each([
    ['a row without pools concerns every pool', null, 1],
    ['a row that names the pool concerns it', ['other', 'zoom'], 1],
    ['a row that names another pool does not', ['other'], 0],
    ['a row that names no pool at all concerns none', [], 0],
  ])('%s', (_, pools, count) => {
    expect(entitlementsFor([{ ...ann, pools }], pool, windows).entitlements).toHaveLength(count);
  });

  it('are kept with their row numbers, canceled ones too, since they explain removals', () => {
    const given = [
      { ...ann, row: 5 },
      { ...ann, row: 9, canceled: true },
    ];
    const { entitlements } = entitlementsFor(given, pool, windows);
    expect(entitlements.map((each) => [each.row, each.canceled])).toEqual([
      [5, false],
      [9, true],
    ]);
  });
});

describe('the grantee', () => {
  const byId = { pool: 'zoom', grantee: 'User id' };

  it('is the email, or what stands in the column that the pool names', () => {
    const ann = row('ann', cohort('c', 0), { granteeIds: { 'User id': ' u-17 ' } });
    expect(entitlementsFor([ann], pool, windows).entitlements[0]?.grantee).toBe('ann@example.org');
    expect(entitlementsFor([ann], byId, windows).entitlements[0]?.grantee).toBe('u-17');
  });

  it.each([{}, { 'User id': '  ' }])(
    'is missing where the cell is blank: %j; the person is frozen',
    (granteeIds) => {
      const { entitlements, missing } = entitlementsFor(
        [row('ann', cohort('c', 0), { row: 7, granteeIds })],
        byId,
        windows,
      );
      expect(entitlements).toEqual([]);
      expect(freezesOf(missing)).toEqual([{ person: 'ann@example.org', reason: 'row 7 has no User id' }]);
    },
  );

  it('does not matter in a canceled row', () => {
    const canceled = row('ann', cohort('c', 0), { canceled: true });
    expect(entitlementsFor([canceled], byId, windows)).toEqual({ entitlements: [], missing: [] });
  });
});
