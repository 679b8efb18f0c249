import { describe, expect, test } from 'vitest';
import { current, joining, line, lines, namesOf, openSetting, past, people, tomorrow } from './setting.ts';

const TEACHERS = people('t', 6);

describe.concurrent('removals that nothing explains', () => {
  test('wait for a person beyond the guardrail, while joiners have the free seats', async () => {
    await using school = await openSetting({
      seats: 7,
      assigned: TEACHERS,
      roster: lines(TEACHERS, current),
      poolSeats: { min: 7 },
    });
    await school.sync();
    school.setRoster(lines(['t1', 't2', 't3'], current), line('new', joining));
    const { pool, document } = await school.expectNothingMoreBut(['assign new'], 1);
    expect(document.verdict).toBe('held');
    expect(namesOf(pool.held)).toEqual(['t4', 't5', 't6']);
    expect(pool.held[0]).toMatchObject({
      action: 'unassign',
      reason: 'row vanished from the roster',
      guardrail: 'unexplainedRemovals',
    });
    expect(pool.done.assigned).toEqual(['new@example.org']);
    const again = await school.expectNothingMore(1);
    expect(namesOf(again.pool.held)).toEqual(['t4', 't5', 't6']);
  });

  test('are done once they are approved, and the approval is used up', async () => {
    await using school = await openSetting({ assigned: TEACHERS, roster: lines(TEACHERS, current) });
    await school.sync();
    school.setRoster(lines(['t1', 't2', 't3'], current));
    const held = await school.sync();
    school.changes();
    const said = await school.decide('approve', held.run);
    expect(said.code, said.err).toBe(0);
    expect(school.changes()).toEqual(['unassign t4', 'unassign t5', 'unassign t6', 'seats 6 -> 3']);
    await school.expectNothingMore();

    // They come back, and vanish again: that is a new decision.
    school.setRoster(lines(TEACHERS, current));
    await school.sync();
    expect(school.changes()).toEqual(['seats 3 -> 6', 'assign t4', 'assign t5', 'assign t6']);
    school.setRoster(lines(['t1', 't2', 't3'], current));
    const again = await school.sync();
    expect(school.changes()).toEqual([]);
    expect(namesOf(again.pool.held)).toEqual(['t4', 't5', 't6']);
  });

  test('do not use up the allowance of others once they are approved', async () => {
    await using school = await openSetting({ assigned: TEACHERS, roster: lines(TEACHERS, current) });
    await school.sync();
    school.setRoster(lines(['t1', 't2', 't3'], current));
    const held = await school.sync();
    await school.decide('approve', held.run);
    school.changes();
    school.setRoster(lines(['t1', 't2'], current));
    await school.sync();
    expect(school.changes()).toEqual(['unassign t3', 'seats 3 -> 2']);
  });

  test('that are a change of address move the seat once approved, without a purchase', async () => {
    await using school = await openSetting({
      assigned: ['annlee', 'bob'],
      roster: [line('annlee', current, { name: 'Ann Lee' }), line('bob', current)],
      guardrails: { unexplainedRemovals: { count: 0, share: 0 } },
    });
    await school.sync();
    school.setRoster(line('ann.lee', current, { name: 'Ann Lee' }), line('bob', current));
    const held = await school.expectNothingMore();
    expect(held.pool.held).toEqual([
      {
        action: 'unassign',
        grantee: 'annlee@example.org',
        renamed: 'ann.lee@example.org',
        reason: 'renamed to ann.lee@example.org',
        guardrail: 'unexplainedRemovals',
      },
    ]);
    const said = await school.decide('approve', held.run);
    expect(said.code, said.err).toBe(0);
    expect(school.changes()).toEqual(['unassign annlee', 'assign ann.lee']);
    await school.expectNothingMore();
  });
});

describe.concurrent('the rows of a cohort that are deleted the day after its end', () => {
  test('free its seats, all of them, for those who come: nothing is held, and the roster is not doubted', async () => {
    await using school = await openSetting({ assigned: TEACHERS, roster: lines(TEACHERS, current) });
    await school.sync();
    school.setRoster(line('new', { id: 'next', starts: 22 }));
    const { pool } = await school.sync(21);
    expect(school.changes()).toEqual([
      ...TEACHERS.map((who) => `unassign ${who}`),
      'assign new',
      'seats 6 -> 1',
    ]);
    expect(pool).toMatchObject({ verdict: 'in-sync', held: [] });
    await school.expectNothingMore(21);
  });
});

describe.concurrent('what the roster last said of a person whose removal is held', () => {
  const strict = { unexplainedRemovals: { count: 0, share: 0 } };

  test('stays through further runs, so that the end of the cohort explains the removal', async () => {
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
    });
    await school.sync();
    school.setRoster(line('bob', current));
    for (const day of [0, 1, 5]) {
      expect(namesOf((await school.expectNothingMore(day)).pool.held)).toEqual(['ann']);
    }
    // The cohort ends on day 20. For whom it still lists, its seats are due to day 23.
    expect(namesOf((await school.expectNothingMore(20)).pool.held)).toEqual(['ann']);
    school.setRoster(line('bob', { id: 'next', starts: 21 }));
    const { pool } = await school.sync(21);
    expect(school.changes()).toEqual(['unassign ann', 'seats 2 -> 1']);
    expect(pool.changes[0]?.reason).toContain('cohort current ended');
  });

  test('stays after a rejection, which is not asked again until its reason changes', async () => {
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
    });
    await school.sync();
    school.setRoster(line('bob', current));
    const held = await school.sync();
    const said = await school.decide('reject', held.run);
    expect(said.code, said.err).toBe(0);
    for (const day of [0, 1]) {
      const { pool } = await school.expectNothingMore(day);
      expect(pool).toMatchObject({ verdict: 'in-sync', held: [] });
      expect(pool.kept).toEqual([
        { grantee: 'ann@example.org', reason: 'removal was rejected (row vanished from the roster)' },
      ]);
    }
    // Her row is back with other dates, by which she would lose the seat now: another reason, asked for anew.
    school.setRoster(line('bob', current), line('ann', { id: 'current', starts: 40 }));
    const moved = await school.expectNothingMore(1);
    expect(moved.pool.held).toMatchObject([
      { grantee: 'ann@example.org', reason: expect.stringMatching(/^dates of/) },
    ]);
  });

  test('is what the row says once it is back, and a rejection is forgotten with it', async () => {
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
    });
    await school.sync();
    school.setRoster(line('bob', current));
    const first = await school.sync();
    await school.decide('reject', first.run);
    await school.sync();
    school.setRoster(lines(['ann', 'bob'], current));
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', kept: [] });
    school.setRoster(line('bob', current));
    expect(namesOf((await school.expectNothingMore()).pool.held)).toEqual(['ann']);
  });

  test('is not forgotten by a doubtful reading in between, nor is the rejection', async () => {
    await using school = await openSetting({
      assigned: ['ann', 'bob'],
      roster: lines(['ann', 'bob'], current),
      guardrails: strict,
    });
    await school.sync();
    school.setRoster(line('bob', current));
    const held = await school.sync();
    await school.decide('reject', held.run);
    school.setRoster();
    expect((await school.expectNothingMore()).pool.verdict).toBe('held');
    school.setRoster(line('bob', current));
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', held: [] });
  });
});

describe.concurrent('an approval', () => {
  const strict = { unexplainedRemovals: { count: 0, share: 0 } };
  const two = {
    assigned: ['ann', 'bob', 'cyd'],
    roster: lines(['ann', 'bob', 'cyd'], current),
    guardrails: strict,
  };

  test('runs only what still holds, and holds what nobody saw', async () => {
    await using school = await openSetting(two);
    await school.sync();
    school.setRoster(line('cyd', current));
    const held = await school.sync();
    // Since then ann is back, and cyd is gone too.
    school.setRoster(line('ann', current));
    const said = await school.decide('approve', held.run);
    expect(said.code, said.err).toBe(3);
    expect(said.err).toMatch(/\? unassign +bob@example\.org/);
    expect(said.err).toMatch(/= unassign +ann@example\.org.*current/);
    expect(said.err).toMatch(/\+ unassign +cyd@example\.org/);
    expect(school.changes()).toEqual(['unassign bob', 'seats 3 -> 2']);
  });

  test('is refused when the hold was decided, superseded or has expired', async () => {
    await using school = await openSetting(two);
    await school.sync();
    school.setRoster(lines(['bob', 'cyd'], current));
    const first = await school.sync();
    school.setRoster(line('cyd', current));
    const second = await school.sync();
    const superseded = await school.decide('approve', first.run);
    expect(superseded).toMatchObject({ code: 1, out: expect.stringContaining('superseded') });
    expect(superseded.out).toContain(second.run);
    const expired = await school.sync(4);
    expect(namesOf(expired.pool.held)).toEqual(['ann', 'bob']);
    expect(await school.decide('approve', second.run)).toMatchObject({
      code: 1,
      out: expect.stringContaining('expired'),
    });
    expect(await school.decide('reject', expired.run)).toMatchObject({ code: 0 });
    for (const decision of ['approve', 'reject'] as const) {
      expect(await school.decide(decision, expired.run)).toMatchObject({
        code: 1,
        out: expect.stringMatching(/was rejected by cli:/),
      });
    }
    expect(school.changes()).toEqual([]);
  });

  test('of a purchase buys no more than was seen, and once', async () => {
    await using school = await openSetting({
      seats: 1,
      roster: lines(people('p', 4), tomorrow),
      guardrails: { seatIncrease: 2 },
    });
    const held = await school.sync();
    expect(school.changes()).toEqual(['assign p1']);
    expect(held.pool.held).toMatchObject([{ action: 'increment', seats: 3, guardrail: 'seatIncrease' }]);
    school.setRoster(lines(people('p', 6), tomorrow));
    const more = await school.decide('approve', held.run);
    expect(more.code).toBe(3);
    expect(more.err).toContain('5 seats');
    expect(school.changes()).toEqual([]);
    school.setRoster(lines(people('p', 4), tomorrow));
    await school.sync();
    expect(school.changes()).toEqual(['seats 1 -> 4', 'assign p2', 'assign p3', 'assign p4']);
    school.setRoster(lines(people('p', 7), tomorrow));
    expect((await school.expectNothingMore()).pool.held).toMatchObject([
      { seats: 3, guardrail: 'seatIncrease' },
    ]);
  });

  test('of a purchase that is rejected is not asked again until more is needed', async () => {
    await using school = await openSetting({
      seats: 1,
      roster: lines(people('p', 4), tomorrow),
      guardrails: { seatIncrease: 2 },
    });
    const held = await school.sync();
    await school.decide('reject', held.run);
    const kept = await school.expectNothingMore();
    expect(kept.pool).toMatchObject({ verdict: 'waiting', held: [] });
    school.setRoster(lines(people('p', 9), tomorrow));
    expect((await school.expectNothingMore()).pool.held).toMatchObject([
      { seats: 8, guardrail: 'seatIncrease' },
    ]);
  });

  test('concerns the pools of the run together', async () => {
    await using school = await openSetting({
      ...two,
      more: [{ id: 'second', seats: 3, assigned: two.assigned }],
    });
    await school.sync();
    school.setRoster(line('cyd', current));
    const held = await school.sync();
    expect(held.document.pools.map(({ verdict }) => verdict)).toEqual(['held', 'held']);
    const said = await school.decide('approve', held.run);
    expect(said.code, said.err).toBe(0);
    expect(school.changes().toSorted()).toEqual([
      ...['seats 3 -> 1', 'seats 3 -> 1'],
      ...['unassign ann', 'unassign ann', 'unassign bob', 'unassign bob'],
    ]);
  });

  test('that comes while a run is under way is neither lost nor left to the next morning', async () => {
    await using school = await openSetting(two);
    await school.sync();
    school.setRoster(line('cyd', current));
    const held = await school.sync();
    // The next run is past its removals when it gives the new one a seat.
    school.sandbox.salable.edit({ seats: 1 });
    school.setRoster(lines(['cyd', 'new'], current));
    const gate = school.sandbox.faults.order({ match: { method: 'PUT' }, fault: { kind: 'hold' } });
    const under = school.sync();
    await gate.hit();
    const said = await school.decide('approve', held.run, { wait: false });
    expect(said.code, said.err).toBe(0);
    gate.release();
    await under;
    await school.settled(4);
    expect(school.changes()).toEqual(['assign new', 'unassign ann', 'unassign bob', 'seats 4 -> 2']);
  });
});

describe.concurrent('expected departures', () => {
  test('pass all at once, also when their rows have been deleted since', async () => {
    await using school = await openSetting({
      assigned: TEACHERS,
      roster: lines(TEACHERS, { id: 'ending', starts: -34 }),
    });
    await school.sync();
    school.setRoster(lines(['new1', 'new2'], { id: 'next', starts: 5 }));
    const { pool } = await school.sync(4);
    expect(pool.verdict).toBe('in-sync');
    expect(pool.done).toMatchObject({ unassigned: TEACHERS.map((who) => `${who}@example.org`) });
    expect(school.changes().slice(0, 6)).toEqual(TEACHERS.map((who) => `unassign ${who}`));
    await school.expectNothingMore(4);
  });

  test('by a row marked canceled pass', async () => {
    await using school = await openSetting({ assigned: TEACHERS, roster: lines(TEACHERS, current) });
    await school.sync();
    school.setRoster(TEACHERS.map((who) => line(who, current, { status: who > 't2' ? 'canceled' : '' })));
    await school.sync();
    expect(school.changes()).toEqual([
      'unassign t3',
      'unassign t4',
      'unassign t5',
      'unassign t6',
      'seats 6 -> 2',
    ]);
  });

  test('of people without a license for months do not count against the guardrail', async () => {
    await using school = await openSetting({
      assigned: people('a', 5),
      roster: [...lines(people('gone', 60), past), ...lines(people('a', 5), current)],
      guardrails: { unexplainedRemovals: { count: 1, share: 0 } },
    });
    await school.sync();
    school.setRoster(lines(people('a', 4), current));
    await school.sync();
    expect(school.changes()).toEqual(['unassign a5', 'seats 5 -> 4']);
  });
});
