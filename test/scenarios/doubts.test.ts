import { describe, expect, test } from 'vitest';
import {
  current,
  emailOf,
  line,
  lines,
  namesOf,
  openSetting,
  people,
  type Setting,
  tomorrow,
} from './setting.ts';

/** The provider says yes to a purchase, and no seat ever shows. */
async function purchaseInDoubt(poolSeats: Readonly<Record<string, unknown>> = {}): Promise<Setting> {
  return openSetting({
    poolSeats,
    seats: 1,
    assigned: ['ann'],
    roster: [line('ann', current), ...lines(['p1', 'p2'], tomorrow)],
    subscription: { type: 'salable' },
    salable: { settings: { events: { after: { polls: 0 }, outcome: 'incomplete' } } },
  });
}

describe.concurrent('a purchase that reading can not settle', { timeout: 60_000 }, () => {
  test('is held, is seen by plan and explain, and nothing is bought meanwhile', async () => {
    await using school = await purchaseInDoubt();
    const { run, pool } = await school.sync();
    expect(pool.verdict).toBe('held');
    expect(pool.held).toMatchObject([{ action: 'increment', seats: 2, guardrail: 'purchaseInDoubt' }]);
    const again = await school.expectNothingMore();
    expect(again.pool.held).toEqual(pool.held);
    const plan = await school.cli('plan', '--at', school.at(), '--json');
    expect(plan.json()).toMatchObject({ verdict: 'held', pools: [{ increment: 0, held: pool.held }] });
    expect(plan.code).toBe(3);
    const explained = await school.cli('explain', emailOf('p1'), '--json');
    expect(explained.json()).toMatchObject({
      pools: [{ state: 'waits', reason: expect.stringContaining('purchase in doubt') }],
    });
    expect(run).toMatch(/^r-/);
  });

  test('once approved is read first, and then what is still missing is bought, once', async () => {
    await using school = await purchaseInDoubt();
    const held = await school.sync();
    school.changes();
    // Somebody bought one of the two by hand.
    school.sandbox.salable.edit({ seats: 1 });
    school.sandbox.salable.change({ events: { after: { polls: 0 } } });
    const said = await school.decide('approve', held.run);
    expect(said.err).toMatch(/\? increment +2 seats/);
    expect(said.code, said.err).toBe(0);
    expect(school.changes()).toEqual(['seats 2 -> 3', 'assign p1', 'assign p2']);
    await school.expectNothingMore();
  });

  test('once approved lets no second one go that ends in doubt as well', async () => {
    await using school = await purchaseInDoubt();
    const held = await school.sync();
    school.sent();
    const said = await school.decide('approve', held.run);
    expect(said.code, said.err).toBe(3);
    expect(school.sent()).toBe(1);
    const second = await school.expectNothingMore();
    expect(second.pool.held).toMatchObject([{ guardrail: 'purchaseInDoubt' }]);
  });

  test('clears by itself when the intended total arrives', async () => {
    await using school = await purchaseInDoubt();
    await school.sync();
    school.sandbox.salable.edit({ seats: 2 });
    const { pool } = await school.expectNothingMoreBut(['assign p1', 'assign p2']);
    expect(pool).toMatchObject({ verdict: 'in-sync', held: [] });
  });

  test('that is rejected stays as it is without being asked about again', async () => {
    await using school = await purchaseInDoubt();
    const held = await school.sync();
    await school.decide('reject', held.run);
    const { pool } = await school.expectNothingMore();
    expect(pool).toMatchObject({ verdict: 'waiting', held: [] });
    expect(pool.waiting[0]?.reason).toContain('purchase in doubt');
  });

  test('and has arrived since: whoever gives it up then gives up no later one that settles', async () => {
    await using school = await purchaseInDoubt();
    const first = await school.sync();
    school.sandbox.salable.edit({ seats: 2 });
    school.sandbox.salable.change({ events: { after: 'manual' } });
    school.setRoster(line('ann', current), ...lines(['p1', 'p2', 'p3'], tomorrow));
    const gate = school.sandbox.faults.order({
      match: { method: 'POST' },
      fault: { kind: 'hold', when: 'after' },
    });
    const second = school.sync();
    await gate.hit();
    // The hold of the first purchase stands until that run ends.
    expect((await school.decide('approve', first.run, { wait: false })).code).toBe(0);
    gate.release();
    expect((await second).pool.held).toMatchObject([{ guardrail: 'purchaseInDoubt', seats: 1 }]);
    school.changes();
    school.sandbox.salable.settle();
    await school.expectNothingMoreBut(['assign p3']);
  });

  test('and is rejected: what was decided is not said of the next one', async () => {
    await using school = await purchaseInDoubt();
    const first = await school.sync();
    await school.decide('reject', first.run);
    school.sandbox.salable.edit({ seats: 2 });
    school.setRoster(line('ann', current), ...lines(['p1', 'p2', 'p3'], tomorrow));
    const second = await school.sync();
    expect(second.pool.held).toMatchObject([{ guardrail: 'purchaseInDoubt', seats: 1 }]);
  });

  test('uses up the approval by which it was made, also where it arrives later', async () => {
    await using school = await purchaseInDoubt({ max: 2 });
    const first = await school.sync();
    expect(first.pool.held).toContainEqual(expect.objectContaining({ guardrail: 'seats.max', seats: 1 }));
    await school.decide('approve', first.run);
    school.sandbox.salable.edit({ seats: 2 });
    school.sandbox.salable.change({ events: { after: { polls: 0 } } });
    school.setRoster(line('ann', current), ...lines(['p1', 'p2', 'p3'], tomorrow));
    const plan = await school.cli('plan', '--at', school.at(), '--json');
    expect(plan.json()).toMatchObject({
      pools: [{ increment: 0, held: [{ guardrail: 'seats.max', seats: 1 }] }],
    });
    const second = await school.sync();
    expect(second.pool.held).toMatchObject([{ guardrail: 'seats.max', seats: 1 }]);
    expect(second.pool.done.incremented).toBe(0);
  });
});

describe.concurrent('a seat that somebody takes away again and again', { timeout: 60_000 }, () => {
  async function quarrel(): Promise<Setting> {
    const school = await openSetting({ seats: 2, assigned: ['ann'], roster: lines(['ann', 'bob'], current) });
    for (let time = 0; time < 3; time++) {
      await school.sync();
      school.sandbox.salable.edit({ unassign: [emailOf('bob')] });
    }
    school.changes();
    return school;
  }

  test('is left alone after the third time, and plan, explain and the exit code say so', async () => {
    await using school = await quarrel();
    const { pool } = await school.expectNothingMore();
    expect(pool.held).toMatchObject([{ action: 'assign', grantee: emailOf('bob'), guardrail: 'conflict' }]);
    const [plan, explained, sync] = await Promise.all([
      school.cli('plan', '--at', school.at(), '--json'),
      school.cli('explain', emailOf('bob'), '--json'),
      school.cli('sync', '--wait', '--at', school.at(), '--json'),
    ]);
    expect(plan.json()).toMatchObject({ pools: [{ assign: [], held: pool.held }] });
    expect(explained.json()).toMatchObject({ pools: [{ state: 'conflict' }] });
    expect(sync.code).toBe(4);
  });

  test('is given once more when a person approves it', async () => {
    await using school = await quarrel();
    const held = await school.expectNothingMore();
    const said = await school.decide('approve', held.run);
    expect(said.err).toMatch(/\? assign +bob@example\.org/);
    expect(said.code, said.err + said.out).toBe(0);
    expect(school.changes()).toEqual(['assign bob']);
    await school.expectNothingMore();
  });

  test('is not asked about again when a person decides against it', async () => {
    await using school = await quarrel();
    const held = await school.expectNothingMore();
    await school.decide('reject', held.run);
    const { pool } = await school.expectNothingMore();
    expect(pool).toMatchObject({ verdict: 'waiting', held: [], failed: [] });
    expect(pool.waiting[0]?.reason).toMatch(/^assignment was rejected/);
  });
});

describe.concurrent('a number of seats that somebody changes back again and again', {
  timeout: 90_000,
}, () => {
  const approve = (school: Setting, run: string) => school.cli('approve', run, '--yes', '--wait', '--json');
  const syncAgain = (school: Setting) => school.cli('sync', '--wait', '--at', school.at(), '--json');

  test('is left alone where it is raised, with exit code 4, until a person approves', async () => {
    await using school = await openSetting({ seats: 3, assigned: ['ann'], roster: [line('ann', current)] });
    for (let time = 0; time < 3; time++) {
      await school.sync();
      expect(school.changes()).toEqual(['seats 3 -> 1']);
      school.sandbox.salable.edit({ seats: 2 });
    }
    for (let time = 0; time < 2; time++) {
      school.sent();
      const left = await syncAgain(school);
      expect(left.code, left.stderr).toBe(4);
      expect(left.json()).toMatchObject({
        pools: [
          {
            held: [
              {
                action: 'decrement',
                seats: 2,
                guardrail: 'conflict',
                reason: expect.stringMatching(/gave seats back and somebody bought them, three times/),
              },
            ],
            failed: [{ action: 'decrement', grantee: null }],
          },
        ],
      });
      expect({ sent: school.sent(), changes: school.changes() }).toEqual({ sent: 0, changes: [] });
    }
    const { run } = await school.expectNothingMore();
    const said = await approve(school, run);
    expect(said.code, said.stderr).toBe(0);
    expect(school.changes()).toEqual(['seats 3 -> 1']);
    await school.expectNothingMore();
  });

  test('is left alone where it is lowered, with the seat that it is about, and one approval takes up both', async () => {
    await using school = await openSetting({
      seats: 1,
      assigned: ['ann'],
      roster: lines(['ann', 'bob'], current),
    });
    for (let time = 0; time < 3; time++) {
      await school.sync();
      expect(school.changes()).toEqual(['seats 1 -> 2', 'assign bob']);
      school.sandbox.salable.edit({ unassign: [emailOf('bob')], seats: -1 });
    }
    const left = await syncAgain(school);
    expect(left.code, left.stderr).toBe(4);
    expect(school.changes()).toEqual([]);
    const held = await school.expectNothingMore();
    expect(held.pool.held).toMatchObject([
      { action: 'assign', grantee: emailOf('bob'), guardrail: 'conflict' },
      { action: 'increment', seats: 1, guardrail: 'conflict' },
    ]);
    // Somebody new is due a seat: the quarrel over the number of seats stands between. One approval is enough for all.
    school.setRoster(lines(['ann', 'bob', 'cy'], current));
    const { run, pool } = await school.expectNothingMore();
    expect(pool.held).toMatchObject([
      held.pool.held[0],
      { action: 'increment', seats: 2, guardrail: 'conflict' },
    ]);
    const said = await approve(school, run);
    expect(said.code, said.stderr).toBe(0);
    expect(school.changes()).toEqual(['seats 1 -> 3', 'assign bob', 'assign cy']);
    await school.expectNothingMore();
  });
});

describe.concurrent('forty seats that are all unassigned at once', () => {
  const forty = people('p', 40);
  async function fallen(): Promise<Setting> {
    const school = await openSetting({ assigned: forty, roster: lines(forty, current) });
    await school.sync();
    school.sandbox.salable.edit({ unassign: forty.map(emailOf) });
    return school;
  }

  test('are neither assigned nor bought again until a person has looked', async () => {
    await using school = await fallen();
    const { pool, run } = await school.expectNothingMore();
    expect(pool.verdict).toBe('held');
    expect(pool.held).toHaveLength(40);
    expect(pool.held[0]?.guardrail).toBe('drift');
    await school.expectNothingMore(1);
    expect(run).toMatch(/^r-/);
  });

  test('are assigned again once that is approved', async () => {
    await using school = await fallen();
    const held = await school.expectNothingMore();
    const said = await school.decide('approve', held.run);
    expect(said.code, said.err).toBe(0);
    expect(school.changes()).toHaveLength(40);
    await school.expectNothingMore();
  });

  test('stay so for as long as a person wants it', async () => {
    await using school = await fallen();
    const held = await school.expectNothingMore();
    await school.decide('reject', held.run);
    for (const day of [0, 1, 2]) {
      const { pool } = await school.expectNothingMore(day);
      expect(pool).toMatchObject({ verdict: 'waiting', held: [] });
      expect(namesOf(pool.waiting)).toHaveLength(40);
    }
  });

  test('go on by themselves when the next reading shows them', async () => {
    await using school = await fallen();
    await school.expectNothingMore();
    school.sandbox.salable.edit({ assign: forty.map(emailOf) });
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', held: [] });
  });
});
