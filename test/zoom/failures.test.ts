import { expect, it } from 'vitest';
import { addDays, fromInstant } from '../../src/dates.ts';
import { listRuns, readRun } from '../../src/ledger/runs.ts';
import { keys } from '../../src/ledger/store.ts';
import { allNoticesSent, startReceiver } from '../scenarios/receiver.ts';
import { TODAY } from '../scenarios/setting.ts';
import { until } from '../support/until.ts';
import { emails, joins, left, openAccount } from './account.ts';

const basics = (...people: string[]) => emails(...people).map((email) => ({ email }));
const licensed = (...people: string[]) => emails(...people).map((email) => ({ email, type: 2 as const }));

it('an invitation that has expired stops that person alone, and is told once', async () => {
  await using receiver = await startReceiver();
  const { sandbox, service, sync } = await openAccount({
    zoom: {
      plan: { hosts: 6 },
      users: [...basics('ann', 'ida', 'zoe'), ...licensed('lea', 'old')],
      settings: { bulk: false },
    },
    roster: [...joins('ann', 'ida', 'zoe'), ...left('lea', 'old')],
    notify: [{ url: receiver.url }],
  });
  const expired = { kind: 'status', status: 400, body: { code: 1120, message: 'Invite expired.' } } as const;
  // The second user joins, the fourth leaves.
  const orders = ['/users/zu000002', '/users/zu000004/settings'].map((path) =>
    sandbox.faults.order({ match: { provider: 'zoom', path }, times: 'always', fault: expired }),
  );
  const first = await sync();
  expect(first.code).toBe(4);
  expect(first.zoom).toMatchObject({
    verdict: 'failed',
    done: { unassigned: emails('old'), assigned: emails('ann', 'zoe') },
  });
  expect(first.zoom.failed).toEqual([
    {
      grantee: 'lea@example.org',
      action: 'unassign',
      reason: expect.stringContaining('Invite expired'),
      retryAt: null,
    },
    {
      grantee: 'ida@example.org',
      action: 'assign',
      reason: 'Zoom refused: "Invite expired."',
      retryAt: null,
    },
  ]);
  expect(first.zoom.error).toBeUndefined();
  expect((await sync()).code).toBe(4);
  expect((await sync()).code).toBe(4);
  await allNoticesSent(service.queues);
  expect(receiver.taken).toMatchObject([{ kind: 'failed', run: first.document.run }]);

  for (const order of orders) order.cancel();
  const well = await sync();
  expect(well).toMatchObject({ code: 0 });
  expect(sandbox.zoom.report().assigned).toEqual(emails('ann', 'ida', 'zoe'));
});

it('a provider that asks for an hour is left alone for it, and then its pool alone is finished', async () => {
  const { sandbox, service, sync } = await openAccount({
    zoom: { plan: { hosts: 2 }, users: basics('ann', 'bob') },
    roster: emails('ann', 'bob').map((email) => `${email},next,${addDays(TODAY, 2)},`),
    salable: { subscriptions: [{ seats: 2, type: 'none' }] },
  });
  const { context, queues, redis } = service;
  const headers = { 'retry-after': '3244' };
  sandbox.faults.order({
    match: { provider: 'zoom', path: '/users/features' },
    fault: { kind: 'status', status: 429, headers },
  });
  const asOf = context.clock.now();
  const first = await sync(null);
  expect(first).toMatchObject({ code: 4, writes: ['POST /users/features'], zoom: { verdict: 'failed' } });
  const salable = first.document.pools.find(({ pool }) => pool === 'salable');
  expect(salable).toMatchObject({ verdict: 'in-sync', done: { assigned: emails('ann', 'bob') } });
  const retryAt = fromInstant(first.zoom.failed.at(-1)?.retryAt ?? '');
  expect(retryAt - asOf).toBeGreaterThanOrEqual(3_244_000);
  expect(retryAt - asOf).toBeLessThan(3_254_000);

  // Whoever asks before that gets no further: not one call reaches Zoom.
  expect(await sync(null)).toMatchObject({ code: 4, calls: [], zoom: { verdict: 'failed' } });

  const jobs = await queues.sync.getDelayed();
  expect(jobs).toMatchObject([{ data: { run: null, pools: ['zoom'] } }]);
  expect((jobs[0]?.timestamp ?? 0) + (jobs[0]?.delay ?? 0)).toBeGreaterThanOrEqual(retryAt - 1000);

  // The hour has passed: the rest is over, and the retry is due.
  await redis.del(keys.circuitRest('zoom'));
  const last = sandbox.requests().at(-1)?.n ?? 0;
  await jobs[0]?.promote();
  const retried = await until('the end of the retry', async () => {
    const run = (await listRuns(context.store, 9)).find(({ trigger }) => trigger === 'retry');
    return run !== undefined && run.endedAt !== null ? readRun(context.store, run.run) : null;
  });
  expect(retried.document.pools).toMatchObject([
    { pool: 'zoom', verdict: 'in-sync', done: { assigned: emails('ann', 'bob') } },
  ]);
  const asked = sandbox.requests().filter(({ n }) => n > last);
  expect(new Set(asked.map(({ provider }) => provider))).toEqual(new Set(['zoom']));
});
