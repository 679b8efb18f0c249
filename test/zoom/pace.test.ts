import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/ledger/continuity.ts';
import { sharedPace } from '../../src/ledger/pace.ts';
import { startTestRedis } from '../support/redis.ts';

it('workers that share a Redis keep to one limit together', async () => {
  const redis = await startTestRedis();
  onTestFinished(() => redis.stop());
  const workers = [1, 2, 3].map(() => sharedPace(openStore(redis.connect())));
  const lane = { name: 'zoom:account:Medium', perSecond: 100 };
  const signal = AbortSignal.timeout(10_000);
  const times: number[] = [];
  await Promise.all(
    workers.map(async (pace) => {
      for (let n = 0; n < 40; n++) {
        await pace(lane, signal);
        times.push(performance.now());
      }
    }),
  );
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  // 120 requests at nine tenths of 100 a second; the first two may leave together.
  expect(seconds).toBeGreaterThan(118 / 90 - 0.05);
});

it('a worker that is stopped while it waits for its turn does not wait on', async () => {
  const redis = await startTestRedis();
  onTestFinished(() => redis.stop());
  const pace = sharedPace(openStore(redis.connect()));
  const slow = { name: 'slow', perSecond: 0.01 };
  await pace(slow, AbortSignal.timeout(1000));
  await pace(slow, AbortSignal.timeout(1000));
  await expect(pace(slow, AbortSignal.timeout(50))).rejects.toThrow();
});
