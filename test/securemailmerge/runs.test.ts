import { describe, expect, it } from 'vitest';
import { emails, joins, left, openMailMerge } from './mail-merge.ts';

describe('a pool that can not be read', () => {
  it('assigns in one request, knows from its ledger who has a seat, and takes it back in one', async () => {
    const { sync, setRoster, truth, ledger, sandbox } = await openMailMerge({
      licenses: 5,
      roster: joins('ann', 'bob', 'cid'),
    });
    const first = await sync();
    expect(first.calls).toEqual(['PUT assign 3']);
    expect(first).toMatchObject({
      code: 0,
      pool: { verdict: 'in-sync', done: { assigned: emails('ann', 'bob', 'cid') } },
    });
    expect(await ledger()).toEqual({ assigned: emails('ann', 'bob', 'cid'), doubtful: [] });
    expect((await sync()).calls).toEqual([]);

    setRoster([...joins('ann'), ...left('bob', 'cid')]);
    // Their cohort was another one when they were assigned: that it ended explains their going.
    const second = await sync();
    expect(second.calls).toEqual(['DELETE unassign 2']);
    expect(second.pool).toMatchObject({ done: { unassigned: emails('bob', 'cid') } });
    expect(truth()).toEqual(emails('ann'));
    expect(await ledger()).toEqual({ assigned: emails('ann'), doubtful: [] });
    expect((await sync()).calls).toEqual([]);
    expect(sandbox.effects()).toHaveLength(5);
  });
});
