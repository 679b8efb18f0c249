import { afterAll, beforeAll } from 'vitest';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type School, type SchoolOptions, startSchool } from '../support/school.ts';

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
