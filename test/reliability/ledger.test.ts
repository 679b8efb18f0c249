import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LedgerConflict } from '../../src/errors.ts';
import { noteAsked, noteDead, readCircuit } from '../../src/ledger/circuit.ts';
import { openStore } from '../../src/ledger/continuity.ts';
import { readDayCounts } from '../../src/ledger/counts.ts';
import { confirmDurable } from '../../src/ledger/durability.ts';
import { fenced, holdsFence, takeFence } from '../../src/ledger/fence.ts';
import { closeIntent, type Intent, moveIntent, openIntent, readIntent } from '../../src/ledger/intents.ts';
import { isQuarrel, readRepeats, repeatWrites } from '../../src/ledger/repeats.ts';
import { commit, keys } from '../../src/ledger/store.ts';
import { forLedger } from '../../src/queue/connection.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type RedisProxy, startRedisProxy } from '../support/redis-proxy.ts';

const NOW = 1_795_345_200_000;
const AT = '2026-11-22T11:00:00Z';
const quiet = { info: () => undefined, warn: () => undefined };

let redis: TestRedis;
let proxy: RedisProxy;
beforeAll(async () => {
  redis = await startTestRedis({ appendfsync: 'always' });
  proxy = await startRedisProxy(redis.socket);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await redis.stop();
});
beforeEach(async () => {
  await redis.connect().flushall();
});

function ledger() {
  const connection = forLedger({ url: proxy.url }, quiet);
  return { store: openStore(connection), [Symbol.dispose]: () => connection.disconnect() };
}

function intentOf(token: string): Intent {
  return {
    ...{ operation: 'op-1', run: 'r-1', pool: 'teaching', action: 'increment', observed: 5, expected: 8 },
    ...{
      state: 'prepared',
      preparedAt: AT,
      sentAt: null,
      sendBy: null,
      token,
      reference: null,
      detail: null,
    },
  };
}

test('a commit whose answers are lost is applied once', async () => {
  using open = ledger();
  const { store } = open;
  proxy.loseReplies(2);
  await commit(store, { id: 'once', writes: [{ command: 'XADD', key: 'list', args: ['*', 'entry', 'x'] }] });
  expect(await redis.connect().xlen('list')).toBe(1);
});

test('a commit whose expectation does not hold writes nothing', async () => {
  using open = ledger();
  const { store } = open;
  const writes = [{ command: 'SET' as const, key: 'b', args: ['2'] }];
  const refused = commit(store, { id: 'no', expect: [{ key: 'a', value: '1', what: 'a' }], writes });
  await expect(refused).rejects.toBeInstanceOf(LedgerConflict);
  expect(await store.redis.get('b')).toBeNull();
});

test('a commit takes as many fields as there are', async () => {
  using open = ledger();
  const { store } = open;
  const fields = Array.from({ length: 12_000 }, (_, n) => `f${n}`);
  const pairs = fields.flatMap((field) => [field, 'x']);
  const scores = fields.flatMap((field) => ['1', field]);
  await commit(store, {
    id: 'many',
    writes: [
      { command: 'HSET', key: 'many', args: pairs },
      { command: 'ZADD', key: 'scores', args: scores },
    ],
  });
  expect(await redis.connect().hlen('many')).toBe(12_000);
  expect(await redis.connect().zcard('scores')).toBe(12_000);
  const some = fields.slice(1);
  await commit(store, {
    id: 'few',
    writes: [
      { command: 'HDEL', key: 'many', args: some },
      { command: 'ZREM', key: 'scores', args: some },
    ],
  });
  expect(await redis.connect().hlen('many')).toBe(1);
  expect(await redis.connect().zcard('scores')).toBe(1);
});

test('full memory refuses a commit whole', async () => {
  using open = ledger();
  const { store } = open;
  const admin = redis.connect();
  await admin.config('SET', 'maxmemory', '1');
  const writes = [
    { command: 'SET' as const, key: 'a', args: ['1'] },
    { command: 'SET' as const, key: 'b', args: ['2'] },
  ];
  await expect(commit(store, { id: 'full', writes })).rejects.toThrow(/OOM/);
  await admin.config('SET', 'maxmemory', '0');
  expect(await store.redis.get('a')).toBeNull();
  await commit(store, { id: 'full', writes });
  expect(await store.redis.get('b')).toBe('2');
});

test('who takes the fence shuts everyone before them out', async () => {
  using open = ledger();
  const { store } = open;
  const old = await takeFence(store, 'teaching');
  const current = await takeFence(store, 'teaching');
  expect(await holdsFence(store, old)).toBe(false);
  const write = (fence: typeof old) =>
    commit(store, { id: fence.token, expect: [fenced(fence)], writes: [] });
  await expect(write(old)).rejects.toBeInstanceOf(LedgerConflict);
  await write(current);
});

test('an open intent keeps every other one out, counts as bought, and only what had no effect is taken back', async () => {
  using open = ledger();
  const { store } = open;
  const fence = await takeFence(store, 'teaching');
  const prepared = intentOf(fence.token);
  await openIntent(store, fence, prepared, NOW, null);
  const second = openIntent(store, fence, { ...prepared, operation: 'op-2' }, NOW, null);
  await expect(second).rejects.toBeInstanceOf(LedgerConflict);
  expect((await readDayCounts(store, 'teaching', NOW)).bought).toBe(3);

  const sending: Intent = { ...prepared, state: 'sending', sentAt: AT, sendBy: AT };
  await moveIntent(store, fence, prepared, sending);
  await expect(moveIntent(store, fence, prepared, sending)).resolves.toBeUndefined();
  const stale = closeIntent(store, fence, prepared, 'not-sent', 'too late', AT);
  await expect(stale).rejects.toBeInstanceOf(LedgerConflict);

  await closeIntent(store, fence, sending, 'not-applied', 'it did not show', AT);
  expect(await readIntent(store, 'teaching')).toBeNull();
  expect((await readDayCounts(store, 'teaching', NOW)).bought).toBe(3);
  const later = NOW + 24 * 60 * 60 * 1_000 + 1;
  expect((await readDayCounts(store, 'teaching', later)).bought).toBe(0);
});

test('answers that overtake each other are not taken for a loss', async () => {
  using open = ledger();
  const { store } = open;
  const work = Array.from({ length: 50 }, (_, n) => [
    store.continuity?.look(store),
    commit(store, { id: `beside a look ${n}`, writes: [] }).then(() => null),
  ]);
  expect(new Set(await Promise.all(work.flat()))).toEqual(new Set([null]));
  expect(await store.continuity?.look(store)).toBeNull();
});

test('a living process notices that the ledger was emptied, and that writes were lost', async () => {
  using open = ledger();
  const { store } = open;
  const write = (id: string) => commit(store, { id, writes: [] });
  await write('1');
  await write('2');
  expect(await store.continuity?.look(store)).toBeNull();
  await redis.connect().hset(keys.meta, 'commits', '1');
  const { continuity } = store;
  expect(await continuity?.look(store)).toMatch(/lost its last 1 writes/);
  // Until it has been seen to: whoever fails half-way finds it again.
  expect(await continuity?.look(store)).toMatch(/lost its last 1 writes/);
  continuity?.seenTo(continuity.breaks());
  expect(await continuity?.look(store)).toBeNull();
  await redis.connect().flushall();
  await write('3');
  expect(await store.continuity?.look(store)).toMatch(/emptied or replaced/);
});

test('a confirmation falls short where no replica answers', async () => {
  using open = ledger();
  // A replica that is attached and gets nothing: it never acknowledges.
  const replica = redis.connect();
  await replica.call('REPLCONF', 'listening-port', '1');
  replica.call('PSYNC', '?', '-1').catch(() => undefined);
  await expect.poll(() => redis.connect().info('replication')).toMatch(/connected_slaves:1/);
  await expect(confirmDurable(open.store)).rejects.toThrow(/did not reach any of the replicas/);
  replica.disconnect();
});

test('the third reversal of a change is a quarrel; growth is none', async () => {
  using open = ledger();
  const { store } = open;
  const change = { key: 'ada@example.org', action: 'assign' } as const;
  for (let times = 0; times < 3; times++) {
    const before = await readRepeats(store, 'teaching', NOW);
    expect(isQuarrel(before, change)).toBe(false);
    await commit(store, { id: `made ${times}`, writes: repeatWrites('teaching', before, [change], AT) });
  }
  expect(isQuarrel(await readRepeats(store, 'teaching', NOW), change)).toBe(true);
  expect(isQuarrel(await readRepeats(store, 'teaching', NOW), { ...change, action: 'unassign' })).toBe(false);
});

test('a rest that a provider asked for is never cut short by a later, shorter one', async () => {
  using open = ledger();
  const { store } = open;
  await noteAsked(store, 'teaching', 10_000);
  await noteAsked(store, 'teaching', 3_600_000);
  await noteAsked(store, 'teaching', 10_000);
  for (let failure = 0; failure < 6; failure++) await noteDead(store, 'teaching');
  expect((await readCircuit(store, 'teaching')).restMs).toBeGreaterThan(3_500_000);
});
