import { describe, expect, test } from 'vitest';
import { runExitCode } from '../../src/runs/verdict.ts';
import { allNoticesSent, startReceiver } from './receiver.ts';
import { current, line, lines, namesOf, openSetting, people, tomorrow } from './setting.ts';

describe.concurrent('a purchase that the provider takes and then ends as failed', () => {
  test('gives nobody a seat that is not there, counts who waits, and is told once', async () => {
    await using receiver = await startReceiver();
    await using school = await openSetting({
      seats: 2,
      assigned: ['ann'],
      roster: [line('ann', current), ...lines(['p1', 'p2', 'p3'], tomorrow)],
      subscription: { type: 'salable' },
      salable: {
        settings: { events: { after: { polls: 0 }, outcome: 'failed', errorMessage: 'card declined' } },
      },
      notify: [{ url: receiver.url }],
    });
    const first = await school.sync();
    expect(school.changes()).toEqual(['assign p1']);
    expect(runExitCode(first.document)).toBe(4);
    expect(first.pool.failed).toMatchObject([
      { action: 'increment', grantee: null, reason: expect.stringContaining('card declined') },
    ]);
    expect(namesOf(first.pool.waiting)).toEqual(['p2', 'p3']);
    for (let time = 0; time < 2; time++) {
      const again = await school.sync();
      expect(runExitCode(again.document)).toBe(4);
      expect(school.changes()).toEqual([]);
    }
    await allNoticesSent(school.service.queues);
    expect(receiver.taken).toMatchObject([
      {
        kind: 'failed',
        run: first.run,
        details: [expect.stringContaining('card declined'), '2 people wait for a seat meanwhile'],
      },
    ]);

    school.sandbox.salable.change({ events: { after: { polls: 0 } } });
    const paid = await school.sync();
    expect(school.changes()).toEqual(['seats 2 -> 4', 'assign p2', 'assign p3']);
    expect(runExitCode(paid.document)).toBe(0);
  });
});

describe.concurrent('seats.max', () => {
  test('is bought up to, the rest is held by it, and an approval buys the rest', async () => {
    await using school = await openSetting({
      seats: 1,
      roster: lines(people('p', 5), tomorrow),
      poolSeats: { max: 3 },
    });
    const held = await school.sync();
    expect(school.changes()).toEqual(['seats 1 -> 3', 'assign p1', 'assign p2', 'assign p3']);
    expect(runExitCode(held.document)).toBe(3);
    expect(held.pool).toMatchObject({
      verdict: 'held',
      held: [{ action: 'increment', seats: 2, guardrail: 'seats.max' }],
    });
    expect(namesOf(held.pool.waiting)).toEqual(['p4', 'p5']);
    await school.expectNothingMore();

    const said = await school.decide('approve', (await school.sync()).run);
    expect(said.code, said.err + said.out).toBe(0);
    expect(school.changes()).toEqual(['seats 3 -> 5', 'assign p4', 'assign p5']);
    await school.expectNothingMore();
  });
});
