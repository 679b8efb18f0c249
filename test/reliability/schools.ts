import { afterAll, beforeAll } from 'vitest';
import { toInstant } from '../../src/dates.ts';
import { decideHold, readHold } from '../../src/ledger/holds.ts';
import { readIntent } from '../../src/ledger/intents.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type School, type SchoolOptions, startSchool } from '../support/school.ts';
import { until } from '../support/until.ts';

/** Who teaches in these tests; some of them give one of the five a part of their own. */
export const PEOPLE = [
  'ada@example.org',
  'bo@example.org',
  'cy@example.org',
  'di@example.org',
  'ed@example.org',
];

/** What starts the schools of one test file, one after another on one Redis. */
export function schoolsOnOneRedis(): (options: SchoolOptions) => Promise<School> {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis({ appendfsync: 'always' });
  });
  afterAll(() => redis.stop());
  return (options) => startSchool({ ...options, redis });
}

/** Approves what the pool holds now, as a person would. */
export async function approveHeld({ service }: School): Promise<void> {
  const { store, clock } = service.context;
  const hold = await readHold(store, 'teaching');
  if (hold === null) throw new Error('nothing is held');
  const at = toInstant(clock.now());
  await decideHold(store, hold, { decision: 'approved', by: 'a person', note: null, at });
}

/** Waits until the provider works on a purchase. */
export async function purchaseIsFollowed({ service }: School): Promise<void> {
  const isFollowed = async () => (await readIntent(service.context.store, 'teaching'))?.state === 'following';
  await until('the purchase', isFollowed);
}
