import { describe, expect, it } from 'vitest';
import { readHold } from '../../src/ledger/holds.ts';
import { decide } from '../../src/runs/decide.ts';
import { emails, joins, openMailMerge } from './mail-merge.ts';

describe('somebody else changes the pool', () => {
  it('reports with both numbers what was taken away, and gives those seats to others only when a person says so', async () => {
    const school = await openMailMerge({ licenses: 4, roster: joins('ann', 'bob', 'cid') });
    const { sync, setRoster, sandbox, truth } = school;
    await sync();
    sandbox.secureMailMerge.edit({ unassign: emails('ann', 'bob') });
    setRoster(joins('ann', 'bob', 'cid', 'dee'));
    const noticed = await sync();
    // One seat was free by the ledger, too.
    expect(noticed).toMatchObject({ code: 0, calls: ['PUT assign 1'] });
    expect(noticed.pool.notes).toContainEqual(
      expect.stringContaining(
        'the provider counts 2 seats assigned, the ledger 4: 2 seats gone without cohort-sync',
      ),
    );

    setRoster(joins('ann', 'bob', 'cid', 'dee', 'eve', 'fay', 'gil'));
    const held = await sync();
    expect(held).toMatchObject({ code: 3, calls: [], pool: { verdict: 'held', assign: [] } });
    expect(held.pool.held).toMatchObject([
      { action: 'assign', grantee: 'eve@example.org', guardrail: 'drift' },
      { action: 'assign', grantee: 'fay@example.org', guardrail: 'drift' },
    ]);
    expect(held.pool.waiting).toMatchObject([{ grantee: 'gil@example.org', reason: 'no free seat: buy 1' }]);

    const { store, clock } = school.context();
    const hold = await readHold(store, 'mail-merge');
    if (hold === null) throw new Error('nothing is held');
    await decide(store, hold, 'approved', { by: 'test', note: null, clock });
    const approved = await sync();
    expect(approved.calls).toEqual(['PUT assign 2']);
    expect(truth()).toEqual(emails('cid', 'dee', 'eve', 'fay'));
  });

  it('lives with somebody who was assigned by hand and then joins', async () => {
    for (const reassign of ['accepted', 'refused'] as const) {
      const { sync, setRoster, sandbox, truth, ledger } = await openMailMerge({
        licenses: 4,
        settings: { reassign },
        roster: joins('ann'),
      });
      await sync();
      sandbox.secureMailMerge.edit({ assign: emails('bob') });
      setRoster(joins('ann', 'bob', 'cid'));
      expect((await sync()).code).toBe(0);
      expect(truth()).toEqual(emails('ann', 'bob', 'cid'));
      expect(await ledger()).toEqual({ assigned: truth(), doubtful: [] });
      expect(await sync()).toMatchObject({
        code: 0,
        calls: [],
        pool: {
          notes: [
            '1 seat not needed: drop it before the renewal, on the SecureMailMerge licensing server (your subscription)',
          ],
        },
      });
    }
  });

  it('says that the key may have been regenerated, and leaves nothing in doubt', async () => {
    const { sync, setRoster, sandbox, ledger } = await openMailMerge({ licenses: 3, roster: joins('ann') });
    await sync();
    sandbox.secureMailMerge.edit({ apiKey: '11111111-2222-4333-8444-555555555555' });
    setRoster(joins('ann', 'bob'));
    const run = await sync();
    expect(run).toMatchObject({ code: 4, calls: ['PUT refused (404) 404'], pool: { verdict: 'failed' } });
    expect(run.pool.failed[0]?.reason).toContain('the key does not match it (404)');
    expect(await ledger()).toEqual({ assigned: emails('ann'), doubtful: [] });
  });

  it('takes the seat back from somebody in doubt whom the roster has lost meanwhile', async () => {
    const { sync, setRoster, sandbox, truth, ledger } = await openMailMerge({
      licenses: 3,
      roster: joins('ann'),
    });
    sandbox.faults.order({
      match: { provider: 'securemailmerge', method: 'PUT' },
      times: 'always',
      fault: { kind: 'status', status: 502, when: 'after' },
    });
    const lost = await sync();
    expect(lost.pool.failed).toMatchObject([{ grantee: 'ann@example.org' }]);
    expect(await ledger()).toEqual({ assigned: [], doubtful: emails('ann') });
    expect(truth()).toEqual(emails('ann'));
    sandbox.faults.clear();
    // Canceled: the seat goes, whether she ever had it.
    setRoster(['bob@example.org,2026-12,2026-11-24,2026-12-28']);
    const run = await sync('2026-11-22T12:00:00Z');
    expect(run.pool.done).toMatchObject({ assigned: emails('bob') });
    expect(run.calls).toContain('DELETE unassign 1');
    expect(truth()).toEqual(emails('bob'));
    expect(await ledger()).toEqual({ assigned: emails('bob'), doubtful: [] });
  });
});
