import { describe, expect, it } from 'vitest';
import { troublesOf } from '../../src/notify/message.ts';
import { emails, joins, left, NEXT_DAY, openMailMerge } from './mail-merge.ts';

const INSUFFICIENT = 'PUT assign 1: insufficient 402';

describe('too few licenses', () => {
  it('fills what there is, says the exact number to buy, waits, and finishes when a person says that they are bought', async () => {
    const { sync, sandbox, setPurchased, truth } = await openMailMerge({
      licenses: 1,
      roster: joins('ann', 'bob', 'cid'),
    });
    const first = await sync();
    expect(first.calls).toEqual(['PUT assign 1']);
    expect(first).toMatchObject({ code: 3, pool: { verdict: 'waiting', done: { assigned: emails('ann') } } });
    expect(first.pool.notes).toEqual([
      'buy 2 seats by 2026-11-23, on the SecureMailMerge licensing server (your subscription): mail-merge has 1, and the provider counts 1 of 1 seats assigned',
    ]);
    const second = await sync();
    expect(second).toMatchObject({ code: 3, calls: [], pool: { verdict: 'waiting' } });
    // That is no reason to tell everybody again.
    expect(troublesOf(second.pool)).toEqual(troublesOf(first.pool));
    expect(second.pool.waiting.map(({ reason }) => reason)).toEqual([
      'the provider counts 1 of 1 seats assigned: buy 2',
      'the provider counts 1 of 1 seats assigned: buy 2',
    ]);

    sandbox.secureMailMerge.edit({ licenses: 2 });
    await setPurchased(3);
    const third = await sync();
    expect(third).toMatchObject({ code: 0, calls: ['PUT assign 2'], pool: { verdict: 'in-sync' } });
    expect(truth()).toEqual(emails('ann', 'bob', 'cid'));
    expect(await sync()).toMatchObject({ code: 0, calls: [] });
  });

  it('tries again the next day where nobody says anything, with one person, and goes on from what the answer tells', async () => {
    const { sync, sandbox, truth } = await openMailMerge({ licenses: 1, roster: joins('ann', 'bob', 'cid') });
    await sync();
    expect((await sync()).calls).toEqual([]);
    expect(await sync(NEXT_DAY)).toMatchObject({ code: 3, calls: [INSUFFICIENT] });
    expect((await sync(NEXT_DAY)).calls).toEqual([]);

    sandbox.secureMailMerge.edit({ licenses: 2 });
    const found = await sync('2026-11-24T11:00:00Z');
    expect(found).toMatchObject({ code: 0, calls: ['PUT assign 1', 'PUT assign 1'] });
    expect(truth()).toEqual(emails('ann', 'bob', 'cid'));
  });

  it('tries again when somebody else is to get a seat', async () => {
    const { sync, setRoster } = await openMailMerge({ licenses: 1, roster: joins('ann', 'bob') });
    await sync();
    setRoster(joins('ann', 'bob', 'cid'));
    const again = await sync();
    expect(again.calls).toEqual([INSUFFICIENT]);
    expect(again.pool.waiting).toHaveLength(2);
    expect(again.pool.notes[0]).toMatch(/^buy 2 seats /);
    expect((await sync()).calls).toEqual([]);
  });

  it.each(['nothing', 'in-part'] as const)(
    'finds how many there are where a person has said too many, and a failed batch is applied %s',
    async (failedBatch) => {
      const { sync, truth, ledger } = await openMailMerge({
        licenses: 3,
        purchasedSeats: 6,
        settings: { failedBatch },
        roster: joins('ann', 'bob', 'cid', 'dee', 'eve', 'fay'),
      });
      const run = await sync();
      expect(run).toMatchObject({ code: 3, pool: { verdict: 'waiting', failed: [] } });
      expect(run.pool.done.assigned).toEqual(emails('ann', 'bob', 'cid'));
      expect(run.pool.notes[0]).toMatch(/^buy 3 seats /);
      expect(truth()).toEqual(emails('ann', 'bob', 'cid'));
      expect((await ledger()).assigned).toEqual(truth());
      expect(run.calls.length).toBeLessThanOrEqual(failedBatch === 'nothing' ? 3 : 12);
      if (failedBatch === 'nothing') {
        expect(run.calls).toEqual(['PUT assign 6: insufficient 402', 'PUT assign 1', 'PUT assign 2']);
      }
      expect(await sync()).toMatchObject({ code: 3, calls: [] });
    },
  );

  it('takes the total from the answers, whichever of its two meanings the number of available licenses has', async () => {
    for (const availableLicenses of ['total', 'free'] as const) {
      const { sync, setRoster } = await openMailMerge({
        licenses: 6,
        settings: { availableLicenses },
        roster: joins('ann', 'bob'),
      });
      expect((await sync()).pool.seats).toMatchObject({ total: 6, assigned: 2 });
      setRoster(joins('ann', 'bob', 'cid'));
      expect((await sync()).pool.seats).toMatchObject({ total: 6, assigned: 3 });
      setRoster(joins('ann', 'bob', 'cid', 'dee', 'eve', 'fay', 'gil'));
      const full = await sync();
      expect(full.pool).toMatchObject({ verdict: 'waiting', seats: { total: 6, assigned: 6 } });
      expect(full.pool.notes[0]).toMatch(/^buy 1 seat /);
    }
  });

  it('says what is missing where nobody has told how many licenses there are', async () => {
    const { sync } = await openMailMerge({ licenses: 2, purchasedSeats: null, roster: joins('ann') });
    const run = await sync();
    expect(run).toMatchObject({ code: 1, calls: [], pool: { verdict: 'failed' } });
    expect(run.pool.error?.advice).toContain('`purchasedSeats`');
  });

  it('uses a seat that has become free at once', async () => {
    const { sync, setRoster, truth } = await openMailMerge({
      licenses: 2,
      roster: [...joins('ann', 'bob', 'cid')],
    });
    await sync();
    setRoster([...joins('bob', 'cid'), ...left('ann')]);
    const run = await sync();
    expect(run.calls).toEqual(['DELETE unassign 1', 'PUT assign 1']);
    expect(truth()).toEqual(emails('bob', 'cid'));
  });
});
