import { expect, test } from 'vitest';
import { countCalls, DAYS, openSchool } from './calls.ts';

test('a run with nothing to do makes four reads, and a change of 100 people at most four writes', async () => {
  await using school = await openSchool();
  await countCalls(school, DAYS.before);
  expect(school.sandbox.salable.report().subscriptions[0]?.assigned).toHaveLength(40);

  const change = await countCalls(school, DAYS.change);
  const { assigned, quantity } = { ...school.sandbox.salable.report().subscriptions[0] };
  expect(assigned).toHaveLength(60);
  expect(assigned).not.toContain('p0@example.org');
  expect(quantity).toBe(60);
  // Free, buy, fill: one request each, and the purchase is done when it is first asked for.
  expect(change).toMatchObject({ salableWrites: 3, eventPolls: 1, sheet: 2, token: 1 });

  expect(await countCalls(school, DAYS.after)).toEqual({
    salableReads: 4,
    salableWrites: 0,
    eventPolls: 0,
    sheet: 2,
    token: 1,
  });
});
