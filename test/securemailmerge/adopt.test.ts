import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/workspace.ts';
import { DAY, emails, joins, left, openMailMerge } from './mail-merge.ts';

/** An export as the licensing server's owner may have it: more columns, another order, addresses in any case. */
const exportOf = (...people: readonly string[]) =>
  [
    'License,E-Mail of user,EMAIL ',
    ...people.map((who) => `active,x,${who.toUpperCase()}@Example.org`),
    '',
  ].join('\n');

async function open(options: Parameters<typeof openMailMerge>[0]) {
  const school = await openMailMerge(options);
  const adopt = (list: string, ...more: string[]) => {
    writeFileSync(path.join(school.folder, 'export.csv'), list);
    const args = ['adopt', '--pool', 'mail-merge', '--from', 'export.csv', ...more];
    return run(args, { cwd: school.folder });
  };
  return { ...school, adopt };
}

const STRANGERS = emails('old', 'owner', 'xena');

describe('a pool that had people before', () => {
  it('takes nothing from anyone until it is adopted, counts those whom it does not know, and says both numbers', async () => {
    const { sync, setRoster, truth, audit, folder } = await open({
      licenses: 6,
      assigned: STRANGERS,
      roster: joins('ann', 'bob'),
    });
    const first = await sync();
    expect(first).toMatchObject({
      code: 0,
      calls: ['PUT assign 2'],
      pool: { seats: { total: 6, assigned: 5 }, done: { assigned: emails('ann', 'bob') } },
    });
    expect(first.pool.notes).toContainEqual(
      expect.stringContaining(
        'the provider counts 5 seats assigned, the ledger 2: 3 seats not known to the ledger',
      ),
    );
    expect(await audit()).toContainEqual(
      expect.objectContaining({ action: 'drift', from: 2, to: 5, outcome: 'observed', grantee: null }),
    );

    setRoster([...joins('bob'), ...left('ann')]);
    const second = await sync();
    expect(second).toMatchObject({ code: 3, calls: [], pool: { verdict: 'held', unassign: [] } });
    expect(second.pool.held).toMatchObject([
      { action: 'unassign', grantee: 'ann@example.org', guardrail: 'adoption' },
    ]);
    expect(second.pool.held[0]?.reason).toContain('counted 5 assigned seats where the ledger knew 2');
    expect(truth()).toEqual(emails('ann', 'bob', 'old', 'owner', 'xena'));

    const approved = await run(['approve', second.document.run, '--yes'], { cwd: folder });
    expect(approved.code).toBe(0);
    await sync();
    expect(truth()).toEqual(emails('bob', 'old', 'owner', 'xena'));
  });

  it('assigns no more than the numbers allow', async () => {
    const { sync, truth } = await open({
      licenses: 4,
      assigned: STRANGERS,
      roster: joins('ann', 'bob', 'cid'),
    });
    const first = await sync();
    expect(first).toMatchObject({ code: 3, pool: { verdict: 'waiting', done: { assigned: emails('ann') } } });
    expect(first.pool.notes[0]).toMatch(/^buy 2 seats /);
    expect(truth()).toHaveLength(4);
    expect(await sync()).toMatchObject({ code: 3, calls: [] });
  });

  it('is adopted from an exported list, after which it frees and assigns like any other', async () => {
    const { sync, adopt, ledger, truth, audit } = await open({
      licenses: 4,
      assigned: STRANGERS,
      roster: [...joins('ann', 'bob'), ...left('old')],
    });
    const before = await adopt(exportOf('old', 'owner', 'xena', 'owner'));
    expect(before.code).toBe(64);
    expect(await ledger()).toEqual({ assigned: [], doubtful: [] });

    const adopted = await adopt(exportOf('old', 'owner', 'xena', 'owner'), '--yes', '--json');
    expect(adopted.code).toBe(0);
    expect(adopted.json()).toEqual({
      pool: 'mail-merge',
      file: expect.stringMatching(/export\.csv$/),
      people: 3,
      added: STRANGERS,
      kept: 0,
      dropped: [],
      counted: null,
      adopted: true,
    });
    expect(adopted.stderr).toContain('3 new to it: old@example.org, owner@example.org, xena@example.org');
    expect(adopted.stderr).toContain('1 row for somebody who is in it already');

    const run = await sync(DAY);
    expect(run).toMatchObject({
      code: 0,
      calls: ['DELETE unassign 1', 'PUT assign 2'],
      pool: { verdict: 'in-sync', unmanaged: emails('owner', 'xena'), seats: { total: 4, assigned: 4 } },
    });
    expect(run.pool.notes.join()).not.toContain('counts');
    expect(truth()).toEqual(emails('ann', 'bob', 'owner', 'xena'));
    expect((await ledger()).assigned).toEqual(truth());
    const drift = (await audit()).filter(({ action }) => action === 'drift');
    expect(drift.map(({ grantee }) => grantee).sort()).toEqual(STRANGERS);
    expect(await sync()).toMatchObject({ code: 0, calls: [] });
  });

  it('holds the adopted number against the next answer', async () => {
    const { sync, adopt, audit } = await open({ licenses: 9, assigned: STRANGERS, roster: joins('ann') });
    await adopt(exportOf('old', 'owner'), '--yes');
    const run = await sync();
    expect(run.pool.notes).toContainEqual(
      expect.stringContaining('the provider counts 4 seats assigned, the ledger 3'),
    );
    expect(await audit()).toContainEqual(
      expect.objectContaining({ action: 'drift', grantee: null, from: 3, to: 4 }),
    );
    expect((await adopt(exportOf('old', 'owner', 'xena', 'ann'), '--yes')).code).toBe(0);
    expect((await sync()).pool.notes).toEqual(
      expect.not.arrayContaining([expect.stringContaining('counts')]),
    );
  });

  it('believes a list that is newer than the last count, until the next one', async () => {
    const { sync, adopt, setRoster, sandbox } = await open({ licenses: 12, roster: joins('ann') });
    await sync();
    const byHand = ['bea', 'cal', 'dot', 'eli', 'fin', 'gus', 'hil', 'ike'];
    sandbox.secureMailMerge.edit({ assign: emails(...byHand) });
    await adopt(exportOf('ann', ...byHand), '--yes');
    setRoster(joins('ann', 'bob', 'cid'));
    const run = await sync();
    expect(run).toMatchObject({
      code: 0,
      calls: ['PUT assign 2'],
      pool: { seats: { assigned: 11 }, held: [] },
    });
  });

  it('says before the first run that a pool with people in it has to be adopted', async () => {
    const school = await open({ licenses: 3, roster: joins('ann') });
    const planned = await run(['plan', '--at', DAY], { cwd: school.folder });
    expect(planned.stdout).toContain('enter them before the first run: cohort-sync adopt --pool mail-merge');
  });

  it.each([
    ['a row without an address', 'Email\nann@example.org\nbob at example\n', 'row 3 (bob at example)'],
    ['no people', 'Email\n', 'names nobody'],
    ['no such column', 'User\nann@example.org\n', 'Email'],
  ])('is not adopted from a list with %s', async (_what, list, said) => {
    const { adopt, ledger } = await open({ licenses: 1, roster: joins('ann') });
    const refused = await adopt(list, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(said);
    expect(await ledger()).toEqual({ assigned: [], doubtful: [] });
  });
});
