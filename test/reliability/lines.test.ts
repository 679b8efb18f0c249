import { expect, test } from 'vitest';
import { readGrantees } from '../../src/ledger/grantees.ts';
import { requestsOf, type School, taught, teaches } from '../support/school.ts';
import { PEOPLE, schoolsOnOneRedis } from './schools.ts';

/** What becomes of each person's seat where the provider refuses some, says what is not so, or a hand is faster. */
const BAD = 'cy@example.org';

const startSchool = schoolsOnOneRedis();

test('one grantee whom the provider refuses keeps nobody else from a seat, within few calls', async () => {
  await using school = await startSchool({
    salable: {
      subscriptions: [{ seats: 5 }],
      settings: { batchRefusal: 'all', refusedGrantees: [BAD] },
    },
    roster: teaches(...PEOPLE),
  });
  school.workHere();
  const run = await school.sync();
  const [pool] = run.pools;
  expect(pool?.done.assigned.toSorted()).toEqual(PEOPLE.filter((who) => who !== BAD));
  expect(pool?.failed).toMatchObject([
    { grantee: BAD, action: 'assign', reason: expect.stringContaining('400') },
  ]);
  expect(requestsOf(school, 'PUT', /licenses/)).toBeLessThan(10);
});

test('many whom the provider refuses in one batch keep nobody else from a seat, and are told from the others', async () => {
  const all = Array.from({ length: 100 }, (_, n) => `p${String(n).padStart(3, '0')}@example.org`);
  const bad = all.filter((_, n) => n % 8 === 3);
  await using school = await startSchool({
    salable: {
      subscriptions: [{ seats: 100 }],
      settings: { batchRefusal: 'all', refusedGrantees: bad },
    },
    roster: teaches(...all),
  });
  school.workHere();
  const run = await school.sync(40_000);
  const [pool] = run.pools;
  expect(pool?.failed.map(({ grantee }) => grantee).toSorted()).toEqual(bad);
  expect(pool?.failed.filter(({ reason }) => !reason.includes('400'))).toEqual([]);
  expect(pool?.done.assigned).toHaveLength(all.length - bad.length);
});

test.each([
  ['once', 1],
  ['twice', 2],
])(
  'a seat that a hand takes %s between the look and the assignment costs nobody the one that is left',
  async (_times, taken) => {
    await using school = await startSchool({
      salable: { subscriptions: [{ seats: 4, assigned: ['ada@example.org'] }] },
      roster: teaches('ada@example.org', 'bo@example.org'),
    });
    takesFirst(school, taken);
    school.workHere();
    const run = await school.sync();
    expect(run.pools[0]).toMatchObject({ done: { assigned: ['bo@example.org'] }, failed: [] });
  },
);

test('where a hand takes the last free seat first, the run that follows buys one', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 2, assigned: ['ada@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  takesFirst(school, 1);
  school.workHere();
  const run = await school.sync();
  const next = await school.sync();
  expect(run.pools[0]?.failed).toMatchObject([{ grantee: 'bo@example.org', retryAt: expect.any(String) }]);
  expect(next.pools[0]).toMatchObject({ done: { incremented: 1, assigned: ['bo@example.org'] }, failed: [] });
});

test('a hand that takes each seat first keeps no run from its end, and who got none is told why and tried again', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 20, assigned: ['ada@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  takesFirst(school, 19);
  school.workHere();
  const run = await school.sync();
  expect(run.pools[0]?.failed).toMatchObject([
    { grantee: 'bo@example.org', reason: expect.stringContaining('meanwhile'), retryAt: expect.any(String) },
  ]);
});

/** Gives a seat to a stranger right before each second look of a stage: after its plan, before its assignment. */
function takesFirst(school: School, times: number): void {
  let looks = 0;
  let taken = 0;
  school.sandbox.faults.hook(
    { method: 'GET', path: '/licenses' },
    {
      before: () => {
        looks += 1;
        if (looks % 2 !== 0 || taken >= times) return;
        taken += 1;
        school.sandbox.salable.edit({ assign: [`hand${taken}@example.org`] });
      },
    },
    'always',
  );
}

test('a provider that says "done" for five and did one is caught by reading back', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 5 }] },
    roster: teaches(...PEOPLE),
  });
  school.sandbox.faults.hook(
    { method: 'PUT', path: '/licenses' },
    {
      after: (_, answer) => {
        // What the provider did for four of the five is gone again, whatever it answers.
        school.sandbox.salable.edit({ unassign: PEOPLE.slice(1) });
        return answer;
      },
    },
  );
  school.workHere();
  const run = await school.sync();
  const [pool] = run.pools;
  expect(pool?.done.assigned).toEqual(PEOPLE.slice(0, 1));
  expect(pool?.failed.map(({ grantee }) => grantee)).toEqual(PEOPLE.slice(1));
  expect(pool?.failed[0]?.reason).toMatch(/accepted this, but the person has no seat when read back/);
  const next = await school.sync();
  expect(next.pools[0]?.done.assigned).toEqual(PEOPLE.slice(1));
});

test('whose seat it is stands in the ledger with the answer, also where the run fails as a whole right after it', async () => {
  await using school = await startSchool({
    salable: { subscriptions: [{ type: 'none', seats: 3, assigned: ['stan@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org', 'stan@example.org'),
  });
  const lines = { provider: 'salable', method: 'PUT', path: '/licenses' };
  const unreadable = {
    match: { provider: 'salable', method: 'GET' },
    fault: { kind: 'status', status: 403 },
    times: 'always',
  } as const;
  const failAfterLines = () =>
    school.sandbox.faults.hook(lines, {
      after: () => {
        school.sandbox.faults.order(unreadable);
        return undefined;
      },
    });
  const ours = async () => {
    const known = [...(await readGrantees(school.service.context.store, 'teaching'))];
    return known
      .filter(([, { assigned }]) => assigned !== null)
      .map(([key]) => key)
      .sort();
  };
  school.workHere();
  failAfterLines();
  const run = await school.sync();
  expect(run.pools[0]).toMatchObject({ verdict: 'failed', error: expect.anything() });
  expect(await ours()).toEqual(['ada@example.org', 'bo@example.org']);

  // Freed, and failed again: nobody may take this for a seat that somebody else took away.
  school.sandbox.faults.clear();
  school.setRoster([...taught('ada@example.org'), ...teaches('bo@example.org', 'stan@example.org')]);
  failAfterLines();
  await school.sync();
  expect(school.sandbox.salable.report().subscriptions[0]?.assigned).not.toContain('ada@example.org');
  expect(await ours()).toEqual(['bo@example.org']);
  school.sandbox.faults.clear();
  const last = await school.sync();
  expect(last.verdict).toBe('in-sync');
  expect((await school.audit()).filter(({ action }) => action === 'drift')).toEqual([]);
});
