import { expect, test } from 'vitest';
import * as schemas from '../../src/dashboard/schemas.ts';
import { KEY_SLOT } from '../../src/queue/cluster.ts';
import { KEY_PREFIX } from '../../src/queue/key-prefix.ts';
import { startCluster, startSentinels } from '../support/redis-groups.ts';
import { startSchool, teaches } from '../support/school.ts';
import { call, servicesOf } from '../support/service.ts';
import { until } from '../support/until.ts';

type Run = ReturnType<typeof schemas.runDocument.parse>;

/** Starts a run by the API and waits for its end; asks again while Redis changes over. */
async function sync(url: string): Promise<Run> {
  const started = await until('a run to start', async () => {
    const answer = await call(url, 'POST', '/api/sync', { body: {} });
    return answer.status === 202 ? schemas.triggered.parse(await answer.json()) : null;
  });
  return until(`the end of run ${started.run}`, async () => {
    const answer = await call(url, 'GET', `/api/runs/${started.run}`);
    const document = answer.ok ? schemas.runDocument.parse(await answer.json()) : null;
    return document !== null && document.endedAt !== null ? document : null;
  });
}

test('with sentinels: two workers go on through a failover, and what was done stays done', async () => {
  await using redis = await startSentinels();
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 2, assigned: ['owner@example.org'] }] },
    roster: teaches('ada@example.org'),
  });
  await using services = servicesOf(school);
  const settings = { redis: redis.settings };
  const [serve] = await Promise.all([
    services.start({ settings, name: 'one' }),
    services.start({ settings, name: 'two', only: 'worker' }),
  ]);
  expect(await sync(serve.url)).toMatchObject({
    verdict: 'in-sync',
    pools: [{ done: { assigned: ['ada@example.org'] } }],
  });
  const first = (await listed(serve.url)).at(0);

  const [primary, replica] = redis.servers;
  await primary?.kill();
  await until('the replica to be promoted', async () =>
    (await replica?.redis.info('replication'))?.includes('role:master'),
  );
  school.setRoster(teaches('ada@example.org', 'bo@example.org'));
  const after = await sync(serve.url);
  expect(after).toMatchObject({
    verdict: 'in-sync',
    pools: [{ done: { incremented: 1, assigned: ['bo@example.org'], unassigned: [] } }],
  });
  expect(await listed(serve.url)).toContain(first);
  const bought = school.sandbox.effects().filter((effect) => effect.kind === 'increment');
  expect(bought).toHaveLength(1);
}, 60_000);

test('on a cluster of three: a run by two workers, with all keys in the slot that the ledger asks for', async () => {
  await using redis = await startCluster();
  await using school = await startSchool({
    salable: { subscriptions: [{ seats: 1, assigned: ['owner@example.org'] }] },
    roster: teaches('ada@example.org', 'bo@example.org'),
  });
  await using services = servicesOf(school);
  const settings = { redis: redis.settings };
  const [serve] = await Promise.all([
    services.start({ settings, name: 'one' }),
    services.start({ settings, name: 'two', only: 'worker' }),
  ]);
  const ready = await call(serve.url, 'GET', '/readyz', { token: null });
  expect(schemas.readiness.parse(await ready.json())).toMatchObject({
    ready: true,
    problems: [],
    warnings: [],
  });
  expect(await sync(serve.url)).toMatchObject({
    verdict: 'in-sync',
    pools: [{ done: { incremented: 2, assigned: ['ada@example.org', 'bo@example.org'] } }],
  });
  expect(await redis.servers[0]?.redis.cluster('KEYSLOT', `${KEY_PREFIX}:ledger:meta`)).toBe(KEY_SLOT);
  const keys = await Promise.all(redis.servers.map((server) => server.redis.dbsize()));
  expect(keys.filter((count) => count > 0)).toHaveLength(1);
}, 60_000);

async function listed(url: string): Promise<string[]> {
  const answer = await call(url, 'GET', '/api/runs');
  return schemas.runList.parse(await answer.json()).runs.map((run) => run.run);
}
