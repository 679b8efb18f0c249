import { expect, test } from 'vitest';
import { breaksSoFar, makeSureOfAnnouncement } from '../../jobs/announced.ts';
import { noticeBreak } from '../../jobs/notice-break.ts';
import { commit } from '../../src/ledger/store.ts';
import { type School, startSchool, teaches } from '../support/school.ts';
import { until } from '../support/until.ts';

const STAY = ['ada@example.org', 'bo@example.org'];
const JOIN = ['cy@example.org', 'di@example.org', 'ed@example.org', 'flo@example.org'];

/** Real processes on a machine that may be busy; nothing here waits for the limit. */
const LIMIT = { timeout: 60_000 };

/** A pool of two who teach, in step, which the worker has seen. */
async function inStep(): Promise<School> {
  const school = await startSchool({
    salable: { subscriptions: [{ type: 'none', seats: 2, assigned: STAY }] },
    roster: teaches(...STAY),
  });
  await school.worker();
  expect((await school.sync()).verdict).toBe('in-sync');
  return school;
}

function changes({ sandbox }: School): string[] {
  return sandbox
    .effects()
    .filter(({ by }) => by === 'api')
    .map(({ kind, from, to, license }) => (license === null ? `seats ${from} -> ${to}` : `${kind} ${to}`));
}

test.concurrent(
  'seats that nothing explains after the ledger was emptied are held, and bought on only once a person has looked',
  LIMIT,
  async () => {
    await using school = await inStep();
    school.sandbox.salable.edit({ seats: 1 });
    await school.redis.connect().flushall();
    school.setRoster(teaches(...STAY, ...JOIN));
    const run = await school.sync();
    expect(run.pools[0]).toMatchObject({
      verdict: 'held',
      held: [
        {
          action: 'increment',
          seats: 1,
          guardrail: 'purchaseInDoubt',
          reason: expect.stringMatching(/emptied or replaced; the total is 3 where 2 was the last/),
        },
      ],
    });
    // Who can have the seat that is there has it; none is bought, now or by a further run.
    expect(changes(school)).toEqual([`assign ${JOIN[0]}`]);
    const again = await school.sync();
    expect(again.pools[0]?.held).toEqual(run.pools[0]?.held);
    const plan = await school.cli('plan', '--json').done;
    expect(plan.code).toBe(3);
    expect(JSON.parse(plan.out).pools[0]).toMatchObject({ increment: 0, held: run.pools[0]?.held });
    expect(changes(school)).toHaveLength(1);

    const approved = await school.cli('approve', again.run, '--yes', '--wait', '--json').done;
    expect(approved.code, approved.err).toBe(0);
    expect(changes(school).slice(1)).toEqual([
      'seats 3 -> 6',
      ...JOIN.slice(1).map((who) => `assign ${who}`),
    ]);
  },
);

test.concurrent('a difference that is gone again holds nothing any more', LIMIT, async () => {
  await using school = await inStep();
  school.sandbox.salable.edit({ seats: 1 });
  await school.redis.connect().flushall();
  expect((await school.sync()).verdict).toBe('held');
  school.sandbox.salable.edit({ seats: -1 });
  expect((await school.sync()).verdict).toBe('in-sync');
  expect(changes(school)).toEqual([]);
});

test.concurrent(
  'what a person buys is nobody’s doubt while the ledger has lost nothing, and the unchanged total none after it has',
  LIMIT,
  async () => {
    await using school = await inStep();
    school.sandbox.salable.edit({ seats: 1 });
    school.setRoster(teaches(...STAY, ...JOIN));
    expect((await school.sync()).verdict).toBe('in-sync');
    expect(changes(school)[0]).toBe('seats 3 -> 6');
    await school.redis.connect().flushall();
    school.setRoster(teaches(...STAY, ...JOIN, 'gus@example.org'));
    expect((await school.sync()).verdict).toBe('in-sync');
    expect(changes(school).slice(-2)).toEqual(['seats 6 -> 7', 'assign gus@example.org']);
  },
);

test.concurrent(
  'a purchase that an emptied ledger has forgotten is put back by the process that sent it, and never sent again',
  LIMIT,
  async () => {
    await using school = await startSchool({
      salable: {
        subscriptions: [{ seats: 2, assigned: STAY }],
        settings: { events: { outcome: 'never' } },
      },
      roster: teaches(...STAY, ...JOIN),
    });
    await school.worker();
    await school.trigger();
    const purchases = () => school.sandbox.requests().filter(({ method }) => method === 'POST').length;
    await until('the purchase', () => school.sandbox.salable.report().events.length > 0);
    await until('its intent', async () =>
      (await school.redis.connect().get('{cohort-sync}:ledger:pool:teaching:intent'))?.includes(
        '"following"',
      ),
    );
    await school.redis.connect().flushall();
    const run = await school.sync();
    expect(run.pools[0]?.held).toMatchObject([
      { action: 'increment', seats: 4, guardrail: 'purchaseInDoubt' },
    ]);
    expect(purchases()).toBe(1);
    school.sandbox.salable.settle({ outcome: 'success' });
    expect((await school.sync()).verdict).toBe('in-sync');
    expect(purchases()).toBe(1);
  },
);

test.concurrent(
  'nothing is sent on an announcement from before a break that another part of the process has noticed',
  LIMIT,
  async () => {
    await using school = await startSchool();
    const { context } = school.service;
    await commit(context.store, { id: 'before', writes: [] });
    expect(await noticeBreak(context)).toBeNull();
    const before = breaksSoFar(context.store);
    await expect(makeSureOfAnnouncement(context, before)).resolves.toBeUndefined();
    await school.redis.connect().flushall();
    // The watch of the process, between the announcement and the request.
    expect(await noticeBreak(context)).toMatch(/emptied or replaced/);
    expect(await noticeBreak(context)).toBeNull();
    await expect(makeSureOfAnnouncement(context, before)).rejects.toThrow(/nothing was sent to the provider/);
  },
);
