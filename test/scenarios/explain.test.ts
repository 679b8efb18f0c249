import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { addDays } from '../../src/dates.ts';
import {
  current,
  emailOf,
  HEADER,
  joining,
  line,
  lines,
  openSetting,
  past,
  people,
  type Setting,
  TODAY,
} from './setting.ts';

const explained = z.object({
  person: z.string(),
  pools: z.array(
    z.strictObject({
      pool: z.string(),
      state: z.string(),
      reason: z.string(),
      rows: z.array(
        z.strictObject({ row: z.number(), cohort: z.string(), startsOn: z.string(), endsOn: z.string() }),
      ),
      rule: z.string(),
      lastAnswer: z.string().nullable(),
      nextTry: z.string().nullable(),
    }),
  ),
});

async function explain(school: Setting, who: string) {
  const { code, out, err } = await school.explain(emailOf(who));
  expect(code, err).toBe(0);
  const [pool] = explained.parse(JSON.parse(out)).pools;
  if (pool === undefined) throw new Error('no pool');
  return pool;
}

test('explain tells of everyone where they stand, by which row and rule, and writes nothing', {
  timeout: 60_000,
}, async () => {
  await using school = await openSetting({
    seats: 9,
    assigned: ['ann', 'gap', 'late', 'gone', 'typo', 'owner', 'guest', 'old'],
    roster: [
      ...lines(['ann', 'late', 'gone', 'typo', 'old'], current),
      line('gap', { id: 'next', starts: 10 }),
    ],
    pool: { protect: [emailOf('owner')] },
    guardrails: { unexplainedRemovals: { count: 0, share: 0 }, seatIncrease: 0 },
    salable: { settings: { refusedGrantees: [emailOf('zoe')] } },
  });
  await school.sync();
  expect(await explain(school, 'gap')).toMatchObject({
    state: 'keeps',
    rule: 'rule 15: seats.keepUnusedDays',
  });
  school.setRoster(
    line('ann', current),
    line('gap', { id: 'next', starts: 10 }),
    line('typo', current, { email: 'typo@example,org' }),
    line('unread', current, { email: 'unread@example.org' }).with(3, 'soon'),
    line('old', current, { status: 'canceled' }),
    line('new', joining),
    line('zoe', current),
    line('queue1', joining),
    line('queue2', joining),
    line('later', { id: 'later', starts: 40 }),
    line('done', past),
  );
  // Nobody has run since: what a run would do is explained.
  school.sent();
  const [ann, gap, gone, typo, unread, owner, guest, old, later, done, nobody] = await Promise.all(
    ['ann', 'gap', 'gone', 'typo', 'unread', 'owner', 'guest', 'old', 'later', 'done', 'nobody'].map((who) =>
      explain(school, who),
    ),
  );
  expect(ann).toMatchObject({
    state: 'has',
    reason: expect.stringMatching(/^cohort current, seat due .*\(row 2\)$/),
    rows: [{ row: 2, cohort: 'current', startsOn: addDays(TODAY, -14), endsOn: addDays(TODAY, 20) }],
    rule: 'cohorts.assignDaysBefore and cohorts.keepDaysAfter',
    nextTry: null,
  });
  expect(gap).toMatchObject({
    state: 'loses',
    reason: expect.stringContaining('someone needs the seat today'),
    rule: 'rule 15: seats.keepUnusedDays',
  });
  expect(gone).toMatchObject({
    state: 'held',
    reason: 'row vanished from the roster',
    rows: [],
    rule: 'guardrail unexplainedRemovals',
  });
  expect(typo).toMatchObject({
    state: 'keeps',
    reason: expect.stringMatching(/^row 4 is unreadable \(row 4, Email: /),
    rule: 'rule 2: a doubtful row never takes anything away',
  });
  expect(unread).toMatchObject({
    state: 'lacks',
    reason: expect.stringMatching(/can't be read: row 5, Start date: /),
    rule: 'rule 2: a doubtful row never takes anything away',
  });
  expect(owner).toMatchObject({ state: 'unmanaged', rule: "rule 5: the pool's protect list" });
  expect(guest).toMatchObject({ state: 'unmanaged', reason: expect.stringContaining('never on the roster') });
  expect(old).toMatchObject({
    state: 'loses',
    reason: 'row 6 is marked canceled',
    rule: expect.stringMatching(/rule 6/),
  });
  expect(later).toMatchObject({ state: 'lacks', reason: expect.stringContaining(`a seat is due from`) });
  expect(done).toMatchObject({ state: 'lacks', reason: expect.stringContaining('cohort past ended') });
  expect(nobody).toMatchObject({
    state: 'lacks',
    reason: expect.stringContaining('nobody knows this address'),
    rows: [],
  });
  expect(school.sent()).toBe(0);

  await school.sync();
  const [waits, refused, given] = await Promise.all(
    ['queue2', 'zoe', 'new'].map((who) => explain(school, who)),
  );
  expect(waits).toMatchObject({
    state: 'waits',
    reason: expect.stringMatching(/^waits for a seat that is still to be freed/),
    rule: expect.stringMatching(/rule 3/),
  });
  expect(refused).toMatchObject({ state: 'waits', lastAnswer: expect.stringMatching(/assign refused: /) });
  expect(given).toMatchObject({
    state: 'has',
    lastAnswer: expect.stringMatching(/assign applied: .*\(run r-/),
  });
  const words = await school.cli('explain', emailOf('gone'));
  expect(words.stdout).toContain(
    'teaching: gone@example.org is held for approval: row vanished from the roster',
  );
});

test('explain of a person whose pool can not be read says so, and ends with 1', async () => {
  await using school = await openSetting({ assigned: ['ann'], roster: [line('ann', current)] });
  school.sandbox.faults.order({
    match: { provider: 'salable' },
    times: 'always',
    fault: { kind: 'status', status: 401 },
  });
  const outcome = await school.cli('explain', emailOf('ann'), '--json');
  expect(outcome.code).toBe(1);
  expect(outcome.json()).toMatchObject({ pools: [{ state: 'unknown', rows: [{ row: 2 }], error: {} }] });
});

describe.concurrent('audit', { timeout: 60_000 }, () => {
  test('tells each change before and after, in JSON Lines and in CSV, from a moment on', async () => {
    await using school = await openSetting({
      seats: 2,
      assigned: ['old'],
      roster: [line('old', past), ...lines(['ann', 'bob'], joining)],
    });
    await school.sync();
    const all = await school.cli('audit');
    const entries = all.stdout
      .trim()
      .split('\n')
      .map((text): unknown => JSON.parse(text));
    expect(entries).toMatchObject([
      {
        action: 'unassign',
        grantee: emailOf('old'),
        from: expect.stringMatching(/^seat /),
        to: 'no seat',
        outcome: 'started',
      },
      {
        action: 'unassign',
        grantee: emailOf('old'),
        outcome: 'applied',
        reason: expect.stringContaining('cohort past ended'),
      },
      { action: 'assign', grantee: emailOf('ann'), outcome: 'started' },
      { action: 'assign', grantee: emailOf('bob'), outcome: 'started' },
      { action: 'assign', grantee: emailOf('ann'), outcome: 'applied' },
      { action: 'assign', grantee: emailOf('bob'), outcome: 'applied' },
    ]);
    const csv = await school.cli('audit', '--format', 'csv');
    expect(csv.stdout.split('\n')[0]).toBe('at,run,pool,action,grantee,from,to,outcome,reason');
    expect(csv.stdout.trim().split('\n')).toHaveLength(7);
    const [later, earlier, wrong] = await Promise.all([
      school.cli('audit', '--since', addDays(TODAY, 1)),
      school.cli('audit', '--since', `${TODAY}T06:00:00`),
      school.cli('audit', '--since', 'yesterday'),
    ]);
    expect(later.stdout).toBe('');
    expect(earlier.stdout).toBe(all.stdout);
    expect(wrong.code).toBe(64);
    expect(wrong.stderr).toContain('--since yesterday is not a date and time');
  });

  test('in CSV runs no formula, whatever an address or an answer begins with', async () => {
    await using school = await openSetting({
      seats: 2,
      roster: [line('=cmd|calc!A1@example.org', current, { name: 'x' }), line('+plus@example.org', current)],
    });
    await school.sync();
    const { stdout } = await school.cli('audit', '--format', 'csv');
    expect(stdout).toContain('plus@example.org');
    for (const cell of stdout.split(/[,\n]/)) expect(cell).not.toMatch(/^"?[=+\-@\t]/);
  });
});

test('plan says what sync will say, in the same words, and claims nothing to be done', {
  timeout: 60_000,
}, async () => {
  const teachers = people('t', 6);
  await using school = await openSetting({ seats: 6, assigned: teachers, roster: lines(teachers, current) });
  await school.sync();
  school.setSheet([
    HEADER,
    ...lines(['t1', 't2'], current),
    ...lines(['new'], joining),
    line('bad', current, { email: 'bad@@' }),
  ]);
  school.sent();
  const [document, words] = await Promise.all([
    school.cli('plan', '--at', school.at(), '--json'),
    school.cli('plan', '--at', school.at()),
  ]);
  expect(document.code).toBe(3);
  expect(words.code).toBe(3);
  expect(school.sent()).toBe(0);
  expect(words.stdout).not.toMatch(/^ *[-+] (unassigned|assigned|bought|gave back)|\b(done|removed)\b/m);
  expect(words.stdout).toContain('Nothing was changed.');
  const { pool, document: run } = await school.sync();
  expect(document.json()).toMatchObject({
    verdict: run.verdict,
    problems: run.problems,
    pools: [{ held: pool.held, kept: pool.kept }],
  });
  const shown = await school.cli('show', run.run);
  const heldWords = (text: string) => text.split('\n').filter((each) => each.includes('? held'));
  expect(heldWords(words.stdout)).toEqual(heldWords(shown.stdout));
  expect(heldWords(words.stdout).length).toBeGreaterThan(0);
});
