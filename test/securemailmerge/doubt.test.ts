import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combinations } from '../providers/securemailmerge/stage.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { emails, joins, left, openMailMerge } from './mail-merge.ts';

const PUT = { provider: 'securemailmerge', method: 'PUT' };
const DELETE = { provider: 'securemailmerge', method: 'DELETE' };
const EIGHT = ['ann', 'bob', 'cid', 'dee', 'eve', 'fay', 'gil', 'hal'];

/** Which of two spellings are duplicates bears on no request that is ever sent: it is left to the contract suite. */
const variants = combinations()
  .filter(({ settings }) => settings.duplicates === 'any-case')
  .flatMap(({ name, settings }) => [
    { name, settings: { ...settings, errors: 'named' as const } },
    { name: `${name}, nobody named`, settings: { ...settings, errors: 'opaque' as const } },
  ]);

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

describe.each(variants)('with $name', ({ settings }) => {
  it('finds the one address at fault among eight, and gives the others their seats', async () => {
    const { sync, truth, ledger } = await openMailMerge({
      redis,
      licenses: 10,
      settings: { ...settings, refused: ['eve@example.org'] },
      roster: joins(...EIGHT),
    });
    const run = await sync();
    const others = emails(...EIGHT.filter((who) => who !== 'eve'));
    expect(truth()).toEqual(others);
    expect(await ledger()).toEqual({ assigned: others, doubtful: [] });
    expect(run.pool.failed).toMatchObject([{ grantee: 'eve@example.org', action: 'assign' }]);
    expect(run.code).toBe(4);
    expect(run.calls.length).toBeLessThanOrEqual(40);
  });

  it.each(['before', 'after'] as const)('settles an answer that was lost %s its effect', async (when) => {
    const { sync, truth, ledger, sandbox, setRoster } = await openMailMerge({
      redis,
      licenses: 5,
      settings,
      roster: joins('ann', 'bob', 'cid'),
    });
    sandbox.faults.order({ match: PUT, fault: { kind: 'drop', when } });
    const run = await sync();
    expect(run).toMatchObject({
      code: 0,
      pool: { verdict: 'in-sync', done: { assigned: emails('ann', 'bob', 'cid') } },
    });
    expect(truth()).toEqual(emails('ann', 'bob', 'cid'));
    expect(await ledger()).toEqual({ assigned: truth(), doubtful: [] });
    if (settings.reassign === 'accepted' || when === 'before') {
      expect(run.calls).toEqual([run.calls[0], 'PUT assign 3']);
      expect(sandbox.effects()).toHaveLength(3);
    }

    sandbox.faults.order({ match: DELETE, fault: { kind: 'drop', when } });
    setRoster([...joins('ann'), ...left('bob', 'cid')]);
    expect(await sync()).toMatchObject({ code: 0, pool: { done: { unassigned: emails('bob', 'cid') } } });
    expect(truth()).toEqual(emails('ann'));
    expect(await ledger()).toEqual({ assigned: truth(), doubtful: [] });
    expect(await sync()).toMatchObject({ code: 0, calls: [] });
  });
});
