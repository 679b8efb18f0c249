import { expect, it } from 'vitest';
import { planPool } from '../../src/planning/plan.ts';
import { standingOf } from '../../src/runs/standing.ts';
import { cohort, current, day, email, inputOf, row, type Situation } from '../support/planning.ts';

/** Where Ann stands. */
function ann(situation: Situation) {
  const input = inputOf(situation);
  const person = email('ann');
  const keys = new Set([input.keyOf(person)]);
  return standingOf({ input, plan: planPool(input), problems: [], person, keys });
}

it('names the end of back-to-back cohorts, not only of the one that is taught now', () => {
  const given = [
    row('ann', current, { row: 2 }),
    row('ann', cohort('far', 200), { row: 3 }),
    row('ann', cohort('last', 56), { row: 4 }),
    row('ann', cohort('second', 21), { row: 5 }),
  ];
  expect(ann({ holders: ['ann'], rows: given })).toMatchObject({
    state: 'has',
    reason:
      `cohort current, seat due ${day(-16)} to ${day(23)} (row 2), ` +
      `then for cohort second to ${day(58)} (row 5), then for cohort last to ${day(93)} (row 4)`,
  });
});

it('names no cohort that ends before the one that is taught now does', () => {
  const given = [row('ann', current, { row: 2 }), row('ann', cohort('short', -10, 3), { row: 3 })];
  expect(ann({ holders: ['ann'], rows: given }).reason).toMatch(/\(row 2\)$/);
});

it('names the tab of a row where the roster has several', () => {
  const tab = 'Cohort 7';
  expect(ann({ holders: ['ann'], rows: [row('ann', current, { row: 3, tab })] }).reason).toContain(
    '(row 3 of the tab "Cohort 7")',
  );
  const canceled = { holders: ['ann'], rows: [row('ann', current, { row: 3, tab, canceled: true })] };
  expect(ann(canceled)).toMatchObject({
    state: 'loses',
    reason: 'row 3 of the tab "Cohort 7" is marked canceled',
  });
});
