import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../../src/ledger/events.ts';
import { holdWrites } from '../../src/ledger/holds.ts';
import { finishPool, startRun } from '../../src/ledger/runs.ts';
import { failedPlan } from '../../src/runs/preview.ts';
import { type School, startSchool } from '../support/school.ts';
import { OPERATOR } from '../support/service.ts';
import { type ServedApp, serveApp } from './app.ts';
import { type SignedIn, signedIn } from './signed-in.ts';

const PEOPLE = Array.from(
  { length: 5_000 },
  (_, place) => `instructor.${String(place).padStart(4, '0')}@example.org`,
);
const AT = '2026-11-28T11:00:00Z';

/** What a page may weigh. */
const MOST_BYTES = 100 * 1024;

let school: School;
let app: ServedApp;
let operator: SignedIn;
beforeAll(async () => {
  school = await startSchool();
  app = await serveApp(school);
  operator = await signedIn(app.url, OPERATOR);
  await largeRun('r-large');
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await school[Symbol.asyncDispose]();
});

/** A run that gave seats to five thousand people, a message for each hundred, and holds the removal of as many. */
async function largeRun(run: string): Promise<void> {
  const { store } = school.service.context;
  const head = { run, trigger: 'cron', startedAt: AT, pools: ['teaching'], clockOffset: 0 };
  await startRun(store, head, Date.parse(AT));
  for (let done = 100; done <= PEOPLE.length; done += 100) {
    const text = `${done} of ${PEOPLE.length} seats assigned`;
    const event = { at: AT, pool: 'teaching', step: 'assign', text, done, of: PEOPLE.length, until: null };
    await publish(store, run, event, (cause) => expect(cause).toBeNull());
  }
  const action = 'assign' as const;
  const result = {
    ...failedPlan({ id: 'teaching', provider: 'salable' }, { message: '', advice: '' }),
    error: undefined,
    verdict: 'held' as const,
    seats: { total: PEOPLE.length, assigned: PEOPLE.length, target: PEOPLE.length },
    done: { unassigned: [], incremented: 0, assigned: PEOPLE, decremented: 0 },
    changes: PEOPLE.map((grantee) => ({ action, grantee, reason: 'cohort 2026-11 starts 2026-11-24' })),
    failed: [],
  };
  const removal = {
    action: 'unassign' as const,
    reason: 'row vanished from the roster',
    guardrail: 'unexplainedRemovals',
  };
  const writes = holdWrites({
    ...{ current: null, pool: 'teaching', run, now: AT, approvalHours: 1 },
    lines: PEOPLE.map((grantee) => ({ ...removal, grantee, id: `unassign ${grantee}` })),
    unexplained: { leaving: 5_000, today: 0, managed: 5_000, count: 2, share: 0.2, limit: 1_000 },
  });
  await finishPool(store, run, result, { fence: null, at: AT, writes, problems: [] });
}

test.each(['/runs/r-large', '/runs/r-large?page=10', '/runs/r-large/hold', '/runs/r-large/hold?page=2'])(
  'of five thousand people a page has some hundred, and is small: %s',
  async (path) => {
    const page = await operator.text(path);
    expect(page.split('instructor.').length - 1).toBeGreaterThanOrEqual(250);
    expect(Buffer.byteLength(page)).toBeLessThan(MOST_BYTES);
  },
);
