import { describe, expect, test } from 'vitest';
import { toInstant } from '../../src/dates.ts';
import { readDecisions, readHold } from '../../src/ledger/holds.ts';
import { noDecisions } from '../../src/planning/types.ts';
import { decide } from '../../src/runs/decide.ts';
import { allNoticesSent, startReceiver } from './receiver.ts';
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

const REJECTED = 'it was rejected and is still open';

/** The provider says yes to a purchase, and no seat ever shows. */
async function purchaseInDoubt(
  poolSeats: Readonly<Record<string, unknown>> = {},
  notify: readonly unknown[] = [],
): Promise<Setting> {
  return openSetting({
    ...{ poolSeats, notify },
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

  test('that is rejected is waited on, and held for as long as it is open, whoever waits for a seat', async () => {
    await using school = await purchaseInDoubt();
    const first = await school.sync();
    await school.decide('reject', first.run);
    const { pool } = await school.expectNothingMore();
    expect(pool).toMatchObject({
      verdict: 'held',
      held: [{ guardrail: 'purchaseInDoubt', seats: 2, reason: expect.stringContaining(REJECTED) }],
    });
    expect(pool.waiting[0]?.reason).toContain('purchase in doubt');
    school.setRoster(line('ann', current));
    const alone = await school.expectNothingMore();
    expect(alone.pool).toMatchObject({
      verdict: 'held',
      waiting: [],
      held: [{ guardrail: 'purchaseInDoubt' }],
    });
    const plan = await school.cli('plan', '--at', school.at(), '--json');
    expect(plan.json()).toMatchObject({ verdict: 'held', pools: [{ held: alone.pool.held }] });
    expect(plan.code).toBe(3);
  });

  test('that is rejected clears by itself when the intended total arrives', async () => {
    await using school = await purchaseInDoubt();
    await school.decide('reject', (await school.sync()).run);
    await school.expectNothingMore();
    school.sandbox.salable.edit({ seats: 2 });
    const { pool } = await school.expectNothingMoreBut(['assign p1', 'assign p2']);
    expect(pool).toMatchObject({ verdict: 'in-sync', held: [] });
  });

  test('that is rejected can be decided otherwise by a later run, with somebody’s seats and joiners since', async () => {
    await using school = await purchaseInDoubt();
    const first = await school.sync();
    const rejected = await school.decide('reject', first.run);
    expect(rejected.code, rejected.err).toBe(0);
    const early = await school.decide('approve', first.run);
    expect(early).toMatchObject({
      code: 1,
      out: expect.stringContaining('approving that run decides otherwise'),
    });
    school.sandbox.salable.change({ events: { after: { polls: 0 } } });
    school.sandbox.salable.edit({ seats: 3 });
    school.setRoster(line('ann', current), ...lines(['p1', 'p2', 'p3', 'p4', 'p5'], tomorrow));
    const second = await school.sync();
    expect(second.pool).toMatchObject({ verdict: 'held', held: [{ guardrail: 'purchaseInDoubt' }] });
    school.changes();
    const said = await school.decide('approve', second.run);
    expect(said.code, said.err).toBe(0);
    expect(school.changes()[0]).toBe('seats 4 -> 6');
    expect((await school.expectNothingMore()).pool).toMatchObject({ verdict: 'in-sync', held: [] });
    const { store } = school.service.context;
    expect(await readDecisions(store, 'teaching', toInstant(0))).toEqual(noDecisions);
  });

  test('that is rejected is not given up by who approves something else', async () => {
    await using school = await openSetting({
      seats: 2,
      assigned: ['ann', 'bob'],
      roster: [...lines(['ann', 'bob'], current), ...lines(['p1', 'p2'], tomorrow)],
      subscription: { type: 'salable' },
      guardrails: { unexplainedRemovals: { count: 0, share: 0 } },
      salable: { settings: { events: { after: { polls: 0 }, outcome: 'incomplete' } } },
    });
    const first = await school.sync();
    expect((await school.decide('reject', first.run)).code).toBe(0);
    school.setRoster(line('ann', current), ...lines(['p1', 'p2'], tomorrow));
    const second = await school.sync();
    expect(second.pool.held).toHaveLength(2);
    // The run that follows holds the doubt still.
    expect((await school.decide('approve', second.run)).code).toBe(3);
    const { pool } = await school.sync();
    expect(pool.held).toMatchObject([{ reason: expect.stringContaining(REJECTED) }]);
    const bought = school.sandbox
      .requests()
      .filter(({ method, path }) => method === 'POST' && /seats/.test(path));
    expect(bought).toHaveLength(1);
  });

  test('that is rejected is asked about again, where the approval since was never used and has expired', async () => {
    await using school = await purchaseInDoubt();
    await school.decide('reject', (await school.sync()).run);
    await school.sync();
    const { store, clock } = school.service.context;
    const hold = await readHold(store, 'teaching');
    if (hold === null) throw new Error('no hold');
    await decide(store, hold, 'approved', { by: 'ops', note: null, clock });
    const { pool } = await school.expectNothingMore(4);
    expect(pool.held).toMatchObject([{ guardrail: 'purchaseInDoubt' }]);
    expect(pool.held[0]?.reason).not.toContain(REJECTED);
  });

  test('is told of once when it is rejected, however long it is open, and once that it has cleared', async () => {
    await using receiver = await startReceiver();
    await using school = await purchaseInDoubt({}, [{ url: receiver.url }]);
    await school.decide('reject', (await school.sync()).run);
    for (const day of [0, 2, 4, 8]) expect((await school.sync(day)).pool.verdict).toBe('held');
    school.sandbox.salable.edit({ seats: 2 });
    expect((await school.sync(8)).pool.verdict).not.toBe('held');
    await receiver.untilTaken(2);
    await allNoticesSent(school.service.queues);
    expect(receiver.taken).toMatchObject([{ kind: 'held' }, { kind: 'recovered' }]);
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
